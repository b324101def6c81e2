const OFF_LIST = 1_000;

/** Which callbacks the other side took, and which were given up. */
export interface HooksEntry {
  t: 'hooks';
  done?: number[];
  off?: number[];
}

/** Callbacks owed, and how the others ended. In memory only while they are owed. `seq` counts every callback of the book. */
export interface HookTable<Entry, Hook> {
  /** The hooks of a line, numbered; what a change gives rise to is in its line, so a replay numbers them the same. */
  addFrom(entry: Entry): Hook[];
  settle(entry: HooksEntry): void;
  pending(): IterableIterator<Hook>;
  get(seq: number): Hook | undefined;
  counts(): { pending: number; delivered: number; disabled: number };
  /** The latest thousand that were given up. */
  disabled(): readonly Hook[];
}

/** `make` says what a line owes, given the number of its first hook. */
export function createHookTable<Entry, Hook extends { seq: number }>(
  make: (entry: Entry, first: number) => Hook[],
): HookTable<Entry, Hook> {
  const owed = new Map<number, Hook>();
  const off: Hook[] = [];
  let next = 0;
  let delivered = 0;
  let disabled = 0;
  return {
    addFrom(entry) {
      const hooks = make(entry, next);
      for (const hook of hooks) owed.set(hook.seq, hook);
      next += hooks.length;
      return hooks;
    },
    settle({ done = [], off: givenUp = [] }) {
      for (const seq of done) if (owed.delete(seq)) delivered += 1;
      for (const seq of givenUp) {
        const hook = owed.get(seq);
        if (hook === undefined) continue;
        owed.delete(seq);
        disabled += 1;
        off.push(hook);
        if (off.length > OFF_LIST) off.shift();
      }
    },
    pending: () => owed.values(),
    get: (seq) => owed.get(seq),
    counts: () => ({ pending: owed.size, delivered, disabled }),
    disabled: () => off,
  };
}
