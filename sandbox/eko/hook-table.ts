import { createHookTable as createTable, type HookTable as Table } from '../book/hook-table';
import type { HookSpec } from './entries';

/** A callback that is owed; `at` is when the change happened that it tells of. */
export interface Hook {
  seq: number;
  slot: number;
  at: number;
  spec: HookSpec;
}
interface Change {
  n: number;
  at: number;
  hooks?: HookSpec[];
}
export type HookTable = Table<Change, Hook>;

export const createHookTable = (): HookTable =>
  createTable(({ n, at, hooks = [] }, first) =>
    hooks.map((spec, i) => ({ seq: first + i, slot: n, at, spec })),
  );
