import { createHookTable as createTable, type HookTable as Table } from '../book/hook-table';
import type { HookSpec, MoveEntry } from './entries';

/** A callback that is owed; `eventSeq` is the one whose event id it carries. */
export interface Hook {
  seq: number;
  eventSeq: number;
  slot: number;
  at: number;
  spec: HookSpec;
}
export type HookTable = Table<MoveEntry, Hook>;

export const createHookTable = (): HookTable =>
  createTable(({ n, at, hooks = [] }, first) =>
    hooks.map((spec, i) => ({ seq: first + i, eventSeq: first + (spec.sameIdAs ?? i), slot: n, at, spec })),
  );
