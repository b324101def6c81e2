import type { Knex } from 'knex';
import { createGather } from '../../platform/gather';
import { execute, rows } from '../../platform/database';
import { createListener } from '../../platform/listener';

/**
 * Waiting for the end of a transaction. After its commit, a process that has moved transactions to a final
 * state announces them, many ids in one NOTIFY. A process with waiting callers listens on a connection of its
 * own. Once a second it also looks which of all the awaited ones have ended, so a lost notice costs a second and
 * nothing else. However many wait for one id, it is read once.
 */
const CHANNEL = 'transaction_final';
const MAX_IDS = 200; // a payload holds 8,000 bytes
const LOOK_MS = 1_000;
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

/** Those of the ids that are of transactions in a final state: what a lost notice would have said. */
export async function endedOf(knex: Knex, ids: readonly string[]): Promise<string[]> {
  const found = await rows<{ id: string }>(
    knex,
    'select id from transactions where id = any(?::uuid[]) and finished_at is not null',
    [ids],
  );
  return found.map(({ id }) => id);
}

export interface Wait<T> {
  timeoutMs: number;
  /** By whom the places are counted. */
  who: string;
  /** Of all who wait for the same id, one reads for all. */
  read(): Promise<T>;
  isOver(value: T): boolean;
  /** Nobody waits for a caller that has gone. */
  isGone?(): boolean;
  /** True for a row whose end is told by a notice: it is not read in between. */
  isTold?: boolean;
}

export interface Waiting {
  /**
   * Reads now, at each notice about the row and, unless its end is told, each second, until it is over or the
   * time is up; returns what was read last. Undefined at once when there is no place to wait, and for a caller
   * that has gone.
   */
  until<T>(id: string, wait: Wait<T>): Promise<T | undefined>;
  /** The number of callers that wait now. */
  size(): number;
  close(): Promise<void>;
}

interface WaitingDependencies {
  databaseUrl: string;
  /** How many may wait in this process, and how many of one. */
  places?(): { most: number; mostEach: number };
  /** Those of the ids whose end a lost notice would have told; without it each is read. */
  ended?(ids: readonly string[]): Promise<readonly string[]>;
  onError?(error: unknown): void;
}

const ALL_PLACES = { most: MAX_WAITERS, mostEach: MAX_WAITERS };

export function createWaiting(deps: WaitingDependencies): Waiting {
  const watches = new Map<string, Watch<unknown>>();
  const places = createPlaces(() => deps.places?.() ?? ALL_PLACES);
  const listener = createListener(deps);
  listener.listen(CHANNEL, (payload) => {
    for (const id of payload?.split(',') ?? []) watches.get(id)?.look();
  });
  let looking: NodeJS.Timeout | undefined;

  async function lookAtAll(): Promise<void> {
    const told: string[] = [];
    for (const [id, watch] of watches) {
      watch.dropGone();
      if (watch.isTold() && deps.ended !== undefined) told.push(id);
      else watch.look();
    }
    if (told.length === 0) return;
    for (const id of (await deps.ended?.(told)) ?? []) watches.get(id)?.look();
  }

  function watchOf<T>(id: string, wait: Wait<T>): Watch<T> {
    let watch = watches.get(id) as Watch<T> | undefined;
    if (watch === undefined) watches.set(id, (watch = new Watch<T>(() => wait.read())));
    looking ??= setInterval(() => {
      lookAtAll().catch((error: unknown) => deps.onError?.(error));
    }, LOOK_MS);
    return watch;
  }

  function forget(id: string, watch: Watch<unknown>): void {
    if (watches.get(id) !== watch) return; // it was forgotten, and another has begun to wait
    watches.delete(id);
    if (watches.size > 0) return;
    clearInterval(looking);
    looking = undefined;
  }

  return {
    async until(id, wait) {
      const leave = places.take(wait.who);
      if (leave === undefined) return undefined;
      const watch = watchOf(id, wait);
      try {
        return await watch.wait(wait);
      } finally {
        leave();
        if (watch.isEmpty()) forget(id, watch);
      }
    },
    size: () => places.size(),
    async close() {
      clearInterval(looking);
      await listener.close();
    },
  };
}

function createPlaces(places: () => { most: number; mostEach: number }) {
  const taken = new Map<string, number>();
  let count = 0;
  return {
    /** What comes back gives the place up. Undefined when there is none. */
    take(who: string): (() => void) | undefined {
      const mine = taken.get(who) ?? 0;
      const { most, mostEach } = places();
      if (count >= most || mine >= mostEach) return undefined;
      taken.set(who, mine + 1);
      count += 1;
      return () => {
        const left = taken.get(who)! - 1;
        if (left === 0) taken.delete(who);
        else taken.set(who, left);
        count -= 1;
      };
    },
    size: () => count,
  };
}

interface Waiter<T> {
  of: Pick<Wait<T>, 'isOver' | 'isGone' | 'isTold'>;
  end(value: T | undefined): void;
  fail(error: unknown): void;
}

/** All who wait for one row. */
class Watch<T> {
  private readonly waiters = new Set<Waiter<T>>();
  private reading: Promise<T> | undefined;
  /** Something was said while it was being read: it may have moved behind that read. */
  private again = false;

  constructor(private readonly readRow: () => Promise<T>) {}

  isTold(): boolean {
    for (const waiter of this.waiters) if (waiter.of.isTold !== true) return false;
    return true;
  }

  isEmpty(): boolean {
    return this.waiters.size === 0;
  }

  async wait(of: Wait<T>): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<T | undefined>((resolve, reject) => {
        const done = (then: () => void): void => {
          this.waiters.delete(waiter);
          then();
        };
        const waiter: Waiter<T> = {
          of,
          end: (value) => done(() => resolve(value)),
          fail: (error) => done(() => reject(error)),
        };
        // Before the first read, so that a notice during the read is not missed.
        this.waiters.add(waiter);
        timer = setTimeout(() => {
          this.waiters.delete(waiter);
          this.read().then(resolve, reject);
        }, of.timeoutMs);
        this.look();
      });
    } finally {
      clearTimeout(timer);
    }
  }

  dropGone(): void {
    for (const waiter of this.waiters) if (waiter.of.isGone?.() === true) waiter.end(undefined);
  }

  /** Reads, and ends the wait of those for whom it is over. */
  look(): void {
    if (this.reading !== undefined) {
      this.again = true;
      return;
    }
    this.read().then(
      (value) => {
        for (const waiter of this.waiters) if (waiter.of.isOver(value)) waiter.end(value);
        if (!this.again) return;
        this.again = false;
        if (this.waiters.size > 0) this.look();
      },
      (error: unknown) => {
        for (const waiter of this.waiters) waiter.fail(error);
      },
    );
  }

  private read(): Promise<T> {
    this.reading ??= this.readRow().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }
}
