/**
 * Takes transfers through the steps of their scenario and owes the webhooks. All state is in the book; the
 * timers here are planned again after a restart.
 */
import type { Log } from '../../platform/logger';
import { createOwer } from '../callbacks';
import { delayOf, runAfter } from '../delays';
import type { Settings } from '../orders';
import { SCENARIOS } from '../scenarios';
import type { Book } from './book';
import { webhookText } from './entities';
import type { HookSpec } from './entries';
import type { Hook } from './hooks';
import { STEPS, type TransferStep } from './steps';
import type { Transfer } from './tables';

export interface Lifecycle {
  /** Plans the next step of a transfer that was taken on, or tells that it was not. */
  begin(n: number): void;
  /** Takes on queued transfers in order of arrival, as far as the balance allows. */
  releaseQueued(): void;
  /** After a start: plans the open transfers and sends the webhooks that are still owed. */
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
  const send = createOwer(book, log, owe);
  let stopped = false;

  function plan(n: number, elapsedMs: number): void {
    const { status, scenario, step } = book.transfers.get(n);
    const next = status === 'QUEUED' || status === 'REJECTED' ? undefined : STEPS[scenario][step];
    if (next === undefined) return;
    runAfter(delayOf(next.after, settings) - elapsedMs, () => {
      if (stopped || book.transfers.get(n).step !== step) return;
      try {
        takeStep(book.transfers.get(n), next);
      } catch (error) {
        log.error({ err: error }, 'a transfer could not be moved on');
      }
    });
  }

  function takeStep(row: Transfer, next: TransferStep): void {
    const { to, code } = next;
    const [atMs, step] = [book.nowMs(), row.step + 1];
    const hooks = hooksOf({ ...row, status: to, code, step, movedAtMs: atMs }, next);
    send(book.move(row.n, { to, code, step, atMs, hooks }));
    if (to === 'FAILED' || to === 'REVERSED') releaseQueued(); // money came back
    plan(row.n, 0);
  }

  /** `row` is given as it is after the step. */
  function hooksOf(row: Transfer, { event }: TransferStep): HookSpec[] {
    const style = SCENARIOS[row.scenario].callbacks;
    if (event === undefined || style === 'none' || !settings.callbacksOn) return [];
    const body = webhookText(book, event, row);
    return style === 'each_step' ? [{ body, afterMs: 0 }] : disordered(row, body, event);
  }

  /** Late, repeated with the same bytes, told anew, and one that somebody else signed. */
  function disordered(row: Transfer, body: string, event: string): HookSpec[] {
    const sent = { more: { code: 'SENT_TO_BENEFICIARY' } };
    const failed = { more: { status: 'FAILED', code: 'INVALID_ACCOUNT_FAIL' } } as const;
    return [
      { body, afterMs: 0 },
      { body: webhookText(book, event, row, sent), afterMs: 200 },
      { body, afterMs: 300 },
      { body: webhookText(book, event, row, { eventAtMs: row.movedAtMs + 1_000 }), afterMs: 400 },
      { body: webhookText(book, 'TRANSFER_FAILED', row, failed), afterMs: 0, forged: true },
    ];
  }

  function releaseQueued(): void {
    for (const { n, status } of book.transfers.all()) if (status === 'QUEUED' && book.release(n)) plan(n, 0);
  }

  return {
    begin(n) {
      const row = book.transfers.get(n);
      if (row.status === 'REJECTED' && settings.callbacksOn)
        send(book.tell([{ body: webhookText(book, 'TRANSFER_REJECTED', row), afterMs: 0 }]));
      plan(n, 0);
    },
    releaseQueued,
    resume() {
      for (const { n, movedAtMs } of book.transfers.all()) plan(n, book.nowMs() - movedAtMs);
      for (const hook of book.hooks.pending()) owe(hook);
      releaseQueued();
    },
    stop() {
      stopped = true;
    },
  };
}
