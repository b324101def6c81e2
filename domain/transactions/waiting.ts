import type { Knex } from 'knex';
import { Client } from 'pg';
import { createGather } from '../../platform/gather';
import { execute } from '../../platform/database';

/**
 * Waiting for a transaction is waiting on its row. Who has moved rows to a final state says so after the commit, one coalesced NOTIFY for many ids;
 * who waits listens on a connection of its own and reads the row again each second, so a lost notice costs a second and nothing else.
 */
const CHANNEL = 'transaction_final';
const MAX_IDS = 200; // a payload holds 8,000 bytes
const REREAD_MS = 1_000;
const RECONNECT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;
export const MAX_WAITERS = 2_000;

export interface Announcer {
  announce(ids: readonly string[]): void;
}

/** Sends notices in the background; never throws and never waits. */
export function createAnnouncer(deps: { knex: Knex; onError?(error: unknown): void }): Announcer {
  const gather = createGather<readonly string[], void>(
    async (lists) => {
      const ids = lists.flat();
      for (let i = 0; i < ids.length; i += MAX_IDS)
        await execute(deps.knex, 'select pg_notify(?, ?)', [CHANNEL, ids.slice(i, i + MAX_IDS).join(',')]);
      return lists.map(() => undefined);
    },
    { maxBatch: 1_000 },
  );
  return {
    announce(ids) {
      if (ids.length > 0) gather(ids).catch((error: unknown) => deps.onError?.(error));
    },
  };
}

export interface Waiting {
  /** Calls `read` now, whenever the row is announced and each second, until it gives a value or the time is over (then undefined). */
  until<T>(id: string, timeoutMs: number, read: () => Promise<T | undefined>): Promise<T | undefined>;
  /** Callers that wait now. */
  size(): number;
  close(): Promise<void>;
}

export function createWaiting(deps: { databaseUrl: string; onError?(error: unknown): void }): Waiting {
  const waiters = new Map<string, Set<() => void>>();
  let client: Client | undefined;
  let closed = false;
  let count = 0;

  async function listen(): Promise<void> {
    if (closed) return;
    const next = new Client({
      connectionString: deps.databaseUrl,
      application_name: 'munim-listen',
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    const again = (error?: unknown): void => {
      if (client !== next) return;
      client = undefined;
      if (error !== undefined) deps.onError?.(error);
      if (!closed)
        setTimeout(() => {
          void listen();
        }, RECONNECT_MS).unref();
    };
    client = next;
    next.on('error', again);
    next.on('end', () => again());
    next.on('notification', (message) => {
      for (const id of (message.payload ?? '').split(',')) for (const wake of waiters.get(id) ?? []) wake();
    });
    try {
      await next.connect();
      await next.query(`listen ${CHANNEL}`);
    } catch (error) {
      again(error);
      await next.end().catch(() => undefined);
    }
  }

  async function wait<T>(
    id: string,
    timeoutMs: number,
    read: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      let wake: () => void = () => undefined;
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      add(waiters, id, wake);
      try {
        const value = await read();
        const left = deadline - performance.now();
        if (value !== undefined || left <= 0) return value;
        const timer = setTimeout(wake, Math.min(REREAD_MS, left));
        await woken;
        clearTimeout(timer);
      } finally {
        remove(waiters, id, wake);
      }
    }
  }

  void listen();
  return {
    async until(id, timeoutMs, read) {
      if (count >= MAX_WAITERS) return read();
      count += 1;
      try {
        return await wait(id, timeoutMs, read);
      } finally {
        count -= 1;
      }
    },
    size: () => count,
    async close() {
      closed = true;
      await client?.end().catch(() => undefined);
    },
  };
}

function add(waiters: Map<string, Set<() => void>>, id: string, wake: () => void): void {
  const set = waiters.get(id);
  if (set === undefined) waiters.set(id, new Set([wake]));
  else set.add(wake);
}

function remove(waiters: Map<string, Set<() => void>>, id: string, wake: () => void): void {
  const set = waiters.get(id);
  set?.delete(wake);
  if (set?.size === 0) waiters.delete(id);
}
