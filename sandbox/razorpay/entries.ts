/**
 * The lines of the book. Money is paise, `at` milliseconds since the epoch, `n` a number counted from 0 per
 * kind. Who pays, and by which card or address, is in no line.
 */
import type { Notes } from '../razorpayx/entries';
import type { ScenarioCode } from '../scenarios';

export const ORDER_STATUSES = ['created', 'attempted', 'paid'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];
export const PAYMENT_STATUSES = ['created', 'authorized', 'captured', 'refunded', 'failed'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];
export const METHODS = ['card', 'upi'] as const;
export type Method = (typeof METHODS)[number];

export interface OpenEntry {
  t: 'open';
  version: 1;
  seed: number;
  at: number;
}

export interface OrderEntry {
  t: 'order';
  n: number;
  at: number;
  amount: number;
  receipt: string | null;
  notes: Notes;
  /** The SHA-256 (hex) of the request body. */
  hash: string;
  scenario: ScenarioCode;
}

/** Somebody begins to pay an order. */
export interface PaymentEntry {
  t: 'payment';
  n: number;
  at: number;
  order: number;
  /** What the payer is asked for: the order's amount, with the fee on top where the payer bears it. */
  amount: number;
  method: Method;
  fee: number;
  tax: number;
  /** The payer bears the fee. */
  onTop?: true;
}

/** A payment changes its status. */
export interface MoveEntry {
  t: 'move';
  n: number;
  at: number;
  to: PaymentStatus;
  /** Why it failed. */
  reason?: string;
  /** It failed because the bank said nothing, and the bank will say yes. */
  late?: true;
  hooks?: HookSpec[];
}

/** The step of an order's scenario that was taken. */
export interface StepEntry {
  t: 'step';
  n: number;
  at: number;
  step: number;
}

/** A webhook about a payment as it was when it was owed: the body is kept, a repeat has the same bytes. */
export interface HookSpec {
  body: string;
  afterMs: number;
  forged?: true;
  /** It repeats the event of an earlier webhook of the same line, by its place there. */
  sameIdAs?: number;
}

/** A create request that was answered 500 and made nothing. */
export interface RefusedEntry {
  t: 'refused';
  ref: string;
  hash: string;
}

/** Every line but those that note how webhooks ended (`HooksEntry`, see book/book.ts). */
export type BookEntry = OpenEntry | OrderEntry | PaymentEntry | MoveEntry | StepEntry | RefusedEntry;
