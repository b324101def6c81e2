/**
 * The book of the payment gateway: orders, the payments of each, and the webhooks that are owed. RazorpayX's book,
 * which is opened first, holds the lock of the folder.
 */
import { randomBytes } from 'node:crypto';
import { paiseToJson, percentOf } from '../../platform/money';
import { openBookFile, type BookFile } from '../book/book';
import { createIds, type Ids } from '../razorpayx/ids';
import type { BookEntry, HookSpec, Method, MoveEntry, OrderEntry } from './entries';
import { hooksOfEntry, type Hook, type HookTable } from './hooks';
import { createTables, type Order, type Payment, type Rows } from './tables';

/** Two per cent of a payment, and 18 % GST on that. */
const FEE_BPS = 200n;
const GST_BPS = 1_800n;
const MAX_REFUSED = 100_000;

export type NewOrder = Omit<OrderEntry, 't' | 'n' | 'at' | 'amount'> & { amountPaise: bigint };

export interface NewPayment {
  method: Method;
  /** Otherwise the order's amount: what no checkout does. */
  amountPaise?: bigint;
  isFeeOnTop?: boolean;
}

export interface Move extends Pick<MoveEntry, 'to' | 'reason' | 'late'> {
  hooks: HookSpec[];
  /** A time that `nowMs()` returned. */
  atMs: number;
}

export interface Book {
  readonly ids: Ids;
  readonly rows: Rows;
  readonly hooks: HookTable;
  addOrder(order: NewOrder): Order;
  addPayment(order: number, payment: NewPayment): Payment;
  move(payment: number, move: Move): Hook[];
  noteStep(order: number, step: number): void;
  /** Notes a create request that was answered 500 and made nothing. */
  noteRefused(ref: string, hash: string): void;
  wasRefused(ref: string): boolean;
  settleHooks(done: number[], off: number[]): void;
  /** The present time in ms; it never goes back. */
  nowMs(): number;
  flushed(): Promise<void>;
  close(): Promise<void>;
}

export interface BookOptions {
  dir: string;
  nowMs: () => number;
  onFailure: (error: Error) => void;
}

export async function openBook({ dir, nowMs, onFailure }: BookOptions): Promise<Book> {
  const file = await openBookFile<BookEntry, BookTables, Hook>({
    dir,
    fileName: 'razorpay.jsonl',
    createTables: createBookTables,
    hooksOf: hooksOfEntry,
    openingEntry: () => ({ t: 'open', version: 1, seed: randomBytes(4).readUInt32LE(), at: nowMs() }),
    onFailure,
  });
  return createBook(file, nowMs);
}

type BookTables = ReturnType<typeof createBookTables>;

/** The order of an id that this book gave. */
export function orderOfId({ ids, rows }: Book, id: unknown): Order | undefined {
  return typeof id === 'string' ? rows.orders()[ids.slotOf('order', id)] : undefined;
}

/** The payment of an id that this book gave. */
export function paymentOfId({ ids, rows }: Book, id: unknown): Payment | undefined {
  return typeof id === 'string' ? rows.payments()[ids.slotOf('pay', id)] : undefined;
}

/** The tables, and the one function that changes them. */
function createBookTables() {
  const rows = createTables();
  const refused = new Map<string, string>();

  function apply(entry: BookEntry): void {
    switch (entry.t) {
      case 'open':
        break;
      case 'order':
        rows.addOrder(entry);
        break;
      case 'payment':
        rows.addPayment(entry);
        break;
      case 'move':
        rows.movePayment(entry);
        break;
      case 'step':
        rows.takeStep(entry.n, entry.at, entry.step);
        break;
      case 'refused':
        refused.set(entry.ref, entry.hash);
        if (refused.size > MAX_REFUSED) refused.delete(refused.keys().next().value!);
        break;
      default:
        throw new Error('the book holds a line of a kind that this version does not know');
    }
  }

  return { rows, refused, apply };
}

function createBook(file: BookFile<BookEntry, BookTables, Hook>, clock: () => number): Book {
  const { rows, refused } = file.tables;
  const now = (): number => file.notBeforeLast(clock());
  return {
    ids: createIds(file.opening.seed),
    rows,
    hooks: file.hooks,
    addOrder({ amountPaise, ...rest }) {
      const n = rows.orders().length;
      file.write({ t: 'order', n, at: now(), amount: paiseToJson(amountPaise), ...rest });
      return rows.order(n);
    },
    addPayment(order, { method, amountPaise = rows.order(order).amountPaise, isFeeOnTop = false }) {
      const n = rows.payments().length;
      const feePaise = percentOf(amountPaise, FEE_BPS, 'half-up');
      const taxPaise = percentOf(feePaise, GST_BPS, 'half-up');
      const asked = isFeeOnTop ? amountPaise + feePaise + taxPaise : amountPaise;
      file.write({
        ...{ t: 'payment', n, at: now(), order, method },
        amount: paiseToJson(asked),
        fee: paiseToJson(feePaise + taxPaise),
        tax: paiseToJson(taxPaise),
        ...(isFeeOnTop ? { onTop: true } : {}),
      });
      return rows.payment(n);
    },
    move: (n, { to, reason, late, hooks, atMs }) =>
      file.write<BookEntry>({
        ...{ t: 'move', n, at: atMs, to },
        ...(reason === undefined ? {} : { reason }),
        ...(late === true ? { late } : {}),
        ...(hooks.length > 0 ? { hooks } : {}),
      }).hooks,
    noteStep(n, step) {
      file.write({ t: 'step', n, at: now(), step });
    },
    noteRefused(ref, hash) {
      file.write({ t: 'refused', ref, hash });
    },
    wasRefused: (ref) => refused.has(ref),
    settleHooks: file.settleHooks,
    nowMs: now,
    flushed: file.flushed,
    close: file.close,
  };
}
