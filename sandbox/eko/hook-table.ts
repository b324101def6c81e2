import type { HooksEntry, HookSpec } from './entries';

/** A callback that is owed; `at` is when the change happened that it tells of. */
export interface Hook { seq: number; slot: number; at: number; spec: HookSpec }

/** Callbacks owed, and how the others ended. In memory only while they are owed. */
export interface HookTable {
  /** What a change gives rise to is in its line, so a replay numbers it the same. */
  addFrom(entry: { n: number; at: number; hooks?: HookSpec[] }): Hook[];
  settle(entry: HooksEntry): void;
  pending(): IterableIterator<Hook>;
  get(seq: number): Hook | undefined;
  counts(): { pending: number; delivered: number; disabled: number };
}

export function createHookTable(): HookTable {
  const owed = new Map<number, Hook>();
  let next = 0;
  let delivered = 0;
  let disabled = 0;
  return {
    addFrom(entry) {
      const hooks = (entry.hooks ?? []).map((spec, i): Hook => ({ seq: next + i, slot: entry.n, at: entry.at, spec }));
      for (const hook of hooks) owed.set(hook.seq, hook);
      next += hooks.length;
      return hooks;
    },
    settle({ done = [], off = [] }) {
      for (const seq of done) if (owed.delete(seq)) delivered += 1;
      for (const seq of off) if (owed.delete(seq)) disabled += 1;
    },
    pending: () => owed.values(),
    get: (seq) => owed.get(seq),
    counts: () => ({ pending: owed.size, delivered, disabled }),
  };
}
