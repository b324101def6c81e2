import { createNumberColumn, doubles, words } from './columns';
import type { LinePlace, LogFile } from './log-file';

/** Rows by slot. The file holds all of them, memory the latest few thousand. */
export interface RowStore<Row> {
  readonly count: number;
  /** Adds the row at a place of the file and returns its slot, counted from 0. */
  add(row: Row, place: LinePlace): number;
  /** The row, if it is in memory. */
  peek(slot: number): Row | undefined;
  get(slot: number): Promise<Row>;
}

/** `log` is a function because rows are added while the log is still being opened. */
export function createRowStore<Row>(log: () => LogFile, keep: number): RowStore<Row> {
  const offsets = createNumberColumn(doubles);
  const lengths = createNumberColumn(words);
  const recent = new Map<number, Row>();
  let count = 0;

  function remember(slot: number, row: Row): void {
    recent.set(slot, row);
    if (recent.size > keep) recent.delete(recent.keys().next().value!); // the oldest
  }

  return {
    get count() {
      return count;
    },
    add(row, place) {
      const slot = count;
      count += 1;
      offsets.set(slot, place.offset);
      lengths.set(slot, place.length);
      remember(slot, row);
      return slot;
    },
    peek: (slot) => recent.get(slot),
    async get(slot) {
      const known = recent.get(slot);
      if (known !== undefined) return known;
      if (slot < 0 || slot >= count) throw new RangeError(`no row ${slot}`);
      const row = (await log().read({ offset: offsets.get(slot), length: lengths.get(slot) })) as Row;
      remember(slot, row);
      return row;
    },
  };
}
