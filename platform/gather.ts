/**
 * Gathering: calls that arrive while one run is under way wait and go together in the next.
 * 1. An item that finds nothing under way starts a run at once (in the same tick's end, so that callers of
 *    one tick go together).
 * 2. Items that come meanwhile are kept in order; when a run ends the next takes up to `maxBatch` of them.
 * 3. Each caller gets its own result or its own error; a rejected run rejects exactly its own items. So a
 *    lone call waits for nobody, and a thousand at once cost a few runs. With `onBatchError` a run that fails
 *    is tried again and then split (`aloneAfter`), so that one bad item never fails its neighbours.
 * 4. With `fairBy` a run that cannot take all who wait takes them in turns, one of each: a thousand of one
 *    caller do not keep another's single item waiting.
 */
import { isConnectionError, isRetryableError } from './database';

export interface Gather<In, Out> {
  (item: In): Promise<Out>;
  /** Items waiting or running. */
  size(): number;
  /** Resolves when nothing waits or runs. */
  drain(): Promise<void>;
}

export interface GatherOptions<In = unknown> {
  maxBatch: number;
  maxRunning?: number;
  /** The handling of a rejected run; without it all its items are rejected. */
  onBatchError?: TogetherThenAlone;
  /** Whose an item is. */
  fairBy?(item: In): unknown;
}

interface Waiting<In, Out> {
  item: In;
  resolve(value: Out): void;
  reject(error: unknown): void;
}

/**
 * `run` gets the items in order and returns one result for each, in the same order; a result that is an
 * `Error` rejects only that caller.
 */
export function createGather<In, Out>(
  run: (items: In[]) => Promise<(Out | Error)[]>,
  options: GatherOptions<In>,
): Gather<In, Out> {
  const maxRunning = options.maxRunning ?? 1;
  let waiting: Waiting<In, Out>[] = [];
  let running = 0;
  let inFlight = 0;
  let scheduled = false;
  let drained: (() => void)[] = [];

  function schedule(): void {
    if (scheduled || running >= maxRunning || waiting.length === 0) return;
    scheduled = true;
    setImmediate(start);
  }

  function start(): void {
    scheduled = false;
    const [batch, rest] = nextOf(waiting, options);
    waiting = rest;
    running += 1;
    inFlight += batch.length;
    void execute(batch).finally(() => {
      running -= 1;
      inFlight -= batch.length;
      if (waiting.length === 0 && running === 0) {
        const callbacks = drained;
        drained = [];
        for (const done of callbacks) done();
      }
      schedule();
    });
    schedule();
  }

  async function execute(batch: Waiting<In, Out>[]): Promise<void> {
    const items = batch.map((w) => w.item);
    try {
      const results = await (options.onBatchError?.(items, run) ?? run(items));
      if (results.length !== batch.length)
        throw new Error(`a gathered run returned ${results.length} results for ${batch.length} items`);
      batch.forEach((w, i) => {
        const result = results[i] as Out | Error;
        if (result instanceof Error) w.reject(result);
        else w.resolve(result);
      });
    } catch (error) {
      for (const w of batch) w.reject(error);
    }
  }

  const gather = (item: In): Promise<Out> =>
    new Promise<Out>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      schedule();
    });
  gather.size = () => waiting.length + inFlight;
  gather.drain = () =>
    waiting.length === 0 && running === 0
      ? Promise.resolve()
      : new Promise<void>((resolve) => {
          drained.push(resolve);
        });
  return gather;
}

/** Those who go next, and the rest. */
function nextOf<In, Out>(
  waiting: Waiting<In, Out>[],
  options: GatherOptions<In>,
): [Waiting<In, Out>[], Waiting<In, Out>[]] {
  const { maxBatch } = options;
  if (waiting.length > maxBatch && options.fairBy !== undefined)
    return inTurns(waiting, maxBatch, ({ item }) => options.fairBy?.(item));
  return [waiting.slice(0, maxBatch), waiting.slice(maxBatch)];
}

/** The first `count`, one of each owner in turn, and the rest in their order. */
function inTurns<T>(items: readonly T[], count: number, ownerOf: (item: T) => unknown): [T[], T[]] {
  const turns = new Map<unknown, number>();
  const ordered = items.map((item, at) => {
    const owner = ownerOf(item);
    const turn = turns.get(owner) ?? 0;
    turns.set(owner, turn + 1);
    return { item, at, turn };
  });
  const chosen = ordered.toSorted((a, b) => a.turn - b.turn || a.at - b.at).slice(0, count);
  const taken = new Set(chosen.map(({ at }) => at));
  return [
    chosen.toSorted((a, b) => a.at - b.at).map(({ item }) => item),
    items.filter((_, at) => !taken.has(at)),
  ];
}

/** Runs the items together, and falls back as `aloneAfter` says. Never rejects for an error of `run`. */
export type TogetherThenAlone = <In, Out>(
  items: In[],
  run: (items: In[]) => Promise<(Out | Error)[]>,
) => Promise<(Out | Error)[]>;

export interface BatchErrorPolicy {
  /**
   * The number of tries in all after a deadlock, serialisation failure or lock time-out, together and then
   * one by one.
   */
  tries?: number;
  /** Narrows which of those errors are tried again at once. */
  readonly isWorthAnotherTry?: (error: unknown) => boolean;
  /**
   * For every caller of a run whose connection broke: whether it was committed is unknown, so it is not run
   * again.
   */
  readonly unconfirmed: (error: unknown) => Error;
  /** For a lone item that used up its tries; `unconfirmed` where nothing is said. */
  readonly contended?: (error: unknown) => Error;
  /** How many run at once when each runs alone: one that waits for a lock then does not hold up the others. */
  readonly aloneAtOnce?: number;
}

const DEFAULT_TRIES = 4;

/**
 * The work is one database transaction for all items. When the database rolls it back for contention it is
 * tried again, by default 4 times in all; after that, and after any other error, each item is run alone, with
 * the same tries.
 */
export function aloneAfter(policy: BatchErrorPolicy): TogetherThenAlone {
  const isTriedAgain = (error: unknown): boolean =>
    isRetryableError(error) && (policy.isWorthAnotherTry?.(error) ?? true);
  return async function together<In, Out>(
    items: In[],
    run: (items: In[]) => Promise<(Out | Error)[]>,
  ): Promise<(Out | Error)[]> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await run(items);
      } catch (error) {
        if (isConnectionError(error)) return items.map(() => policy.unconfirmed(error));
        if (isTriedAgain(error) && tries < (policy.tries ?? DEFAULT_TRIES)) continue;
        if (items.length > 1) break;
        if (isRetryableError(error)) return [(policy.contended ?? policy.unconfirmed)(error)];
        return [error instanceof Error ? error : new Error('a gathered run failed', { cause: error })];
      }
    }
    const alone: (Out | Error)[] = [];
    const left = items.entries();
    const lane = async (): Promise<void> => {
      for (const [i, item] of left) [alone[i]] = (await together([item], run)) as [Out | Error];
    };
    await Promise.all(Array.from({ length: policy.aloneAtOnce ?? 1 }, lane));
    return alone;
  };
}
