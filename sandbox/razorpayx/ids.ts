/**
 * Ids are computed from a row's slot and the book's seed, so they need neither storage nor an index. They
 * look like RazorpayX's: prefix and 14 base62 characters. The last six hold the scrambled slot; the first
 * eight prove that this book made the id.
 */
import { mix32 } from '../book/hash-index';

// append only: the position decides the ids
const PREFIXES = ['cont', 'fa', 'pout', 'txn', 'rvrsl', 'bt', 'evt', 'acc', 'fav', 'order', 'pay'] as const;
export type IdPrefix = (typeof PREFIXES)[number];

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SLOT_CHARS = 6; // 62^6 holds any 32-bit number
const SCRAMBLE = 0x9e3779b1;
const UNSCRAMBLE = inverse32(SCRAMBLE);

export interface Ids {
  of(prefix: IdPrefix, slot: number): string;
  /** The 14 characters without the prefix, as in `x-razorpay-event-id`. */
  bare(prefix: IdPrefix, slot: number): string;
  /** The slot of an id of this book; -1 for any other text. */
  slotOf(prefix: IdPrefix, id: string): number;
}

/** `seed` is a random 32-bit number, drawn when the book was begun. */
export function createIds(seed: number): Ids {
  const salts = new Map<IdPrefix, number>(PREFIXES.map((prefix, i) => [prefix, mix32(seed + i)]));
  const bare = (prefix: IdPrefix, slot: number): string => {
    const salt = salts.get(prefix)!;
    const scrambled = (Math.imul(slot, SCRAMBLE) ^ salt) >>> 0;
    return base62(mix32(slot ^ salt), 4) + base62(mix32(scrambled + salt), 4) + base62(scrambled, SLOT_CHARS);
  };
  return {
    bare,
    of: (prefix, slot) => `${prefix}_${bare(prefix, slot)}`,
    slotOf(prefix, id) {
      if (!id.startsWith(`${prefix}_`)) return -1;
      const salt = salts.get(prefix)!;
      let scrambled = 0;
      for (const char of id.slice(-SLOT_CHARS)) scrambled = scrambled * 62 + ALPHABET.indexOf(char);
      const slot = Math.imul(scrambled ^ salt, UNSCRAMBLE) >>> 0;
      return `${prefix}_${bare(prefix, slot)}` === id ? slot : -1;
    },
  };
}

function base62(n: number, chars: number): string {
  let text = '';
  let rest = n;
  for (let i = 0; i < chars; i += 1) {
    text = ALPHABET[rest % 62]! + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** The inverse of an odd number modulo 2^32, by Newton's method: each round doubles the correct bits. */
function inverse32(odd: number): number {
  let inverse = odd;
  for (let i = 0; i < 5; i += 1) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse;
}

const IST_OFFSET_S = 19_800;
const BANK = 'SNDB'; // no bank has this code

/** Of the transfer from our bank with which a book opens; no other transfer has the number. */
export const OPENING_REFERENCE = 'SNDBNOPENING0001';

/**
 * The network's reference of a payout: 12 digits for IMPS and UPI (an RRN: digit of the year, day of the
 * year, hour, serial number), 16 characters for NEFT, 22 for RTGS. `createdAt` is unix seconds.
 */
export function utrOf(mode: string, slot: number, createdAt: number): string {
  const ist = new Date((createdAt + IST_OFFSET_S) * 1_000);
  const year = ist.getUTCFullYear();
  const day = Math.floor((ist.getTime() - Date.UTC(year, 0, 1)) / 86_400_000) + 1;
  const dayOfYear = String(day).padStart(3, '0');
  const running = String(slot % 1_000_000).padStart(6, '0');
  if (mode === 'NEFT') return `${BANK}N${String(year % 100).padStart(2, '0')}${dayOfYear}${running}`;
  if (mode === 'RTGS')
    return `${BANK}R${ist.toISOString().slice(0, 10).replaceAll('-', '')}${String(slot).padStart(9, '0')}`;
  return `${year % 10}${dayOfYear}${String(ist.getUTCHours()).padStart(2, '0')}${running}`;
}
