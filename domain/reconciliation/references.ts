import { createHash } from 'node:crypto';
import { utrAsKept, WORD_IN_FRONT } from '../india/utr';

/** References are text from end to end: a zero in front belongs to them. */

const NOTHING = new Set(['', '-', '0', 'NA', 'NIL', 'NOTPROVIDED', 'NONREF']);

/**
 * A reference as it is compared: a UTR or RRN in its one form; any other in capitals, without a word in front, without
 * blanks. Undefined for a cell that names none.
 */
export function normalReference(text: string): string | undefined {
  const plain = text.trim().toUpperCase().replace(WORD_IN_FRONT, '').replaceAll(/\s+/g, '');
  return NOTHING.has(plain) || /^0+$/.test(plain) ? undefined : utrAsKept(plain);
}

/** UTRs of NEFT have 16 or 22 characters in real narrations, those of RTGS 22; an RRN has 12 digits, or 16 with zeros. */
const IN_TEXT = /(?<![A-Z0-9])(?:[A-Z]{4}[A-Z0-9]\d{10,17}|0{0,4}\d{12})(?![A-Z0-9])/g;

/** The one reference that a narration names; undefined where there is none, or more than one. */
export function referenceIn(narration: string): string | undefined {
  const found = narration.toUpperCase().match(IN_TEXT) ?? [];
  const different = new Set(found.map(normalReference));
  return different.size === 1 ? [...different][0] : undefined;
}

/** A spreadsheet has made a number of it (`1.23457E+17`): its digits are gone. */
export function isDamaged(reference: string): boolean {
  return /^\d(?:\.\d+)?E\+?\d+$/i.test(reference.trim());
}

export interface Movement {
  side: 'credit' | 'debit';
  amountPaise: bigint;
  happenedOn: string;
  utr: string | undefined;
  /** Of a line without a reference: what tells it from others. A narration names people, so only its digest stays. */
  narration: string;
  balancePaise: bigint | undefined;
}

/**
 * The same line has the same key in every download, though the bank prints its reference with another word in front,
 * or moves its booking date. Without a reference, the date, the balance and the narration tell it.
 */
export function keyOfMovement(line: Movement): string {
  const what = `${line.side === 'credit' ? 'c' : 'd'}|${line.amountPaise}`;
  if (line.utr !== undefined) return `${line.utr}|${what}`;
  const words = line.narration.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
  const digest = createHash('sha256').update(words).digest('base64url').slice(0, 16);
  return `${line.happenedOn}|${what}|${line.balancePaise ?? ''}|${digest}`;
}
