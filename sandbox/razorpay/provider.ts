/** Razorpay's payment gateway in the sandbox: its book, its webhooks, its paths and the page of the checkout. */
import { createOrders } from '../orders';
import { handlerOf, type MountedProvider, type Surroundings } from '../provider';
import { createRazorpayxGuard } from '../razorpayx/routes';
import { openBook } from './book';
import { createRazorpayCallbacks } from './callbacks';
import { CHECKOUT_PATH, createCheckout } from './checkout';
import type { RazorpayConfig } from './config';
import { createRazorpayControl } from './control';
import { createLifecycle } from './lifecycle';
import { createRazorpayRouter, RAZORPAY_PREFIX } from './routes';

export async function openRazorpay(
  { keyId, keySecret, webhookSecret, callbackUrl }: RazorpayConfig,
  { dir, settings, held, log, nowMs, onBookFailure }: Surroundings,
): Promise<MountedProvider> {
  const book = await openBook({ dir, nowMs, onFailure: onBookFailure });
  const callbacks = createRazorpayCallbacks({ book, url: callbackUrl, secret: webhookSecret, nowMs, log });
  const lifecycle = createLifecycle({
    book,
    settings,
    log,
    owe: (hook) => {
      callbacks.owe(hook);
    },
  });
  const orders = createOrders(settings);
  const guard = createRazorpayxGuard({ keyId, keySecret, orders, log });
  const handle = handlerOf(createRazorpayRouter({ book, lifecycle, orders, held }));
  const show = handlerOf(createCheckout({ book, lifecycle, keyId, keySecret }));
  return {
    routes(ctx, next) {
      if (ctx.path === CHECKOUT_PATH || ctx.path.startsWith(`${CHECKOUT_PATH}/`))
        return show(ctx, () => Promise.resolve());
      return ctx.path.startsWith(`${RAZORPAY_PREFIX}/`)
        ? guard(ctx, async () => {
            await handle(ctx, () => Promise.resolve());
          })
        : next();
    },
    control: handlerOf(
      createRazorpayControl({ book, lifecycle, orders, sendCounts: () => callbacks.counts() }),
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
