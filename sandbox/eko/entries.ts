/**
 * The lines of Eko's book. Money is JSON integers of paise, `at` milliseconds since the epoch, `n` a number counted from 0 within its kind.
 * No line holds an OTP, an Aadhaar number, a PID block, a date of birth or an address: what the contract sends of them is checked and dropped.
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

export const OTP_PURPOSES = ['sender_kyc', 'transfer', 'refund', 'agent_kyc', 'mobile'] as const;
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

/** `kyc`: the number of the eKYC attempt that is under way. `otp`: the challenge that this change used up. */
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
/** How far an agent is with AEPS: `daily` is the date in India of the last daily KYC. */
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

/** An OTP that was sent: to whom and for what, never which. */
export interface OtpEntry {
  t: 'otp';
  n: number;
  at: number;
  purpose: OtpPurpose;
  mobile: string;
  subject: string;
}

/** A callback that a change gives rise to: what it says, what it says was before, and when it goes. */
export interface HookSpec {
  status: TxStatus;
  old: TxStatus | null;
  afterMs: number;
  forged?: true;
}

/** A challenge that was used up by something that leaves no other line. */
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
  /** The customer's number and name as the transaction shows them. */
  mobile: string;
  name: string;
  /** Account or consumer number that the money goes to, whose it is, and where. */
  target: string;
  payee: string;
  ifsc: string;
  bank: string;
  recipient?: number;
  operator?: number;
  otp?: number;
  hooks?: HookSpec[];
}

/** A transaction changes its status. `step` is how many steps of its scenario are done; `freed` gives back what a monthly limit had counted. */
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

/** A client_ref_id that came again. */
export interface RepeatEntry {
  t: 'repeat';
  n: number;
}

/**
 * What the control API changed of Eko's settings, and nothing else. `otpVeil` is the one OTP for everything, veiled (see otps.ts), or null for none.
 */
export interface SettingsEntry {
  t: 'settings';
  at: number;
  otpVeil?: string | null;
  otpTtlMs?: number;
  clockShiftMs?: number;
  recipientLimit?: number;
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
