import type { HookTable as Table } from '../book/hook-table';
import type { BookEntry, HookSpec } from './entries';

/** A webhook that is owed. */
export interface Hook {
  seq: number;
  bornAtMs: number;
  spec: HookSpec;
}
export type HookTable = Table<Hook>;

export function hooksOfEntry(entry: BookEntry, first: number): Hook[] {
  if (!('hooks' in entry) || entry.hooks === undefined) return [];
  const { at, hooks } = entry;
  return hooks.map((spec, i) => ({ seq: first + i, bornAtMs: at, spec }));
}
