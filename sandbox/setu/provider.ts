/**
 * Setu in the sandbox: both products, their book and their callbacks, under `/setu-billpay`, `/setu-recharge`
 * and `/setu-accounts`.
 */
import type { Context, Middleware, Next } from 'koa';
import { createOrders, type Fault } from '../orders';
import { handlerOf, type MountedProvider, type Surroundings } from '../provider';
import { COOL_OFF_MS } from './billpay/disputes';
import { internalError, nothingHere as nothingAtBillpay } from './billpay/errors';
import type { BillpayDeps } from './billpay/answers';
import { BILLPAY_PREFIX, createBillpayRouter } from './billpay/routes';
import { openBook } from './book';
import { createSetuCallbacks } from './callbacks';
import type { SetuConfig } from './config';
import { createSetuControl } from './control';
import { createGate, type Gate } from './gate';
import { createLifecycle } from './lifecycle';
import { internalServerError, nothingHere as nothingAtRecharge, upstreamError } from './recharge/errors';
import {
  ACCOUNTS_PREFIX,
  createAccountsRouter,
  createRechargeRouter,
  RECHARGE_PREFIX,
  type RechargeDeps,
} from './recharge/routes';
import type { SetuSettings } from './settings';
import { createTokens } from './tokens';

const TOKEN_LIFE_MS = 600_000;
const LOW_BALANCE_PAISE = 1_000_000n;

export async function openSetu(
  config: SetuConfig,
  { dir, settings, held, log, nowMs, onBookFailure }: Surroundings,
): Promise<MountedProvider> {
  const book = await openBook({
    dir,
    openingBalancePaise: config.openingBalancePaise,
    nowMs,
    onFailure: onBookFailure,
  });
  const callbacks = createSetuCallbacks({
    book,
    urls: { billpay: config.billpay.callbackUrl, recharge: config.recharge.callbackUrl },
    nowMs,
    log,
  });
  const lifecycle = createLifecycle({
    book,
    settings,
    log,
    send: (hook) => {
      callbacks.owe(hook);
    },
  });
  const setuSettings: SetuSettings = {
    tokenLifeMs: TOKEN_LIFE_MS,
    walletBalanceOn: true,
    lowBalancePaise: LOW_BALANCE_PAISE,
    coolOffMs: COOL_OFF_MS,
    ...book.settings,
  };
  const lifeMs = (): number => setuSettings.tokenLifeMs;
  const tokens = {
    billpay: createTokens({ id: config.billpay.clientId, secret: config.billpay.secret, lifeMs, nowMs }),
    recharge: createTokens({ id: config.recharge.clientId, secret: config.recharge.secret, lifeMs, nowMs }),
  };
  const orders = { billpay: createOrders(settings), recharge: createOrders(settings) };
  const shared = { book, lifecycle, settings: setuSettings, held, log };
  const routes = createRoutes(
    { ...shared, orders: orders.billpay, tokens: tokens.billpay, partnerId: config.billpay.partnerId },
    {
      ...shared,
      orders: orders.recharge,
      tokens: tokens.recharge,
      productInstanceId: config.recharge.productInstanceId,
    },
  );
  return {
    routes,
    control: handlerOf(
      createSetuControl({
        book,
        lifecycle,
        sendCounts: () => callbacks.counts(),
        settings: setuSettings,
        orders,
        tokens,
      }),
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

/** Each prefix has a gate, which shapes the errors, and routes behind it. */
function createRoutes(billpay: BillpayDeps, recharge: RechargeDeps): Middleware {
  const doors: { gate: Gate; handle: Middleware }[] = [
    {
      gate: createGate({
        prefix: BILLPAY_PREFIX,
        orders: billpay.orders,
        log: billpay.log,
        faultError: internalError,
        nothingHere: nothingAtBillpay,
      }),
      handle: handlerOf(createBillpayRouter(billpay)),
    },
    { gate: rechargeGate(RECHARGE_PREFIX, recharge), handle: handlerOf(createRechargeRouter(recharge)) },
    { gate: rechargeGate(ACCOUNTS_PREFIX, recharge), handle: handlerOf(createAccountsRouter(recharge)) },
  ];
  return (ctx: Context, next: Next) => {
    const door = doors.find(({ gate }) => gate.owns(ctx.path));
    return door === undefined
      ? next()
      : door.gate.pass(ctx, async () => {
          await door.handle(ctx, () => Promise.resolve());
        });
  };
}

const rechargeGate = (prefix: string, { orders, log }: RechargeDeps): Gate =>
  createGate({
    prefix,
    orders,
    log,
    faultError: (status: Fault['status'], retryAfterS?: number) =>
      status === 500 ? upstreamError() : internalServerError(status, retryAfterS),
    nothingHere: nothingAtRecharge,
  });
