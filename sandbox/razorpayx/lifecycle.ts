/** Moves payouts along the steps of their scenario when their time has come, and owes the callbacks. Nothing here outlives the process: the book does. */
import type { Log } from '../../platform/logger';
import { delayOf, runAfter } from '../delays';
import type { Settings } from '../orders';
import { SCENARIOS, type Step } from '../scenarios';
import type { Book } from './book';
import type { HookSpec, PayoutStatus } from './entries';
import type { Hook } from './hooks';

export interface Lifecycle {
  /** Plans the next step of a payout that is being processed. */
  begin(slot: number): void;
  /** Pays queued payouts in the order they came, as far as the balance goes. */
  releaseQueued(): void;
  /** After a start: plans what is open, and says which callbacks are still owed. */
  resume(): void;
  queue(slot: number): void;
  /** Cancels a queued payout; false when it is not queued. */
  cancel(slot: number): boolean;
  /** From here on nothing moves. */
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
  const queued = new Set<number>(); // first come, first paid
  let stopped = false;

  function plan(slot: number, elapsedMs: number): void {
    const { scenario, step } = book.payouts.state(slot);
    const next = SCENARIOS[scenario].steps[step];
    if (next === undefined) return;
    runAfter(delayOf(next.after, settings) - elapsedMs, () => {
      void take(slot, step, next);
    });
  }

  async function take(slot: number, step: number, { to, reason }: Step): Promise<void> {
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
      await book.flushed(); // nobody hears of a change that a kill could undo
      for (const hook of owed) owe(hook);
    } catch (error) {
      log.error({ err: error }, 'a payout could not be moved on');
    }
  }

  function releaseQueued(): void {
    for (const slot of queued) {
      const { mode, amountPaise, step } = book.payouts.state(slot);
      if (!book.canAfford(mode, amountPaise)) return;
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

/** `processed` is open because it may have a reversal before it. */
const isOpen = (status: PayoutStatus): boolean => status === 'processing' || status === 'processed';

/** Only what ends or undoes a payout is told, so that an ordinary payout costs one callback. */
function hooksOf(style: 'each_step' | 'none' | 'disordered', to: Step['to'], reason: string): HookSpec[] {
  const told: HookSpec = { event: `payout.${to}`, status: to, reason, afterMs: 0 };
  if (style === 'none') return [];
  if (style === 'each_step') return [told];
  return [
    told,
    { event: 'payout.initiated', status: 'processing', reason: 'payout_bank_processing', afterMs: 200 }, // should have been the first
    { ...told, afterMs: 300, sameIdAs: 0 },
    { ...told, afterMs: 400 },
    { event: 'payout.failed', status: 'failed', reason: 'bank_account_invalid', afterMs: 0, forged: true },
  ];
}
