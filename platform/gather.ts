/**
 * Gathering: calls that arrive while one run is under way wait and go together in the next.
 * 1. An item that finds nothing under way starts a run at once (in the same tick's end, so that callers of one tick go together).
 * 2. Items that come meanwhile are kept in order; when a run ends the next takes up to `maxBatch` of them.
 * 3. Each caller gets its own result or its own error; a rejected run rejects exactly its own items.
 * So a lone call waits for nobody, and a thousand at once cost a few runs.
 */
export interface Gather<In, Out> {
  (item: In): Promise<Out>;
  /** Items waiting or running. */
  size(): number;
  /** Resolves when nothing waits or runs. */
  drain(): Promise<void>;
}

export interface GatherOptions {
  maxBatch: number;
  maxRunning?: number;
}

interface Waiting<In, Out> {
  item: In;
  resolve(value: Out): void;
  reject(error: unknown): void;
}

/** `run` gets the items in order and returns one result for each, in the same order; a result that is an `Error` rejects only that caller. */
export function createGather<In, Out>(
  run: (items: In[]) => Promise<(Out | Error)[]>,
  options: GatherOptions,
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
    const batch = waiting.slice(0, options.maxBatch);
    waiting = waiting.slice(batch.length);
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
    try {
      const results = await run(batch.map((w) => w.item));
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
