/**
 * Takes rows through their steps and sends the callbacks. All state is in the book; the timers here are
 * planned again after a restart.
 */
import type { Log } from '../../platform/logger';
import { createOwer } from '../callbacks';
import { delayOf, runAfter } from '../delays';
import type { Settings } from '../orders';
import { SCENARIOS, type Step } from '../scenarios';
import { disorderedPaymentHooks, disputeHooks, fetchHooks, paymentHooks } from './billpay/callbacks';
import { DISPUTE_TYPES, isOpenDispute } from './billpay/disputes';
import type { Book, Change } from './book';
import type { DisputeStatus, Failure, HookSpec, Kind, TransactionStatus } from './entries';
import type { Hook } from './hooks';
import { endingOf, FETCH_ENDINGS, PAYMENT_FAILURES, RECHARGE_FAILURES } from './outcomes';
import { disorderedRechargeHooks, rechargeHooks, timedOutRechargeHooks } from './recharge/callbacks';
import type { Row } from './tables';

const STATUS_OF_STEP = { processed: 'Success', failed: 'Failure', reversed: 'Credit_Adjustment' } as const;
const AFTER_EVERY_STEP = 99;

type Planned<K extends Kind> = { after: Step['after'] } & Pick<Change<K>, 'to' | 'failure'>;

export interface Lifecycle {
  /**
   * Plans the next step of a new row. Without a delay the first step of a recharge is taken immediately, so
   * that the answer already shows the result.
   */
  begin(kind: Kind, n: number): void;
  /** Sends the callback about a row as it is now. */
  tell(kind: Kind, n: number): void;
  /** Whether callbacks are on. */
  hasCallbacks(): boolean;
  /** Ends a dispute on order of the control API. */
  decide(n: number, status: DisputeStatus): void;
  /** After a start: plans the open rows and sends the callbacks that are still owed. */
  resume(): void;
  owe(hooks: Hook[]): void;
  stop(): void;
}

export interface LifecycleDeps {
  book: Book;
  settings: Settings;
  log: Log;
  send: (hook: Hook) => void;
}

export function createLifecycle(deps: LifecycleDeps): Lifecycle {
  const { book, settings, send } = deps;
  const { steps, owe, plan, takeStep, stop } = createMover(deps);
  return {
    begin(kind, n) {
      const next = steps.next(kind, n);
      if (kind === 'recharge' && next !== undefined && delayOf(next.after, settings) === 0)
        takeStep(kind, n, next);
      else plan(kind, n, 0);
    },
    tell(kind, n) {
      if (settings.callbacksOn) owe(book.tell(steps.hooks(kind, book.tables[kind].get(n))));
    },
    hasCallbacks: () => settings.callbacksOn,
    decide(n, status) {
      takeStep('dispute', n, { after: 'at_once', to: status }, AFTER_EVERY_STEP);
    },
    resume() {
      for (const kind of ['fetch', 'payment', 'dispute', 'recharge'] as const) {
        for (const row of book.tables[kind].rows()) plan(kind, row.n, book.nowMs() - row.movedAtMs);
      }
      for (const hook of book.hooks.pending()) send(hook);
    },
    owe,
    stop,
  };
}

function createMover({ book, settings, log, send }: LifecycleDeps) {
  const steps = createSteps(book);
  const owe = createOwer(book, log, send);
  let stopped = false;

  function plan(kind: Kind, n: number, elapsedMs: number): void {
    const next = steps.next(kind, n);
    if (next === undefined) return;
    const { step } = book.tables[kind].get(n);
    runAfter(delayOf(next.after, settings) - elapsedMs, () => {
      if (stopped || book.tables[kind].get(n).step !== step) return;
      try {
        takeStep(kind, n, next);
      } catch (error) {
        log.error({ err: error, kind }, 'a row could not be moved on');
      }
    });
  }

  function takeStep(kind: Kind, n: number, { to, failure }: Planned<Kind>, stepTo?: number): void {
    const row: Row<Kind> = book.tables[kind].get(n);
    const step = stepTo ?? row.step + 1;
    const isGivenBack = kind !== 'dispute' && (to === 'Failure' || to === 'Credit_Adjustment');
    const creditPaise = isGivenBack ? row.debitPaise - row.creditPaise : 0n;
    const atMs = book.nowMs(); // the same time in the row and in its callbacks
    const moved = { ...row, status: to, step, failure: failure ?? row.failure, movedAtMs: atMs };
    const hooks = settings.callbacksOn ? steps.hooks(kind, moved) : [];
    owe(book.move(kind, n, { to, step, atMs, failure, creditPaise, hooks }));
    if (kind === 'dispute' && to === 'REFUNDED') refund((row as Row<'dispute'>).details.payment);
    plan(kind, n, 0);
  }

  /** A refunded dispute gives the payment's money back. */
  function refund(payment: number): void {
    if (book.tables.payment.get(payment).status === 'Success')
      takeStep('payment', payment, { after: 'at_once', to: 'Credit_Adjustment' }, AFTER_EVERY_STEP);
  }

  const stop = (): void => {
    stopped = true;
  };

  return { steps, owe, plan, takeStep, stop };
}

