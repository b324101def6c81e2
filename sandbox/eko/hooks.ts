import type { HookTable as Table } from '../book/hook-table';
import type { EkoEntry, HookSpec } from './entries';

/** A callback that is owed; `at` is the time of the change that it reports. */
export interface Hook {
  seq: number;
  slot: number;
  at: number;
  spec: HookSpec;
}
export type HookTable = Table<Hook>;

export function hooksOfEntry(entry: EkoEntry, first: number): Hook[] {
  if (!('hooks' in entry) || entry.hooks === undefined) return [];
  const { n, at, hooks } = entry;
  return hooks.map((spec, i) => ({ seq: first + i, slot: n, at, spec }));
}
