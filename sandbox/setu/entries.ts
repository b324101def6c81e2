/**
 * The lines of the book. Money is paise, `at` milliseconds since the epoch, `n` a number counted from 0 per
 * kind. The state of both products is these lines applied in order.
 */
import type { ScenarioCode } from '../scenarios';

export type Product = 'billpay' | 'recharge';
export type Kind = 'fetch' | 'payment' | 'dispute' | 'recharge';

/** The statuses of fetches, payments and recharges. Each product has its own words for them. */
export type TransactionStatus = 'Processing' | 'Success' | 'Failure' | 'Credit_Adjustment';
export const DISPUTE_STATUSES = [
  'ASSIGNED',
  'RESOLVED',
  'REJECTED',
  'DEFAULT_RESOLVED',
  'REFUNDED',
  'PENDING_REFUND',
  'FAILED',
] as const;
export type DisputeStatus = (typeof DISPUTE_STATUSES)[number];

export interface Failure {
  type: 'FUND_TRANSFER' | 'BBPS' | 'APP';
  code: string;
  message: string;
}
export interface Param {
  name: string;
  value: string;
}

export interface FetchDetails {
  biller: string;
  mobile: string;
  customer_id: string | null;
  params: Param[];
  channel: string;
}

/**
 * `payment` is the paymentDetails of the request. `fetch` is the number of the fetch that is paid, or null.
 */
export interface PaymentDetails extends FetchDetails {
  fetch: number | null;
  payment: PaymentFields;
  bills: { billNumber: string; amount: number }[] | null;
}

export interface PaymentFields {
  amount: number;
  mode: string;
  paymentRefId: string;
  timestamp: string;
  Id?: string;
  accountInfo?: string;
  custConvFee?: number;
  COUcustConvFee?: number;
  selectedPaymentOptions?: { name: string; amount: number }[];
}

export interface DisputeDetails {
  payment: number;
  dispute_type: string;
  disposition: string | null;
  ticket_tat: string | null;
  reason: string;
}

export interface RechargeDetails {
  mobile: string;
  operator: string;
  location: string;
  amount: number;
  mode: string;
  payment_ref_id: string;
  ref_id: string | null;
}

export interface DetailsOf {
  fetch: FetchDetails;
  payment: PaymentDetails;
  dispute: DisputeDetails;
  recharge: RechargeDetails;
}
export interface StatusOf {
  fetch: TransactionStatus;
  payment: TransactionStatus;
  dispute: DisputeStatus;
  recharge: TransactionStatus;
}

/**
 * A callback: `path` is appended to the product's URL, `body` is sent as it is, `retry` names the retry plan.
 */
export interface HookSpec {
  product: Product;
  path: string;
  body: Record<string, unknown>;
  afterMs: number;
  retry: 'billpay' | 'payment' | 'wallet';
  forged?: true;
}

export interface OpenEntry {
  t: 'open';
  version: 1;
  seed: string;
  at: number;
}

/** Money paid into a product's wallet. */
export interface DepositEntry {
  t: 'deposit';
  product: Product;
  at: number;
  amount: number;
  reference: string;
  hooks?: HookSpec[];
}

/** A new row. `debit` was taken from the wallet. A `failure` given here decides how the row will end. */
export interface AddEntry<K extends Kind = Kind> {
  t: 'add';
  kind: K;
  n: number;
  at: number;
  scenario: ScenarioCode | null;
  status: StatusOf[K];
  details: DetailsOf[K];
  debit?: number;
  failure?: Failure;
  hooks?: HookSpec[];
}

/** A row changes its status. `step` is the number of completed steps; `credit` is paid back to the wallet. */
export interface MoveEntry<K extends Kind = Kind> {
  t: 'move';
  kind: K;
  n: number;
  at: number;
  to: StatusOf[K];
  step: number;
  failure?: Failure;
  credit?: number;
  hooks?: HookSpec[];
}

/**
 * A create request for an existing row (`seen`), or one that was answered 500 and booked nothing (`refused`).
 */
export interface SeenEntry {
  t: 'seen';
  kind: Kind;
  n: number;
}
export interface RefusedEntry {
  t: 'refused';
  product: Product;
  ref: string;
}

/** Callbacks that do not come from a change of a row. */
export interface TellEntry {
  t: 'tell';
  at: number;
  hooks: HookSpec[];
}

/** The settings of Setu that the control API changed. */
export interface SettingsEntry {
  t: 'settings';
  at: number;
  tokenLifeMs?: number;
  walletBalanceOn?: boolean;
  lowBalance?: number;
  coolOffMs?: number;
}

/** Every line but those that note how callbacks ended (`HooksEntry`, see book/book.ts). */
export type BookEntry =
  | OpenEntry
  | DepositEntry
  | AddEntry
  | MoveEntry
  | SeenEntry
  | RefusedEntry
  | TellEntry
  | SettingsEntry;
