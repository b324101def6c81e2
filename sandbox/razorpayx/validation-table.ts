/** The validations of the book. They are few, so their rows stay in memory. */
import type { ValidationEndEntry, ValidationEntry } from './entries';

export type ValidationStatus = 'created' | ValidationEndEntry['status'];

export interface ValidationTable {
  readonly count: number;
  row(slot: number): ValidationEntry;
  status(slot: number): ValidationStatus;
  apply(entry: ValidationEntry | ValidationEndEntry): void;
}

export function createValidationTable(): ValidationTable {
  const rows: ValidationEntry[] = [];
  const ends = new Map<number, ValidationEndEntry['status']>();
  return {
    get count() {
      return rows.length;
    },
    row: (slot) => rows[slot]!,
    status: (slot) => ends.get(slot) ?? 'created',
    apply(entry) {
      if (entry.t === 'validation') rows.push(entry);
      else ends.set(entry.n, entry.status);
    },
  };
}

/**
 * What the bank says of an account, by the last four characters of its number or of the part of a VPA before
 * the @. A score is written in every form of the contract: a number, a text, and null.
 */
export interface Finding {
  /** Two of the samples say `valid` where the list of fields says `active`. */
  account_status: 'active' | 'valid' | 'invalid' | null;
  /** From the name that was given. */
  name: (given: string) => string | null;
  score: number | string | null;
}

const none = (): null => null;
const same = (given: string): string => given;
const FINDINGS: Readonly<Record<string, Finding>> = {
  '1111': { account_status: 'invalid', name: none, score: null },
  '1110': { account_status: null, name: none, score: null }, // "the result is that the account is invalid"
  '0010': { account_status: 'active', name: () => 'Test Stranger', score: '00' },
  '0085': { account_status: 'active', name: (given) => `${given} Kumar`, score: 85 },
  '0090': { account_status: 'valid', name: same, score: '90.00' },
  '0050': { account_status: 'active', name: none, score: null },
};
const USUAL: Finding = { account_status: 'active', name: same, score: 100 };

export const findingOf = (ending: string): Finding => FINDINGS[ending] ?? USUAL;
