/**
 * The lines of the book. Money is paise, `at` unix seconds, `n` a slot counted from 0 per kind. The state of
 * the sandbox is these lines applied in order.
 */
import type { Settings } from '../orders';
import type { ScenarioCode } from '../scenarios';
import type { PayoutMode } from './fees';

export const PAYOUT_STATUSES = [
  'queued',
  'processing',
  'processed',
  'failed',
  'reversed',
  'cancelled',
] as const;
export type PayoutStatus = (typeof PAYOUT_STATUSES)[number];

export type Notes = Record<string, string> | [];

export interface OpenEntry {
  t: 'open';
  version: 1;
  seed: number;
  account: string;
  opening: number;
  at: number;
}

export interface ContactEntry {
  t: 'contact';
  n: number;
  at: number;
  name: string;
  email: string | null;
  contact: string | null;
  type: string | null;
  reference_id: string | null;
  notes: Notes;
}

export interface FundAccountEntry {
  t: 'fund_account';
  n: number;
  at: number;
  contact: number;
  account:
    | { type: 'bank_account'; name: string; ifsc: string; account_number: string }
    | { type: 'vpa'; address: string };
}

/** A contact or a fund account is switched off, or on again. */
export interface ActivityEntry {
  t: 'activity';
  n: number;
  at: number;
  of: 'contact' | 'fund_account';
  active: boolean;
}

export interface PayoutEntry {
  t: 'payout';
  n: number;
  at: number;
  /** The idempotency key and the SHA-256 (hex) of the request body. */
  key: string;
  hash: string;
  fund_account: number;
  amount: number;
  fees: number;
  tax: number;
  /** What was taken at once; amount and fees together when missing. 0: the bank has not taken anything. */
  debit?: number;
  /** The bank holds too little for it, which Razorpay does not know. */
  short?: true;
  status: 'processing' | 'queued';
  mode: PayoutMode;
  purpose: string;
  reference_id: string | null;
  narration: string;
  notes: Notes;
  scenario: ScenarioCode;
}

/**
 * A payout changes its status. `step` is the number of completed steps of its scenario. `fees` and `tax` are
 * set when a queued payout is released, with `debit` where that is not amount and fees together. `credit` is
 * what comes back, where that is not everything at once.
 */
export interface MoveEntry {
  t: 'move';
  n: number;
  at: number;
  to: PayoutStatus;
  reason: string | null;
  step: number;
  fees?: number;
  tax?: number;
  debit?: number;
  credit?: number;
  short?: boolean;
  hooks?: HookSpec[];
}

/**
 * A callback about a change of status. `sameIdAs` is the index of the callback of the same change whose event
 * id it repeats.
 */
export interface HookSpec {
  event: string;
  status: PayoutStatus;
  reason: string | null;
  afterMs: number;
  sameIdAs?: number;
  forged?: true;
}

/**
 * A create request whose key was seen before (`repeat`), or that was answered 500 and booked nothing
 * (`refused`).
 */
export interface RepeatEntry {
  t: 'repeat';
  n: number;
  hash: string;
}
export interface RefusedEntry {
  t: 'refused';
  key: string;
  hash: string;
}

/** Money paid into the account. */
export interface DepositEntry {
  t: 'deposit';
  n: number;
  at: number;
  amount: number;
}

/** Money that left the account otherwise than by a payout: a cheque, a charge of the bank. */
export interface WithdrawalEntry {
  t: 'withdrawal';
  n: number;
  at: number;
  amount: number;
}

/** The fees of a day, collected from a current account: they appear as a payout in its statement. */
export interface FeesEntry {
  t: 'fees';
  n: number;
  at: number;
  amount: number;
}

/** An account is validated. Its ending says what its bank answers (validation-table.ts). */
export interface ValidationEntry {
  t: 'validation';
  n: number;
  at: number;
  fund_account: number;
  reference_id: string | null;
  notes: Notes;
  scenario: ScenarioCode;
}
export interface ValidationEndEntry {
  t: 'validation_end';
  n: number;
  at: number;
  status: 'completed' | 'failed';
  hooks?: HookSpec[];
}

/** The settings that the control API changed; the others come from the environment. */
export interface SettingsEntry extends Partial<Settings> {
  t: 'settings';
  at: number;
}

/** Every line but those that note how callbacks ended (`HooksEntry`, see book/book.ts). */
export type BookEntry =
  | OpenEntry
  | ContactEntry
  | FundAccountEntry
  | ActivityEntry
  | PayoutEntry
  | MoveEntry
  | RepeatEntry
  | RefusedEntry
  | DepositEntry
  | WithdrawalEntry
  | FeesEntry
  | ValidationEntry
  | ValidationEndEntry
  | SettingsEntry;
