import type { HooksEntry, HookSpec } from './entries';

const OFF_LIST = 1_000;

/** A callback that is owed; `seq` counts every callback of the book. */
export interface Hook { seq: number; bornAtMs: number; spec: HookSpec }

/** Callbacks owed, and how the others ended. In memory only while they are owed. */
export interface HookTable {
  /** The hooks of a line, numbered; a replay numbers them the same. */
  addFrom(line: { at: number; hooks?: HookSpec[] }): Hook[];
  settle(entry: HooksEntry): void;
  pending(): IterableIterator<Hook>;
  get(seq: number): Hook | undefined;
  counts(): { pending: number; delivered: number; disabled: number };
  /** The latest thousand that were given up. */
  disabled(): readonly Hook[];
}

export function createHookTable(): HookTable {
  const owed = new Map<number, Hook>();
  const off: Hook[] = [];
  let next = 0;
  let delivered = 0;
  let disabled = 0;
  return {
    addFrom({ at, hooks: specs = [] }) {
      const hooks = specs.map((spec, i): Hook => ({ seq: next + i, bornAtMs: at, spec }));
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
