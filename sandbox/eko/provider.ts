/** Eko in the sandbox: its book, lifecycle, callbacks and two routers. */
import { handlerOf, type MountedProvider, type Surroundings } from '../provider';
import { openEkoBook } from './book';
import { createEkoCallbacks } from './callbacks';
import { createEkoControl } from './control';
import { createEkoOrders, defaultSettings } from './eko-orders';
import { ENDPOINTS } from './endpoints';
import { createLifecycle } from './lifecycle';
import { createEkoGuard, createEkoRouter, PREFIX, type EkoDeps } from './requests';

/** Money is paise. `userCode` is the agent that exists from the start. */
export interface EkoConfig {
  developerKey: string;
  accessKey: string;
  initiatorId: string;
  userCode: string;
  callbackUrl: string;
  openingBalancePaise: bigint;
}

export async function openEko(
  config: EkoConfig,
  { dir, settings, held, log, nowMs, onBookFailure }: Surroundings,
): Promise<MountedProvider> {
  const ekoSettings = defaultSettings();
  const shiftedNowMs = (): number => nowMs() + ekoSettings.clockShiftMs;
  const book = await openEkoBook({
    dir,
    initiator: config.initiatorId,
    openingPaise: config.openingBalancePaise,
    nowMs: shiftedNowMs,
    onFailure: onBookFailure,
  });
  Object.assign(ekoSettings, book.settings);
  if (!book.parties.agents.has(config.userCode))
    book.party({ t: 'agent', user: config.userCode, mobile: config.initiatorId, shop: 'Munim Sandbox' });
  const callbacks = createEkoCallbacks({ book, url: config.callbackUrl, nowMs, log });
  const lifecycle = createLifecycle({
    book,
    settings,
    log,
    nowMs: shiftedNowMs,
    owe: (hook) => {
      callbacks.owe(hook);
    },
  });
  const deps: EkoDeps = {
    book,
    lifecycle,
    ekoSettings,
    settings,
    held,
    log,
    orders: createEkoOrders(settings),
    account: config,
    nowMs: shiftedNowMs,
    owe: (hooks) => {
      for (const hook of hooks) callbacks.owe(hook);
    },
  };
  const guard = createEkoGuard(deps, ENDPOINTS);
  const handle = handlerOf(createEkoRouter(deps, ENDPOINTS));
  return {
    routes: (ctx, next) =>
      ctx.path.startsWith(`${PREFIX}/`)
        ? guard(ctx, async () => {
            await handle(ctx, () => Promise.resolve());
          })
        : next(),
    control: handlerOf(createEkoControl(deps, () => callbacks.counts())),
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
