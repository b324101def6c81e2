/**
 * RazorpayX in the sandbox. It is opened first, because its book locks the folder and holds the sandbox's
 * settings.
 */
import { createOrders, type Settings } from '../orders';
import { handlerOf, type MountedProvider, type Surroundings } from '../provider';
import type { AccountType } from './account';
import { openBook } from './book';
import { createRazorpayxCallbacks } from './callbacks';
import { createControlRouter } from './control';
import { createLifecycle } from './lifecycle';
import { createRazorpayxGuard, createRazorpayxRouter } from './routes';
import { addValidationRoutes, createValidations } from './validations';

/** Money is paise. */
export interface RazorpayxConfig {
  keyId: string;
  keySecret: string;
  webhookSecret: string;
  /** The account that payouts are debited from, and what it is. */
  accountNumber: string;
  accountType: AccountType;
  callbackUrl: string;
  openingBalancePaise: bigint;
}

export interface RazorpayxProvider extends MountedProvider {
  settings: Settings;
}

/**
 * Its routes answer every path outside the control API, so they are mounted after those of the other
 * providers. Settings that the control API changed in an earlier run take precedence over `initialSettings`.
 */
export async function openRazorpayx(
  config: RazorpayxConfig,
  { dir, settings: initialSettings, held, log, nowMs, onBookFailure }: Surroundings,
): Promise<RazorpayxProvider> {
  const book = await openBook({
    dir,
    accountNumber: config.accountNumber,
    accountType: config.accountType,
    openingBalancePaise: config.openingBalancePaise,
    nowMs,
    onFailure: onBookFailure,
  });
  const settings: Settings = { ...initialSettings, ...book.settings };
  const orders = createOrders(settings);
  const callbacks = createRazorpayxCallbacks({
    book,
    url: config.callbackUrl,
    secret: config.webhookSecret,
    nowMs,
    log,
  });
  const lifecycle = createLifecycle({
    book,
    settings,
    log,
    nowMs,
    owe: (hook) => {
      callbacks.owe(hook);
    },
  });
  const validations = createValidations({
    book,
    orders,
    held,
    log,
    nowMs,
    owe: (hook) => {
      callbacks.owe(hook);
    },
  });
  const { keyId, keySecret } = config;
  const deps = { book, lifecycle, orders, held, log, keyId, keySecret };
  const guard = createRazorpayxGuard(deps);
  const router = createRazorpayxRouter(deps);
  addValidationRoutes(router, book, validations);
  const handle = handlerOf(router);
  return {
    settings,
    routes: (ctx, next) =>
      ctx.path.startsWith('/__sandbox')
        ? next()
        : guard(ctx, async () => {
            await handle(ctx, () => Promise.resolve());
          }),
    control: handlerOf(
      createControlRouter({ book, lifecycle, orders, sendCounts: () => callbacks.counts() }),
    ),
    resume() {
      lifecycle.resume();
      validations.resume();
    },
    async close() {
      lifecycle.stop();
      validations.stop();
      await callbacks.close();
      await book.close();
    },
  };
}
