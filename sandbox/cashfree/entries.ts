/**
 * The lines of the book. Money is paise, `at` milliseconds since the epoch, `n` a number counted from 0 per
 * kind. The state of the wallet is these lines applied in order.
 */
import type { ScenarioCode } from '../scenarios';

export const STATUSES = [
  'RECEIVED',
  'QUEUED',
  'PENDING',
  'SUCCESS',
  'FAILED',
  'REJECTED',
  'REVERSED',
] as const;
export type Status = (typeof STATUSES)[number];
export const MODES = ['banktransfer', 'imps', 'neft', 'rtgs', 'upi'] as const;
export type Mode = (typeof MODES)[number];

export type Instrument = { bank_account_number: string; bank_ifsc: string } | { vpa: string };

export interface OpenEntry {
  t: 'open';
  version: 1;
  seed: number;
  at: number;
}

/** Money paid into the wallet (above 0) or out of it (below), otherwise than by transfers. */
export interface FundsEntry {
  t: 'funds';
  at: number;
  amount: number;
}

export interface BeneficiaryEntry {
  t: 'beneficiary';
  n: number;
  at: number;
  id: string;
  name: string;
  instrument: Instrument;
}

export interface BeneficiaryGoneEntry {
  t: 'beneficiary_gone';
  n: number;
  at: number;
}

export interface TransferEntry {
  t: 'transfer';
  n: number;
  at: number;
  transfer_id: string;
  /** The SHA-256 (hex) of the request body. */
  hash: string;
  beneficiary: number;
  amount: number;
  mode: Mode;
  fundsource: string;
  scenario: ScenarioCode;
  /** What was taken at once: amount, charge and tax; nothing while it waits for money or when it is rejected. */
  debit: number;
  status: 'RECEIVED' | 'QUEUED' | 'REJECTED';
  code: string;
}

/** A transfer changes its status. `step` is the number of completed steps of its scenario. */
export interface MoveEntry {
  t: 'move';
  n: number;
  at: number;
  to: Status;
  code: string;
  step: number;
  debit?: number;
  credit?: number;
  hooks?: HookSpec[];
}

/** A webhook about a transfer as it was when it was owed: the body is kept, a repeat has the same bytes. */
export interface HookSpec {
  body: string;
  afterMs: number;
  forged?: true;
}

/** Webhooks that come from no change of a transfer. */
export interface TellEntry {
  t: 'tell';
  at: number;
  hooks: HookSpec[];
}

/** A create request with a used transfer id (`repeat`), or one that was answered 500 and booked nothing. */
export interface RepeatEntry {
  t: 'repeat';
  n: number;
  hash: string;
}
export interface RefusedEntry {
  t: 'refused';
  ref: string;
  hash: string;
}

/** The settings that the control API changed. */
export interface SettingsEntry {
  t: 'settings';
  at: number;
  queues: boolean;
}

/** Every line but those that note how webhooks ended (`HooksEntry`, see book/book.ts). */
export type BookEntry =
  | OpenEntry
  | FundsEntry
  | BeneficiaryEntry
  | BeneficiaryGoneEntry
  | TransferEntry
  | MoveEntry
  | TellEntry
  | RepeatEntry
  | RefusedEntry
  | SettingsEntry;
