/** Ids are computed from a row's number, its time and the book's seed. They look like Setu's own. */
import { createHash, randomBytes } from 'node:crypto';
import type { Kind, Product } from './entries';
import { istDay, julianStamp } from './times';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const BANK = 'SNDB'; // no bank has this code

export interface Ids {
  /** 35 characters: 27 letters and digits, then the minute within the year. */
  ref(kind: Kind, n: number, atMs: number): string;
  /** The network's reference of a bill payment: 20 characters. */
  transaction(n: number, atMs: number): string;
  ticket(n: number, atMs: number): string;
  /** The biller's reference of a bill or payment: 12 hexadecimal digits. */
  billerRef(kind: Kind, n: number): string;
  /** Seven letters and eight digits. */
  rechargeTransaction(n: number): string;
  operatorRef(n: number): string;
  /** The reference of a day's settlement: 16 characters, like a NEFT reference. */
  settlementUtr(product: Product, atMs: number): string;
}

export function createIds(seed: string): Ids {
  const digest = (label: string): Buffer => createHash('sha256').update(`${seed}/${label}`).digest();
  const characters = (label: string, count: number, from = ALPHABET): string =>
    Array.from(digest(label).subarray(0, count), (byte) => from[byte % from.length]).join('');
  return {
    ref: (kind, n, atMs) => characters(`${kind}/${n}`, 27) + julianStamp(atMs).slice(0, 8),
    transaction: (n, atMs) => `AX01${julianStamp(atMs)}${n.toString(36).toUpperCase().padStart(6, '0')}`,
    ticket: (n, atMs) => `TKT${characters(`ticket/${n}`, 27)}${julianStamp(atMs).slice(0, 8)}`,
    billerRef: (kind, n) => digest(`biller/${kind}/${n}`).toString('hex').slice(0, 12),
    rechargeTransaction: (n) =>
      characters(`recharge/${n}`, 7, ALPHABET.slice(10)) + String(n + 1).padStart(8, '0'),
    operatorRef: (n) => characters(`operator/${n}`, 10),
    settlementUtr(product, atMs) {
      const number = digest(`settlement/${product}/${istDay(atMs)}`).readUInt32BE() % 1_000_000;
      const [year, dayOfYear] = [istDay(atMs).slice(2, 4), julianStamp(atMs).slice(1, 4)];
      return `${BANK}N${year}${dayOfYear}${String(number).padStart(6, '0')}`;
    },
  };
}

/** A new trace id: 20 letters and digits. */
export const traceId = (): string => Array.from(randomBytes(20), (byte) => ALPHABET[byte % 36]).join('');
