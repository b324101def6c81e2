/**
 * Numbers of the book in growing typed arrays, one slot per row, so that 100,000 payouts take a few
 * megabytes. Texts stay in the file (see row-store.ts).
 */
const FIRST_CAPACITY = 1_024;

export interface Column<V extends number | bigint> {
  get(slot: number): V;
  set(slot: number, value: V): void;
}

type NumberArray = Uint8Array | Uint32Array | Float64Array;

/** `make` chooses the width, e.g. `(n) => new Uint8Array(n)`. A slot that was never set reads 0. */
export function createNumberColumn(make: (capacity: number) => NumberArray): Column<number> {
  let values = make(FIRST_CAPACITY);
  return {
    get: (slot) => values[slot] ?? 0,
    set(slot, value) {
      if (slot >= values.length) {
        const grown = make(Math.max(slot + 1, values.length * 2));
        grown.set(values);
        values = grown;
      }
      values[slot] = value;
    },
  };
}

export function createPaiseColumn(): Column<bigint> {
  let values = new BigInt64Array(FIRST_CAPACITY);
  return {
    get: (slot) => values[slot] ?? 0n,
    set(slot, value) {
      if (slot >= values.length) {
        const grown = new BigInt64Array(Math.max(slot + 1, values.length * 2));
        grown.set(values);
        values = grown;
      }
      values[slot] = value;
    },
  };
}

export const bytes = (capacity: number): Uint8Array => new Uint8Array(capacity);
export const words = (capacity: number): Uint32Array => new Uint32Array(capacity);
export const doubles = (capacity: number): Float64Array => new Float64Array(capacity);
