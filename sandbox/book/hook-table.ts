const MAX_GIVEN_UP_KEPT = 1_000;

/** The callbacks that the receiver acknowledged, and those that were given up, by number. */
export interface HooksEntry {
  t: 'hooks';
  done?: number[];
  off?: number[];
}

/**
 * The callbacks of a book: those still owed, and how the others ended. `seq` numbers every callback of the
 * book.
 */
export interface HookTable<Hook> {
  /** Callbacks that are owed, oldest first. */
  pending(): IterableIterator<Hook>;
  get(seq: number): Hook | undefined;
  counts(): { pending: number; delivered: number; disabled: number };
  /** The latest thousand that were given up. */
  disabled(): readonly Hook[];
}

interface WritableHookTable<Entry, Hook> extends HookTable<Hook> {
  /**
   * Adds the callbacks of a line and returns them. They are part of the line, so a replay numbers them the
   * same.
   */
  addFrom(entry: Entry): Hook[];
  settle(entry: HooksEntry): void;
}

/** `hooksOf` makes the callbacks of a line, numbered from `first`. */
export function createHookTable<Entry, Hook extends { seq: number }>(
  hooksOf: (entry: Entry, first: number) => Hook[],
): WritableHookTable<Entry, Hook> {
  const owed = new Map<number, Hook>();
  const givenUp: Hook[] = [];
  let next = 0;
  let delivered = 0;
  let disabled = 0;
  return {
    addFrom(entry) {
      const hooks = hooksOf(entry, next);
      for (const hook of hooks) owed.set(hook.seq, hook);
      next += hooks.length;
      return hooks;
    },
    settle({ done = [], off = [] }) {
      for (const seq of done) if (owed.delete(seq)) delivered += 1;
      for (const seq of off) {
        const hook = owed.get(seq);
        if (hook === undefined) continue;
        owed.delete(seq);
        disabled += 1;
        givenUp.push(hook);
        if (givenUp.length > MAX_GIVEN_UP_KEPT) givenUp.shift();
      }
    },
    pending: () => owed.values(),
    get: (seq) => owed.get(seq),
    counts: () => ({ pending: owed.size, delivered, disabled }),
    disabled: () => givenUp,
  };
}
