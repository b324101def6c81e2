/** Cashfree Payouts in the sandbox: its book, its webhooks and its paths under `/cashfree/payout`. */
import { createOrders } from '../orders';
import { handlerOf, type MountedProvider, type Surroundings } from '../provider';
import { openBook } from './book';
import { createCashfreeCallbacks } from './callbacks';
import type { CashfreeConfig } from './config';
import { createCashfreeControl } from './control';
import { createLifecycle } from './lifecycle';
import { CASHFREE_PREFIX, createCashfreeGuard, createCashfreeRouter } from './routes';

export async function openCashfree(
  { clientId, clientSecret, callbackUrl, openingBalancePaise }: CashfreeConfig,
  { dir, settings, held, log, nowMs, onBookFailure }: Surroundings,
): Promise<MountedProvider> {
  const book = await openBook({ dir, openingBalancePaise, nowMs, onFailure: onBookFailure });
  const callbacks = createCashfreeCallbacks({ book, url: callbackUrl, secret: clientSecret, nowMs, log });
  const lifecycle = createLifecycle({
    book,
    settings,
    log,
    owe: (hook) => {
      callbacks.owe(hook);
    },
  });
  const orders = createOrders(settings);
  const deps = { book, lifecycle, orders, held, log, clientId, clientSecret };
  const guard = createCashfreeGuard(deps);
  const handle = handlerOf(createCashfreeRouter(deps));
  return {
    routes: (ctx, next) =>
      ctx.path.startsWith(`${CASHFREE_PREFIX}/`)
        ? guard(ctx, async () => {
            await handle(ctx, () => Promise.resolve());
          })
        : next(),
    control: handlerOf(
      createCashfreeControl({ book, lifecycle, orders, sendCounts: () => callbacks.counts() }),
    ),
    resume() {
      lifecycle.resume();
    },
    async close() {
      lifecycle.stop();
      await callbacks.close();
      await book.close();
    },
  };
}
