import { createHashIndex } from './hash-index';
import type { RowStore } from './row-store';

export const NONE = -1;
/** A candidate row is not in memory: await `load` and ask again. */
export const UNREAD = -2;

/**
 * Finds rows by one of their texts. `find` is synchronous, so that its NONE is still true when the caller
 * writes the missing row. When it returns UNREAD, the caller awaits `load` and asks again.
 */
export interface Lookup {
  add(text: string, slot: number): void;
  /** The newest slot with this text, or NONE, or UNREAD. */
  find(text: string): number;
  load(text: string): Promise<void>;
  /** The newest slots with this text that `accept` allows, `max` at most. */
  all(text: string, accept: (slot: number) => boolean, max: number): Promise<number[]>;
}

export function createLookup<Row>(rows: RowStore<Row>, textOf: (row: Row) => string | null): Lookup {
  const index = createHashIndex();
  return {
    add: (text, slot) => {
      index.add(text, slot);
    },
    find(text) {
      for (let slot = index.newest(text); slot !== -1; slot = index.older(slot)) {
        const row = rows.peek(slot);
        if (row === undefined) return UNREAD;
        if (textOf(row) === text) return slot;
      }
      return NONE;
    },
    async load(text) {
      for (let slot = index.newest(text); slot !== -1; slot = index.older(slot)) {
        if (textOf(await rows.get(slot)) === text) return;
      }
    },
    async all(text, accept, max) {
      const found: number[] = [];
      for (let slot = index.newest(text); slot !== -1 && found.length < max; slot = index.older(slot)) {
        if (!accept(slot)) continue;
        const row = rows.peek(slot) ?? (await rows.get(slot));
        if (textOf(row) === text) found.push(slot);
      }
      return found;
    },
  };
}
