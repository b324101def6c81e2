/** The callbacks of both products. Each product has its own URL, and each callback its own retry plan. */
import type { Log } from '../../platform/logger';
import { createCallbacks, type Callbacks } from '../callbacks';
import type { RetryPlan } from '../webhooks';
import type { Book } from './book';
import type { HookSpec, Product } from './entries';
import type { Hook } from './hooks';

/** The plans that the recharge service documents; BillPay documents none. */
const RETRIES: Readonly<Record<HookSpec['retry'], RetryPlan | undefined>> = {
  billpay: undefined,
  payment: { firstMs: 2_000, longestMs: 120_000, maxRetries: 5 },
  wallet: { firstMs: 5_000, longestMs: 60_000, maxRetries: 3 },
};

export function createSetuCallbacks({
  book,
  urls,
  nowMs,
  log,
}: {
  book: Book;
  urls: Record<Product, string>;
  nowMs: () => number;
  log: Log;
}): Callbacks<Hook> {
  const callbacksTo = (url: string): Callbacks<Hook> =>
    createCallbacks<Hook>({
      provider: 'setu',
      book,
      url,
      nowMs,
      log,
      bornAtMs: (hook) => hook.bornAtMs,
      retry: ({ spec }) => RETRIES[spec.retry],
      render: ({ spec }) => ({
        headers: { 'content-type': 'application/json', 'user-agent': 'Setu-Webhook/1.0' },
        path: spec.path,
        body: JSON.stringify(spec.body),
      }),
    });
  const products = { billpay: callbacksTo(urls.billpay), recharge: callbacksTo(urls.recharge) };

  return {
    owe(hook) {
      products[hook.spec.product].owe(hook);
    },
    counts() {
      const [billpay, recharge] = [products.billpay.counts(), products.recharge.counts()];
      return {
        inFlight: billpay.inFlight + recharge.inFlight,
        attempts: billpay.attempts + recharge.attempts,
        failedAttempts: billpay.failedAttempts + recharge.failedAttempts,
      };
    },
    async close() {
      await Promise.all([products.billpay.close(), products.recharge.close()]);
    },
  };
}
