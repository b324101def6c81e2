/**
 * Everything that a queue backend keeps, as texts: for looking whether something is there that must not be.
 * Reads while the queues work, so a job may be seen in two states or missed between two; what lies still is
 * seen.
 */
import { Cluster, type Redis } from 'ioredis';
import { Client } from 'pg';
import { connectRedis, whenReady } from './redis-connection';
import { barePrefix } from './redis-keys';
import type { QueueSettings } from './types';

export interface QueueText {
  /** The row or key. */
  place: string;
  text: string;
  /** The payload, of a job; undefined for anything else. */
  data?: string;
}

const BATCH = 2_000;
const CONNECT_TIMEOUT_MS = 3_000;
const SCHEMA = 'bullmq';

export function storedTexts(settings: QueueSettings): AsyncGenerator<QueueText> {
  return settings.backend === 'redis' ? redisTexts(settings) : postgresTexts(settings.databaseUrl);
}

async function* postgresTexts(databaseUrl: string): AsyncGenerator<QueueText> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'munim-queue-texts' });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select quote_ident(relname) as name from pg_class
        where relnamespace = to_regnamespace($1) and relkind in ('r', 'p') order by relname`,
      [SCHEMA],
    );
    await client.query('begin read only');
    for (const { name } of tables.rows) {
      const data = name === 'job' ? 't.data::text' : 'null::text';
      const place = name === 'job' ? "t.queue || ' ' || t.id" : 't.ctid::text';
      await client.query(
        `declare texts no scroll cursor for select ${place} as place, to_jsonb(t)::text as text, ${data} as data from ${SCHEMA}.${name} t`,
      );
      for (;;) {
        const found = await client.query<{ place: string; text: string; data: string | null }>(
          `fetch ${BATCH} from texts`,
        );
        for (const row of found.rows)
          yield {
            place: `${SCHEMA}.${name} ${row.place}`,
            text: row.text,
            ...(row.data === null ? {} : { data: row.data }),
          };
        if (found.rows.length < BATCH) break;
      }
      await client.query('close texts');
    }
  } finally {
    await client.end();
  }
}

async function* redisTexts(settings: QueueSettings): AsyncGenerator<QueueText> {
  const client = connectRedis(settings.redisUrl ?? '', 'producer');
  client.on('error', () => undefined); // the call that fails says so
  try {
    await whenReady(client, CONNECT_TIMEOUT_MS);
    // `{<prefix>.<queue>}:…`, and `{<prefix>}:…` of an earlier version
    const match = `{${barePrefix(settings)}[.}]*`;
    for (const node of client instanceof Cluster ? client.nodes('master') : [client]) {
      for await (const keys of node.scanStream({ match, count: BATCH }) as AsyncIterable<string[]>) {
        for (const key of new Set(keys)) {
          const text = await textOf(node, key);
          if (text !== undefined) yield { place: `key ${key}`, ...text };
        }
      }
    }
  } finally {
    client.disconnect();
  }
}

/** A key with all that it holds; undefined when it is gone again. */
async function textOf(redis: Redis, key: string): Promise<{ text: string; data?: string } | undefined> {
  const type = await redis.type(key);
  const text = (...parts: (string | readonly unknown[])[]): { text: string } => ({
    text: JSON.stringify([key, ...parts]),
  });
  switch (type) {
    case 'string':
      return text((await redis.get(key)) ?? '');
    case 'list':
      return text(await redis.lrange(key, 0, -1));
    case 'set':
      return text(await redis.smembers(key));
    case 'zset':
      return text(await redis.zrange(key, '0', '-1'));
    case 'stream':
      return text(await redis.xrange(key, '-', '+'));
    case 'hash': {
      const fields = await redis.hgetall(key);
      // a job is a hash with a name, a payload and a time
      return {
        ...text(Object.entries(fields)),
        ...(fields.data !== undefined && fields.timestamp !== undefined ? { data: fields.data } : {}),
      };
    }
    default:
      return undefined;
  }
}
