/**
 * The backend in use is a row in PostgreSQL (`queue_backend`), so that two processes never put jobs in
 * different places and wait for each other.
 * 1. Each process calls `claimBackend` when it starts and for /readyz: `differs` means not ready.
 * 2. `npm start`, which has stopped every process before, answers `differs` with `switchBackend`.
 * 3. Nothing is carried over: unfinished work is in the rows and is queued again from there.
 */
import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { Log } from '../logger';
import { execute, rows } from '../database';
import { createQueues } from './queues';
import { parseRedisUrl } from './redis-connection';
import { queueKeyPrefix } from './redis-keys';
import type { QueueBackend, QueueSettings } from './types';

/**
 * Names the place without its secrets. Queues in PostgreSQL live in the database that holds the row, so the
 * word is enough.
 */
export function backendIdentity(settings: QueueSettings): string {
  if (settings.backend === 'postgres') return 'postgres';
  const { kind, nodes, db, master } = parseRedisUrl(settings.redisUrl ?? '');
  const place = [
    kind,
    ...nodes.map((node) => `${node.host}:${node.port}`).toSorted(),
    db,
    master ?? '',
    queueKeyPrefix(settings, '*'),
  ].join('|');
  return `redis-${createHash('sha256').update(place).digest('hex').slice(0, 24)}`;
}

/**
 * `claimed`: there was no row and now it is ours. `same`: it names our backend. `differs`: it names another,
 * and this process must not serve.
 */
export async function claimBackend(
  knex: Knex,
  settings: QueueSettings,
): Promise<'same' | 'claimed' | 'differs'> {
  const identity = backendIdentity(settings);
  const current = await readBackend(knex);
  if (current) return current.identity === identity ? 'same' : 'differs';
  const claimed = await execute(
    knex,
    'insert into queue_backend (backend, identity) values (?, ?) on conflict do nothing',
    [settings.backend, identity],
  );
  return claimed === 1 ? 'claimed' : claimBackend(knex, settings);
}

/** The backend in use, or undefined before the first start. */
export async function readBackend(
  knex: Knex,
): Promise<{ backend: QueueBackend; identity: string; switchedAt: Date } | undefined> {
  const [row] = await rows<{ backend: QueueBackend; identity: string; switched_at: Date }>(
    knex,
    'select backend, identity, switched_at from queue_backend',
  );
  return row && { backend: row.backend, identity: row.identity, switchedAt: row.switched_at };
}

export interface SwitchOptions {
  /** Every queue there is. */
  queues: string[];
  /**
   * Where the queues were, when the caller still knows (a Redis URL is not stored); PostgreSQL is always
   * known.
   */
  previous?: QueueSettings;
  log: Log;
}

/**
 * Names `next` as the backend in use, then empties the queues of the old one where it can be reached, and
 * what an earlier time left in the new one: a job id that is still kept there would keep the next one of that
 * id out. No process may run meanwhile.
 */
export async function switchBackend(knex: Knex, next: QueueSettings, options: SwitchOptions): Promise<void> {
  const before = await readBackend(knex);
  await execute(
    knex,
    `insert into queue_backend (backend, identity) values (?, ?)
     on conflict (singleton) do update set backend = excluded.backend, identity = excluded.identity, switched_at = now()`,
    [next.backend, backendIdentity(next)],
  );
  const places = [next];
  if (options.previous && backendIdentity(options.previous) !== backendIdentity(next))
    places.push(options.previous);
  else if (before?.backend === 'postgres' && next.backend !== 'postgres')
    places.push({ backend: 'postgres', databaseUrl: next.databaseUrl });
  for (const place of places) {
    const queues = createQueues(place, { log: options.log });
    try {
      await queues.ping();
      await queues.empty(options.queues);
    } catch (error) {
      options.log.warn(
        { err: error, backend: place.backend },
        'queues not emptied: the backend cannot be reached',
      );
    } finally {
      await queues.close();
    }
  }
  options.log.info({ backend: next.backend, before: before?.backend }, 'queue backend switched');
}

/**
 * Makes the id sequence of each queue on PostgreSQL, which BullMQ would make with the first job: that would
 * need the right to create, and takes a lock until commit. Run with the migrations.
 */
export async function prepareQueues(knex: Knex, queues: readonly string[]): Promise<void> {
  for (const queue of queues) await execute(knex, 'select bullmq.next_job_id(?)', [queue]);
}
