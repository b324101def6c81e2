/** Delivers the callbacks that a provider's book owes, and notes in the book how each one ended. */
import type { Log } from '../platform/logger';
import type { HookTable } from './book/hook-table';
import { createHookEnds } from './hook-ends';
import { createWebhookSender, type Rendered, type RetryPlan, type SendCounts } from './webhooks';

interface AnyHook {
  seq: number;
  spec: { afterMs: number; forged?: true };
}

export interface CallbacksOptions<Hook> {
  provider: string;
  book: { hooks: HookTable<Hook>; settleHooks: (done: number[], off: number[]) => void };
  url: string;
  nowMs: () => number;
  log: Log;
  /** The request of a callback: the same bytes for every attempt. */
  render: (hook: Hook) => Rendered | Promise<Rendered>;
  /** The time of the change that the callback reports. Retries stop 24 hours after it. */
  bornAtMs: (hook: Hook) => number;
  /** How a callback is retried; by default as RazorpayX retries. */
  retry?: (hook: Hook) => RetryPlan | undefined;
}

export interface Callbacks<Hook> {
  /** Sends a callback when it is due. A forged one is sent once, whatever the receiver answers. */
  owe(hook: Hook): void;
  counts(): SendCounts;
  /** Stops sending; what is not acknowledged stays owed in the book. */
  close(): Promise<void>;
}

/** Owes callbacks once the line that gave rise to them is on disk. */
export function createOwer<Hook>(
  book: { flushed(): Promise<void> },
  log: Log,
  owe: (hook: Hook) => void,
): (hooks: readonly Hook[]) => void {
  return (hooks) => {
    book.flushed().then(
      () => {
        for (const hook of hooks) owe(hook);
      },
      (error: unknown) => {
        log.error({ err: error }, 'callbacks could not be owed');
      },
    );
  };
}

export function createCallbacks<Hook extends AnyHook>(options: CallbacksOptions<Hook>): Callbacks<Hook> {
  const { book, nowMs, bornAtMs, retry } = options;
  const ends = createHookEnds(book, options.log, options.provider);
  const sender = createWebhookSender({
    url: options.url,
    nowMs,
    async render(seq) {
      const hook = book.hooks.get(seq);
      if (hook === undefined) throw new Error(`callback ${seq} is not owed`);
      return options.render(hook);
    },
    onTaken: (seq) => {
      ends.taken(seq);
    },
    onGivenUp: (seq) => {
      ends.givenUp(seq);
    },
  });

  return {
    owe(hook) {
      const { afterMs, forged } = hook.spec;
      sender.enqueue({
        seq: hook.seq,
        bornAtMs: bornAtMs(hook),
        dueAtMs: afterMs === 0 ? 0 : nowMs() + afterMs,
        once: forged === true,
        retry: retry?.(hook),
      });
    },
    counts: () => sender.counts(),
    async close() {
      await sender.close();
      ends.settleNow();
    },
  };
}

/** The state of the callbacks and of their delivery, for the control API. */
export function countsReport<Hook>(
  hooks: HookTable<Hook>,
  { failedAttempts, attempts, inFlight }: SendCounts,
) {
  const { pending, delivered, disabled } = hooks.counts();
  return {
    pending,
    delivered,
    disabled,
    failed_attempts: failedAttempts,
    attempts,
    in_flight: inFlight,
  };
}
