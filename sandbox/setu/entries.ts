/**
 * The lines of the book. Money is JSON integers of paise, `at` milliseconds since the epoch, `n` a number counted from 0 within its kind.
 * The state of both products is these lines applied in order, and nothing else.
 */
import type { ScenarioCode } from '../scenarios';

export type Product = 'billpay' | 'recharge';
export type Kind = 'fetch' | 'payment' | 'dispute' | 'recharge';

/** Of fetches, payments and recharges; each product has words of its own for them. */
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

/** `payment` is the request's paymentDetails, as it came. `fetch` is the fetch that is paid, null for a payment without one. */
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

/** A callback that a line gives rise to: where it goes (behind the product's URL), the whole body, when, and how it is tried again. */
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

/** Money that came into a product's wallet. */
export interface DepositEntry {
  t: 'deposit';
  product: Product;
  at: number;
  amount: number;
  reference: string;
  hooks?: HookSpec[];
}

/** A new row. `debit` was taken from the wallet; `failure` says from the start how it will end. */
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

/** A row changes its status. `step` is how many steps it has done; `credit` goes back to the wallet. */
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

/** A create request for a row that was there already, and one that was answered 500 and booked nothing. */
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

/** Callbacks that come of no change. */
export interface TellEntry {
  t: 'tell';
  at: number;
  hooks: HookSpec[];
}

/** What the control API changed of Setu's settings, and nothing else. */
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
