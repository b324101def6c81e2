import type { Knex } from 'knex';
import { createGather } from '../../platform/gather';
import { execute } from '../../platform/database';
import { createListener } from '../../platform/listener';

/**
 * Waiting for the end of a transaction. After its commit, a process that has moved transactions to a final
 * state announces them, many ids in one NOTIFY. A process with waiting callers listens on a connection of its
 * own. Each caller also reads its row once a second, so a lost notice costs a second and nothing else.
 */
const CHANNEL = 'transaction_final';
const MAX_IDS = 200; // a payload holds 8,000 bytes
const REREAD_MS = 1_000;
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
  /**
   * Calls `read` now, at each notice about the row and each second, until it gives a value. Undefined after
   * `timeoutMs`.
   */
  until<T>(id: string, timeoutMs: number, read: () => Promise<T | undefined>): Promise<T | undefined>;
  /** The number of callers that wait now. */
  size(): number;
  close(): Promise<void>;
}

interface WaitingDependencies {
  databaseUrl: string;
  onError?(error: unknown): void;
}

export function createWaiting(deps: WaitingDependencies): Waiting {
  const waiters = createWaiters();
  const listener = createListener(deps);
  listener.listen(CHANNEL, (payload) => {
    for (const id of payload?.split(',') ?? []) waiters.wake(id);
  });
  let count = 0;
  return {
    async until(id, timeoutMs, read) {
      if (count >= MAX_WAITERS) return read();
      count += 1;
      try {
        return await wait(waiters, id, timeoutMs, read);
      } finally {
        count -= 1;
      }
    },
    size: () => count,
    close: () => listener.close(),
  };
}

async function wait<T>(
  waiters: Waiters,
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
    // Before the read, so that a notice during the read is not missed.
    waiters.add(id, wake);
    try {
      const value = await read();
      const left = deadline - performance.now();
      if (value !== undefined || left <= 0) return value;
      const timer = setTimeout(wake, Math.min(REREAD_MS, left));
      await woken;
      clearTimeout(timer);
    } finally {
      waiters.remove(id, wake);
    }
  }
}

interface Waiters {
  add(id: string, wake: () => void): void;
  remove(id: string, wake: () => void): void;
  wake(id: string): void;
}

function createWaiters(): Waiters {
  const byId = new Map<string, Set<() => void>>();
  return {
    add(id, wake) {
      const known = byId.get(id);
      if (known === undefined) byId.set(id, new Set([wake]));
      else known.add(wake);
    },
    remove(id, wake) {
      const known = byId.get(id);
      known?.delete(wake);
      if (known?.size === 0) byId.delete(id);
    },
    wake(id) {
      for (const wake of byId.get(id) ?? []) wake();
    },
  };
}
