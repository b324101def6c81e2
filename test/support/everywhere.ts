/** Every place of a platform in which a value may come to lie, as text. */
import { systemIds } from '../../platform/ids';
import { createOperations } from '../../composition/operations';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Redis } from 'ioredis';
import request from 'supertest';
import { createTransactionFinder } from '../../domain/services/find';
import { createConsoleApp } from '../../console/app';
import { createPasswords } from '../../domain/auth/passwords';
import { upsertOpsUser } from '../../domain/users/users';
import { allQueues } from '../../jobs';
import { rows } from '../../platform/database';
import { email, PASSWORD } from './console';
import type { Platform } from './platform';

/** Every row of every table of a schema; bytes as text too. */
export async function tablesOf(
  { c }: { c: Pick<Platform['c'], 'knex'> },
  schema: string,
): Promise<Map<string, string>> {
  const columns = await rows<{ table: string; column: string; isBytes: boolean }>(
    c.knex,
    `
    select c.table_name as "table", c.column_name as "column", c.data_type = 'bytea' as "isBytes" from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name) where c.table_schema = ? and t.table_type = 'BASE TABLE'`,
    [schema],
  );
  const tables = new Map<string, string>();
  for (const table of new Set(columns.map((column) => column.table))) {
    const bytes = columns
      .filter((column) => column.table === table && column.isBytes)
      .map(({ column }) => ` || ' ' || coalesce(encode(t."${column}", 'escape'), '')`)
      .join('');
    const found = await rows<{ text: string }>(
      c.knex,
      `select t::text${bytes} as text from "${schema}"."${table}" t`,
    );
    tables.set(`${schema}.${table}`, found.map(({ text }) => `${text}\n`).join(''));
  }
  return tables;
}

/** Every key of this platform in Redis with its value. */
export async function redisOf({ c }: Platform): Promise<string> {
  const redis = new Redis(c.config.redisUrl!);
  let text = '';
  for (let cursor = '0', first = true; first || cursor !== '0'; first = false) {
    const [next, keys] = await redis.scan(
      cursor,
      'MATCH',
      `${c.config.queuePrefix.replaceAll(/[{}]/g, '?')}*`,
      'COUNT',
      1_000,
    );
    cursor = next;
    for (const key of keys) text += `${key} ${JSON.stringify(await valueOf(redis, key))}\n`;
  }
  redis.disconnect();
  return text;
}

async function valueOf(redis: Redis, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'zset':
      return redis.zrange(key, '0', '-1');
    case 'set':
      return redis.smembers(key);
    case 'stream':
      return redis.xrange(key, '-', '+');
    default:
      return redis.get(key);
  }
}

/** The queues as they lie in the store of their backend. */
export async function queueStoreOf(p: Platform): Promise<string> {
  if (p.c.config.redisUrl !== undefined) return redisOf(p);
  return [...(await tablesOf(p, 'bullmq'))].map(([name, text]) => `${name}\n${text}`).join('');
}

const queueNames = ({ c }: Platform): string[] => allQueues(c.providers.names());

/** Data, result, failure and log of every job that the queues show. */
export async function jobsOf(p: Platform): Promise<string> {
  let text = '';
  for (const name of queueNames(p)) {
    const queue = p.c.queues.handle(name);
    for (const job of await queue.getJobs()) {
      if (job?.id === undefined) continue;
      const { logs } = await queue.getJobLogs(job.id);
      const parts = [
        job.id,
        job.name,
        job.data,
        job.opts,
        job.returnvalue,
        job.failedReason,
        job.stacktrace,
        job.progress,
        logs,
      ];
      text += `${name} ${JSON.stringify(parts)}\n`;
    }
  }
  return text;
}

/** What ops staff see: the board's pages of every queue, the list of calls and each call. */
export async function consoleOf(p: Platform): Promise<{ board: string; apiCalls: string }> {
  await upsertOpsUser(p.c.knex, p.c.ids, {
    name: 'Test viewer',
    email: email('viewer'),
    passwordHash: await createPasswords().hash(PASSWORD),
    role: 'viewer',
  });
  const server = http.createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const origin = `http://localhost:${port}`;
  const { knex, clock, log, queues } = p.c;
  const operations = await createOperations({
    knex: knex,
    clock,
    ids: systemIds,
    profile: 'production',
    sessionMs: 900_000,
  });
  const respond = createConsoleApp({
    approvals: operations.approvals,
    risk: operations.risk,
    knex,
    clock,
    log,
    queues,
    queueNames: queueNames(p),
    origin,
    environment: 'test',
    cipher: p.c.cipher,
    finder: createTransactionFinder(p.c),
  }).callback();
  server.on('request', (req, res) => {
    void respond(req, res);
  });
  try {
    const url = `http://127.0.0.1:${port}`;
    const login = await request(url)
      .post('/ops/login')
      .type('form')
      .set('Origin', origin)
      .send({ email: email('viewer'), password: PASSWORD });
    const cookie = String(login.headers['set-cookie']![0]).split(';')[0]!;
    const get = async (at: string): Promise<string> => {
      const answer = await fetch(url + at, { headers: { cookie } });
      if (answer.status !== 200) throw new Error(`${at.replace(/\?.*/, '')} answers ${answer.status}`);
      return answer.text();
    };
    let board = '';
    for (const name of queueNames(p)) {
      for (const status of ['latest', 'failed', 'completed', 'delayed', 'waiting'])
        board += await get(
          `/ops/queues/api/queues?activeQueue=${encodeURIComponent(name)}&status=${status}&page=1&jobsPerPage=100`,
        );
    }
    let apiCalls = '';
    for (let page: string | undefined = '/ops/api-calls'; page !== undefined;) {
      const text = await get(page);
      const next = /class="back" href="([^"]*cursor=[^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
      apiCalls += text;
      page = next;
    }
    const ids = [...apiCalls.matchAll(/href="\/ops\/api-calls\/([0-9a-f-]{36})"/g)].map(([, id]) => id!);
    for (const id of new Set(ids)) apiCalls += await get(`/ops/api-calls/${id}`);
    return { board, apiCalls };
  } finally {
    operations.close();
    server.close();
    server.closeAllConnections();
  }
}

/** Files under a folder, by their paths in it. */
export function filesOf(dir: string): Map<string, string> {
  const names = fs
    .readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.statSync(path.join(dir, name)).isFile());
  return new Map(names.map((name) => [name, fs.readFileSync(path.join(dir, name), 'latin1')]));
}

/**
 * The logs of the servers that the tests of this run share. They stand beside the servers' data, where files come
 * and go while other tests run: only the logs are read.
 */
export function serverLogs(): Map<string, string> {
  const dir = process.env.TEST_RUN_DIR!;
  const logs = fs
    .readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => fs.readdirSync(path.join(dir, name)).map((file) => path.join(name, file)))
    .filter((file) => file.endsWith('.log'));
  return new Map(logs.map((file) => [file, fs.readFileSync(path.join(dir, file), 'latin1')]));
}

/**
 * The metrics without measured fractions: the digits of a sum of seconds (`0.39372600000000003`) are chance, and
 * now and then those of a planted number. Names, labels and whole numbers stay.
 */
export async function metricsOf(p: Platform): Promise<string> {
  return (await p.c.metrics.registry.metrics()).replaceAll(/ \d+\.\d+(?:e[+-]?\d+)?$/gm, ' <fraction>');
}
