import type { HookTable as Table } from '../book/hook-table';
import type { BookEntry, HookSpec } from './entries';

/** A webhook that is owed. Its event id is that of webhook `eventSeq`, an earlier one when it repeats it. */
export interface Hook {
  seq: number;
  eventSeq: number;
  bornAtMs: number;
  spec: HookSpec;
}
export type HookTable = Table<Hook>;

export function hooksOfEntry(entry: BookEntry, first: number): Hook[] {
  if (entry.t !== 'move' || entry.hooks === undefined) return [];
  const { at, hooks } = entry;
  return hooks.map((spec, i) => ({
    seq: first + i,
    eventSeq: first + (spec.sameIdAs ?? i),
    bornAtMs: at,
    spec,
  }));
}
