/**
 * Takes orders through the steps of their scenario and lets late payments come. All state is in the book; the
 * timers here are planned again after a restart.
 */
import type { Log } from '../../platform/logger';
import { createOwer } from '../callbacks';
import { delayOf, runAfter } from '../delays';
import type { Settings } from '../orders';
import { createBank, type Bank } from './bank';
import type { Book } from './book';
import type { Hook } from './hooks';
import { STEPS } from './steps';

export interface Lifecycle extends Pick<Bank, 'pay' | 'decide' | 'settle'> {
  /** Plans the first step of an order that was made. */
  begin(order: number): void;
  /** After a start: plans what is open and sends the webhooks that are still owed. */
  resume(): void;
  stop(): void;
}

export interface LifecycleDeps {
  book: Book;
  settings: Settings;
  log: Log;
  owe: (hook: Hook) => void;
}

export function createLifecycle({ book, settings, log, owe }: LifecycleDeps): Lifecycle {
  const { rows } = book;
  let stopped = false;
  const bank = createBank({
    book,
    settings,
    send: createOwer(book, log, owe),
    onLate: (payment) => {
      planLate(payment, 0);
    },
  });

  function later(delayMs: number, run: () => void): void {
    runAfter(delayMs, () => {
      if (stopped) return;
      try {
        run();
      } catch (error) {
        log.error({ err: error }, 'an order could not be moved on');
      }
    });
  }

  function planLate(payment: number, elapsedMs: number): void {
    later(settings.slowMs - elapsedMs, () => {
      bank.comeLate(payment);
    });
  }

  function plan(order: number, elapsedMs: number): void {
    const { scenario, step } = rows.order(order);
    const next = STEPS[scenario][step];
    if (next === undefined) return;
    later(delayOf(next.after, settings) - elapsedMs, () => {
      if (rows.order(order).step !== step) return;
      book.noteStep(order, step + 1);
      const payment = bank.pay(order, { method: 'upi' });
      if (payment !== undefined) bank.decide(payment.n, next.bank);
      plan(order, 0);
    });
  }

  return {
    begin(order) {
      plan(order, 0);
    },
    pay: (order, payment) => bank.pay(order, payment),
    decide: (payment, word) => bank.decide(payment, word),
    settle: (payment, to) => bank.settle(payment, to),
    resume() {
      for (const { n, steppedAtMs } of rows.orders()) plan(n, book.nowMs() - steppedAtMs);
      for (const { n, isLate, movedAtMs } of rows.payments())
        if (isLate) planLate(n, book.nowMs() - movedAtMs);
      for (const hook of book.hooks.pending()) owe(hook);
    },
    stop() {
      stopped = true;
    },
  };
}
