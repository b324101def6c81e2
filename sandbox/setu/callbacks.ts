/** From the callbacks that the book owes to what the other side took: one sender for each product, each with its URL and its retries. */
import type { Log } from '../../platform/logger';
import { createHookEnds } from '../hook-ends';
import { createWebhookSender, type RetryPlan, type WebhookSender } from '../webhooks';
import type { Book } from './book';
import type { HookSpec, Product } from './entries';
import type { Hook } from './hooks';

/** The recharge service's own plans; BillPay names none. */
const RETRIES: Readonly<Record<HookSpec['retry'], RetryPlan | undefined>> = {
  billpay: undefined,
  payment: { firstMs: 2_000, longestMs: 120_000, most: 5 },
  wallet: { firstMs: 5_000, longestMs: 60_000, most: 3 },
};

export interface Callbacks {
  send(hook: Hook): void;
  counts(): ReturnType<WebhookSender['counts']>;
  close(): Promise<void>;
}

export function createCallbacks({
  book,
  urls,
  nowMs,
  log,
}: {
  book: Book;
  urls: Record<Product, string>;
  nowMs: () => number;
  log: Log;
}): Callbacks {
  const ends = createHookEnds(book, log, 'setu');
  const sender = (product: Product): WebhookSender =>
    createWebhookSender({
      url: urls[product],
      nowMs,
      render(seq) {
        const hook = book.hooks.get(seq);
        if (hook === undefined) return Promise.reject(new Error(`callback ${seq} is not owed`));
        return Promise.resolve({
          headers: { 'content-type': 'application/json', 'user-agent': 'Setu-Webhook/1.0' },
          path: hook.spec.path,
          body: JSON.stringify(hook.spec.body),
        });
      },
      onTaken: (seq) => {
        ends.taken(seq);
      },
      onGivenUp: (seq) => {
        ends.givenUp(seq);
      },
    });
  const senders: Record<Product, WebhookSender> = {
    billpay: sender('billpay'),
    recharge: sender('recharge'),
  };

  return {
    send({ seq, bornAtMs, spec }) {
      senders[spec.product].enqueue({
        seq,
        bornAtMs,
        dueAtMs: spec.afterMs === 0 ? 0 : nowMs() + spec.afterMs,
        once: spec.forged === true,
        retry: RETRIES[spec.retry],
      });
    },
    counts() {
      const [a, b] = [senders.billpay.counts(), senders.recharge.counts()];
      return {
        inFlight: a.inFlight + b.inFlight,
        attempts: a.attempts + b.attempts,
        failedAttempts: a.failedAttempts + b.failedAttempts,
      };
    },
    async close() {
      await Promise.all([senders.billpay.close(), senders.recharge.close()]);
      ends.settleNow();
    },
  };
}
