/**
 * The lines of Eko's book. Money is paise, `at` milliseconds since the epoch, `n` a number counted from 0 per
 * kind. No line contains an OTP, an Aadhaar number, a PID block, a date of birth or an address: they are
 * checked and dropped.
 */
import type { ScenarioCode } from '../scenarios';

export const SERVICES = [
  'dmt',
  'bbps',
  'recharge',
  'aeps_withdrawal',
  'aeps_balance',
  'aeps_statement',
  'settlement',
] as const;
export type Service = (typeof SERVICES)[number];

/** Eko's tx_status: success, fail, awaited, refund pending, refunded. */
export const TX_STATUSES = ['0', '1', '2', '3', '4'] as const;
export type TxStatus = (typeof TX_STATUSES)[number];
export const TX_STATUS_DESC: Readonly<Record<TxStatus, string>> = {
  0: 'Success',
  1: 'Fail',
  2: 'Initiated',
  3: 'Refund Pending',
  4: 'Refunded',
};

export const OTP_PURPOSES = [
  'sender_kyc',
  'transfer',
  'refund',
  'agent_kyc',
  'mobile',
  'withdrawal',
] as const;
export type OtpPurpose = (typeof OTP_PURPOSES)[number];

export interface OpenEntry {
  t: 'open';
  version: 1;
  seed: number;
  initiator: string;
  opening: number;
  at: number;
}
export interface DepositEntry {
  t: 'deposit';
  at: number;
  amount: number;
}

/** `kyc`: the number of the current eKYC attempt. `otp`: the challenge that this change used. */
export interface SenderEntry {
  t: 'sender';
  at: number;
  mobile: string;
  name: string;
  state: 'kyc_pending' | 'otp_pending' | 'active';
  kyc?: number;
  otp?: number;
}
export interface RecipientEntry {
  t: 'recipient';
  n: number;
  at: number;
  sender: string;
  name: string;
  mobile: string;
  account: string;
  ifsc: string;
}
export interface AgentEntry {
  t: 'agent';
  at: number;
  user: string;
  mobile: string;
  shop: string;
}
/** The progress of an agent with AEPS. `daily` is the date of the last daily KYC in India. */
export interface AepsAgentEntry {
  t: 'aeps_agent';
  at: number;
  user: string;
  stage: AepsStage;
  daily?: string;
  otp?: number;
}
export type AepsStage = 'activated' | 'otp_sent' | 'otp_verified' | 'kyc_done';
export interface ServiceEntry {
  t: 'service';
  at: number;
  user: string;
  code: string;
  on: boolean;
}
export interface SettlementAccountEntry {
  t: 'settlement_account';
  n: number;
  at: number;
  user: string;
  account: string;
  ifsc: string;
  name: string;
}

/** An OTP that was sent, without its digits. */
export interface OtpEntry {
  t: 'otp';
  n: number;
  at: number;
  purpose: OtpPurpose;
  mobile: string;
  subject: string;
}

/** A callback about a change of status; `old` is the status that it reports as the one before. */
export interface HookSpec {
  status: TxStatus;
  old: TxStatus | null;
  afterMs: number;
  forged?: true;
}

/** A challenge used by something that writes no other line. */
export interface UsedEntry {
  t: 'used';
  otp: number;
}

export interface TransactionEntry {
  t: 'txn';
  n: number;
  at: number;
  service: Service;
  user: string | null;
  ref: string | null;
  status: TxStatus;
  scenario: ScenarioCode;
  reason: string | null;
  amount: number;
  fee: number;
  tax: number;
  commission: number;
  tds: number;
  /** The customer's mobile number and name. */
  mobile: string;
  name: string;
  /** The account or consumer number that is paid, its holder, and its bank. */
  target: string;
  payee: string;
  ifsc: string;
  bank: string;
  recipient?: number;
  operator?: number;
  otp?: number;
  hooks?: HookSpec[];
}

/**
 * A transaction changes its status. `step` is the number of completed steps of its scenario. `freed` is no
 * longer counted against the monthly limits.
 */
export interface MoveEntry {
  t: 'move';
  n: number;
  at: number;
  to: TxStatus;
  step: number;
  freed?: Usage;
  otp?: number;
  hooks?: HookSpec[];
}
export interface Usage {
  month: string;
  sender: string;
  account: string;
  amount: number;
}

/** A client_ref_id was repeated. */
export interface RepeatEntry {
  t: 'repeat';
  n: number;
}

/**
 * The settings of Eko that the control API changed. `otpVeil` is the OTP that replaces all others, veiled
 * (see otps.ts), or null for none.
 */
export interface SettingsEntry {
  t: 'settings';
  at: number;
  otpVeil?: string | null;
  otpTtlMs?: number;
  clockShiftMs?: number;
  recipientLimit?: number;
  withdrawalOtpAbove?: number;
}

/** Every line but those that note how callbacks ended (`HooksEntry`, see book/book.ts). */
export type EkoEntry =
  | OpenEntry
  | DepositEntry
  | SenderEntry
  | RecipientEntry
  | AgentEntry
  | AepsAgentEntry
  | ServiceEntry
  | SettlementAccountEntry
  | OtpEntry
  | UsedEntry
  | TransactionEntry
  | MoveEntry
  | RepeatEntry
  | SettingsEntry;
