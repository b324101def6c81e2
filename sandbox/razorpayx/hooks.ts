import type { HookTable as Table } from '../book/hook-table';
import type { BookEntry, HookSpec } from './entries';

/**
 * A callback that is owed. Its event id is that of callback `eventSeq`, which is an earlier one when it
 * repeats it.
 */
export interface Hook {
  seq: number;
  eventSeq: number;
  slot: number;
  at: number;
  spec: HookSpec;
}
export type HookTable = Table<Hook>;

export function hooksOfEntry(entry: BookEntry, first: number): Hook[] {
  if (!('hooks' in entry) || entry.hooks === undefined) return [];
  const { n, at, hooks } = entry;
  return hooks.map((spec, i) => ({
    seq: first + i,
    eventSeq: first + (spec.sameIdAs ?? i),
    slot: n,
    at,
    spec,
  }));
}
