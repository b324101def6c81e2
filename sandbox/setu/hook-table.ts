import { createHookTable as createTable, type HookTable as Table } from '../book/hook-table';
import type { HookSpec } from './entries';

/** A callback that is owed. */
export interface Hook {
  seq: number;
  bornAtMs: number;
  spec: HookSpec;
}
interface Line {
  at: number;
  hooks?: HookSpec[];
}
export type HookTable = Table<Line, Hook>;

export const createHookTable = (): HookTable =>
  createTable(({ at, hooks = [] }, first) =>
    hooks.map((spec, i) => ({ seq: first + i, bornAtMs: at, spec })),
  );
