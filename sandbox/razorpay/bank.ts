/**
 * Payers and their bank: a payment begins, the bank decides, and Razorpay captures, or gives back what an order that
 * is paid has no use for. Webhooks are owed with it.
 */
import type { Settings } from '../orders';
import { SCENARIOS } from '../scenarios';
import type { Book, NewPayment } from './book';
import type { PaymentStatus } from './entries';
import type { Hook } from './hooks';
import type { Payment } from './tables';
import { hooksOf } from './told';

/** What a bank says of a payment; `late` is silence for too long, and a yes afterwards. */
export type BankWord = 'yes' | 'authorized' | 'no' | 'cancelled' | 'late';

export interface Bank {
  /** Somebody begins to pay. Undefined where the order takes no payment: it is paid, or one is authorized. */
  pay(order: number, payment: NewPayment): Payment | undefined;
  /** The bank decides about a payment that was begun. False where it is decided already. */
  decide(payment: number, word: BankWord): boolean;
  /** An authorized payment is captured, or a captured one given back whole. False where it is neither. */
  settle(payment: number, to: 'captured' | 'refunded'): boolean;
  /** The bank says yes to what failed for its silence. */
  comeLate(payment: number): void;
}

export interface BankDeps {
  book: Book;
  settings: Settings;
  send: (hooks: Hook[]) => void;
  /** Told of a payment that will come late. */
  onLate: (payment: number) => void;
}

const WORDS: Readonly<Record<BankWord, { to: PaymentStatus; reason?: string; late?: true }>> = {
  yes: { to: 'authorized' },
  authorized: { to: 'authorized' },
  no: { to: 'failed', reason: 'payment_failed' },
  cancelled: { to: 'failed', reason: 'payment_cancelled' },
  late: { to: 'failed', reason: 'payment_timed_out', late: true },
};

export function createBank({ book, settings, send, onLate }: BankDeps): Bank {
  const { rows } = book;

  function move(n: number, { to, ...more }: (typeof WORDS)[BankWord]): void {
    const atMs = book.nowMs();
    const after = { ...rows.payment(n), status: to, reason: more.reason ?? null };
    const { callbacks } = SCENARIOS[rows.order(after.order).scenario];
    const isTold = callbacks !== 'none' && settings.callbacksOn;
    send(book.move(n, { to, ...more, atMs, hooks: isTold ? hooksOf(book, after, callbacks, atMs) : [] }));
  }

  function settle(n: number, to: 'captured' | 'refunded'): boolean {
    if (rows.payment(n).status !== (to === 'captured' ? 'authorized' : 'captured')) return false;
    move(n, { to });
    return true;
  }

  /** What the bank has said yes to is captured, or given back at once where the order is paid already. */
  function finish(n: number): void {
    const isPaid = rows.statusOf(rows.order(rows.payment(n).order)) === 'paid';
    move(n, { to: isPaid ? 'refunded' : 'captured' });
  }

  return {
    pay(order, payment) {
      const row = rows.order(order);
      const isTaken = rows.paymentsOf(row).some(({ status }) => status === 'authorized');
      return isTaken || rows.statusOf(row) === 'paid' ? undefined : book.addPayment(order, payment);
    },
    decide(n, word) {
      if (rows.payment(n).status !== 'created') return false;
      move(n, WORDS[word]);
      if (word === 'yes') finish(n);
      if (word === 'late') onLate(n);
      return true;
    },
    settle,
    comeLate(n) {
      if (rows.payment(n).status !== 'failed') return;
      move(n, WORDS.authorized);
      finish(n);
    },
  };
}
