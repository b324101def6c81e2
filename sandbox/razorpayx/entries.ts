/**
 * The lines of the book. Money is JSON integers of paise, `at` unix seconds, `n` a slot counted from 0 within its kind.
 * The state of the sandbox is these lines applied in order, and nothing else.
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

export interface PayoutEntry {
  t: 'payout';
  n: number;
  at: number;
  /** The idempotency key, and the SHA-256 (hex) of the body that came with it. */
  key: string;
  hash: string;
  fund_account: number;
  amount: number;
  fees: number;
  tax: number;
  status: 'processing' | 'queued';
  mode: PayoutMode;
  purpose: string;
  reference_id: string | null;
  narration: string;
  notes: Notes;
  scenario: ScenarioCode;
}

/** A payout changes its status. `step` is how many steps of its scenario are done; fees and tax come with the release of a queued one. */
export interface MoveEntry {
  t: 'move';
  n: number;
  at: number;
  to: PayoutStatus;
  reason: string | null;
  step: number;
  fees?: number;
  tax?: number;
  hooks?: HookSpec[];
}

/** A callback that a move gives rise to: what it says, when it goes, and whether it repeats the event id of an earlier one of the same move. */
export interface HookSpec {
  event: string;
  status: PayoutStatus;
  reason: string | null;
  afterMs: number;
  sameIdAs?: number;
  forged?: true;
}

/** A create request with a key that was seen before, or that was answered 500 and booked nothing. */
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

/** Money that came into the account. */
export interface DepositEntry {
  t: 'deposit';
  n: number;
  at: number;
  amount: number;
}

/** What the control API changed of the sandbox's settings, and nothing else: the rest is the environment's. */
export interface SettingsEntry extends Partial<Settings> {
  t: 'settings';
  at: number;
}

/** Every line but those that note how callbacks ended (`HooksEntry`, see book/book.ts). */
export type BookEntry =
  | OpenEntry
  | ContactEntry
  | FundAccountEntry
  | PayoutEntry
  | MoveEntry
  | RepeatEntry
  | RefusedEntry
  | DepositEntry
  | SettingsEntry;