/** The next step of a row, and the callbacks of a step. */
function createSteps(book: Book) {
  const { tables } = book;

  function next(kind: Kind, n: number): Planned<Kind> | undefined {
    switch (kind) {
      case 'fetch':
        return nextOfFetch(tables.fetch.get(n));
      case 'payment':
        return nextOfMoney(tables.payment.get(n), PAYMENT_FAILURES);
      case 'recharge':
        return nextOfMoney(tables.recharge.get(n), RECHARGE_FAILURES);
      case 'dispute':
        return nextOfDispute(tables.dispute.get(n));
      default:
        return kind satisfies never;
    }
  }

  /** `row` is given as it is after the step. */
  function hooks(kind: Kind, row: Row<Kind>): HookSpec[] {
    const style = row.scenario === null ? 'each_step' : SCENARIOS[row.scenario].callbacks;
    // Of a recharge that timed out Setu tells without its id, which is as good as not telling.
    if (kind === 'recharge' && row.scenario === '6666')
      return row.status === 'Failure' ? timedOutRechargeHooks(book, row as Row<'recharge'>) : [];
    if (style === 'none') return [];
    switch (kind) {
      case 'fetch':
        return fetchHooks(book, row as Row<'fetch'>);
      case 'payment':
        return style === 'disordered'
          ? disorderedPaymentHooks(book, row as Row<'payment'>)
          : paymentHooks(book, row as Row<'payment'>);
      case 'recharge':
        return style === 'disordered'
          ? disorderedRechargeHooks(book, row as Row<'recharge'>)
          : rechargeHooks(book, row as Row<'recharge'>);
      case 'dispute':
        return disputeHooks(book, row as Row<'dispute'>);
      default:
        return kind satisfies never;
    }
  }

  return { next, hooks };
}

function nextOfFetch({ status, details }: Row<'fetch'>): Planned<'fetch'> | undefined {
  if (status !== 'Processing') return undefined;
  const ending = FETCH_ENDINGS[endingOf(details.params[0]?.value ?? '')];
  if (ending?.failure) return { after: ending.after, to: 'Failure', failure: ending.failure };
  return { after: ending?.after ?? 'delay', to: 'Success' };
}

/** A row booked with a failure fails; any other follows its scenario. */
function nextOfMoney(
  row: Row<'payment'> | Row<'recharge'>,
  failures: Partial<Record<string, Failure>>,
): { after: Step['after']; to: TransactionStatus; failure?: Failure } | undefined {
  if (row.status === 'Failure' || row.status === 'Credit_Adjustment') return undefined;
  if (row.failure !== null && row.step === 0) return { after: 'delay', to: 'Failure', failure: row.failure };
  const scenario = row.scenario ?? '0000';
  const step = SCENARIOS[scenario].steps[row.step];
  if (step === undefined) return undefined;
  const to = STATUS_OF_STEP[step.to];
  return { after: step.after, to, failure: to === 'Failure' ? failures[scenario] : undefined };
}

function nextOfDispute({ status, step, details }: Row<'dispute'>): Planned<'dispute'> | undefined {
  const to = isOpenDispute(status) ? DISPUTE_TYPES.get(details.dispute_type)?.steps[step] : undefined;
  return to === undefined ? undefined : { after: 'slow', to };
}
