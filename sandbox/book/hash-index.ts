import { createNumberColumn, words } from './columns';

/**
 * Finds rows by a text that is not kept in memory. The 32-bit hash of the text leads to the newest slot with
 * that hash, and from there to older ones. These are candidates: the caller compares the text with the row.
 */
export interface HashIndex {
  add(text: string, slot: number): void;
  /** The newest slot whose text may be this one; -1 for none. */
  newest(text: string): number;
  /** The next older slot with the same hash; -1 for none. */
  older(slot: number): number;
}

const FIRST_CAPACITY = 2_048; // a power of two

export function createHashIndex(): HashIndex {
  let hashes = new Uint32Array(FIRST_CAPACITY);
  let heads = new Uint32Array(FIRST_CAPACITY); // slot + 1; 0 means empty
  const olderSlots = createNumberColumn(words); // slot + 1; 0 ends the list
  let used = 0;

  /** The position of a hash, or the free position where it would go. */
  function place(hash: number): number {
    const mask = heads.length - 1;
    let at = hash & mask;
    while (heads[at] !== 0 && hashes[at] !== hash) at = (at + 1) & mask;
    return at;
  }

  function grow(): void {
    const oldHashes = hashes;
    const oldHeads = heads;
    hashes = new Uint32Array(oldHashes.length * 2);
    heads = new Uint32Array(oldHeads.length * 2);
    for (let i = 0; i < oldHeads.length; i += 1) {
      if (oldHeads[i] === 0) continue;
      const at = place(oldHashes[i]!);
      hashes[at] = oldHashes[i]!;
      heads[at] = oldHeads[i]!;
    }
  }

  return {
    add(text, slot) {
      if (used * 10 > heads.length * 6) grow();
      const hash = hashOf(text);
      const at = place(hash);
      if (heads[at] === 0) used += 1;
      olderSlots.set(slot, heads[at]!);
      hashes[at] = hash;
      heads[at] = slot + 1;
    },
    newest: (text) => heads[place(hashOf(text))]! - 1,
    older: (slot) => olderSlots.get(slot) - 1,
  };
}

/** FNV-1a over the UTF-16 units, then murmur's final mix, which spreads the low bits. */
function hashOf(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix32(h);
}

/** Murmur3's finaliser: a bijection on 32-bit numbers that spreads every bit. */
export function mix32(n: number): number {
  let h = n | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
