/**
 * Takes payouts through the steps of their scenario and sends the callbacks. All state is in the book; the
 * timers here are planned again after a restart.
 */
import type { Log } from '../../platform/logger';
import { delayOf, runAfter } from '../delays';
import type { Settings } from '../orders';
import { SCENARIOS, type Step } from '../scenarios';
import type { Book } from './book';
import type { HookSpec, PayoutStatus } from './entries';
import type { Hook } from './hooks';
import { stepsOf } from './steps';

export interface Lifecycle {
  /** Plans the next step of a payout in process. */
  begin(slot: number): void;
  /**
   * Pays queued payouts in order of arrival, as far as the balance allows: one that it does not hold does not
   * keep up those behind it (docs: x/payouts/queued).
   */
  releaseQueued(): void;
  /** After a start: plans the open payouts and sends the callbacks that are still owed. */
  resume(): void;
  queue(slot: number): void;
  /** Cancels a queued payout; false when it is not queued. */
  cancel(slot: number): boolean;
  /** Stops all steps. */
  stop(): void;
}

export interface LifecycleDeps {
  book: Book;
  settings: Settings;
  log: Log;
  nowMs: () => number;
  owe: (hook: Hook) => void;
}

export function createLifecycle({ book, settings, log, nowMs, owe }: LifecycleDeps): Lifecycle {
  const queued = new Set<number>(); // in order of arrival
  let stopped = false;

  function plan(slot: number, elapsedMs: number): void {
    const payout = book.payouts.state(slot);
    const { step } = payout;
    const next = stepsOf(book.account, payout)[step];
    if (next === undefined) return;
    runAfter(delayOf(next.after, settings) - elapsedMs, () => {
      void takeStep(slot, step, next);
    });
  }

  async function takeStep(slot: number, step: number, { to, reason }: Step): Promise<void> {
    const { scenario, step: done } = book.payouts.state(slot);
    if (stopped || done !== step) return;
    try {
      const owed = book.move(slot, to, {
        reason,
        step: step + 1,
        hooks: settings.callbacksOn ? hooksOf(SCENARIOS[scenario].callbacks, to, reason) : [],
      });
      if (to !== 'processed') releaseQueued();
      plan(slot, 0);
      await book.flushed(); // no callback about a change that a kill could undo
      for (const hook of owed) owe(hook);
    } catch (error) {
      log.error({ err: error }, 'a payout could not be moved on');
    }
  }

  function releaseQueued(): void {
    for (const slot of queued) {
      const { mode, amountPaise, step } = book.payouts.state(slot);
      if (!book.sendsOn(mode, amountPaise)) continue;
      queued.delete(slot);
      book.move(slot, 'processing', { reason: 'payout_bank_processing', step });
      plan(slot, 0);
    }
  }

  return {
    begin(slot) {
      plan(slot, 0);
    },
    releaseQueued,
    resume() {
      for (let slot = 0; slot < book.payouts.count; slot += 1) {
        const status = book.payouts.status(slot);
        if (status === 'queued') queued.add(slot);
        else if (isOpen(status)) plan(slot, nowMs() - book.payouts.createdAt(slot) * 1_000);
      }
      for (const hook of book.hooks.pending()) owe(hook);
      releaseQueued();
    },
    queue(slot) {
      queued.add(slot);
    },
    cancel(slot) {
      if (!queued.delete(slot)) return false;
      book.move(slot, 'cancelled', { reason: null, step: book.payouts.state(slot).step });
      return true;
    },
    stop() {
      stopped = true;
    },
  };
}

/** A processed payout is still open: it may be reversed. So is one that failed after the debit. */
const isOpen = (status: PayoutStatus): boolean =>
  status === 'processing' || status === 'processed' || status === 'failed';

/** Only final statuses and reversals have a callback, so that an ordinary payout costs one. */
function hooksOf(style: 'each_step' | 'none' | 'disordered', to: Step['to'], reason: string): HookSpec[] {
  const genuine: HookSpec = { event: `payout.${to}`, status: to, reason, afterMs: 0 };
  if (style === 'none') return [];
  if (style === 'each_step') return [genuine];
  return [
    genuine,
    // late: it should have come first
    { event: 'payout.initiated', status: 'processing', reason: 'payout_bank_processing', afterMs: 200 },
    { ...genuine, afterMs: 300, sameIdAs: 0 },
    { ...genuine, afterMs: 400 },
    { event: 'payout.failed', status: 'failed', reason: 'bank_account_invalid', afterMs: 0, forged: true },
  ];
}
