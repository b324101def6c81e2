/**
 * Takes transactions through the steps of their scenario and sends the callbacks. All state is in the book;
 * the timers here are planned again after a restart.
 */
import type { Log } from '../../platform/logger';
import { delayOf, runAfter } from '../delays';
import type { Settings } from '../orders';
import type { EkoBook } from './book';
import type { Hook } from './hooks';
import { hooksOf, planOf, type Step } from './scenarios';

export interface Lifecycle {
  /** Plans the next step of a transaction. */
  begin(slot: number): void;
  /** After a start: plans the open transactions and sends the callbacks that are still owed. */
  resume(): void;
  /** Stops all steps. */
  stop(): void;
}

export interface LifecycleDeps {
  book: EkoBook;
  settings: Settings;
  log: Log;
  nowMs: () => number;
  owe: (hook: Hook) => void;
}

export function createLifecycle({ book, settings, log, nowMs, owe }: LifecycleDeps): Lifecycle {
  let stopped = false;

  function plan(slot: number, elapsedMs: number): void {
    const { service, scenario, step } = book.transactions.state(slot);
    const next = planOf(service, scenario).steps[step];
    if (next === undefined) return;
    runAfter(delayOf(next.after, settings) - elapsedMs, () => {
      void takeStep(slot, step, next);
    });
  }

  async function takeStep(slot: number, step: number, { to }: Step): Promise<void> {
    try {
      const row = await book.transactions.row(slot);
      const { service, scenario, status, step: done } = book.transactions.state(slot);
      if (stopped || done !== step || status === '1' || status === '4') return;
      const hooks = settings.callbacksOn
        ? hooksOf(service, planOf(service, scenario), { from: status, to })
        : [];
      const owed = book.move(slot, to, { step: step + 1, row, hooks });
      plan(slot, 0);
      await book.flushed(); // no callback about a change that a kill could undo
      for (const hook of owed) owe(hook);
    } catch (error) {
      log.error({ err: error }, 'a transaction could not be moved on');
    }
  }

  return {
    begin(slot) {
      plan(slot, 0);
    },
    resume() {
      for (let slot = 0; slot < book.transactions.count; slot += 1) {
        const { status, at } = book.transactions.state(slot);
        if (status === '0' || status === '2') plan(slot, nowMs() - at);
      }
      for (const hook of book.hooks.pending()) owe(hook);
    },
    stop() {
      stopped = true;
    },
  };
}
