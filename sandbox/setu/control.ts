/** Setu's part of the control API, under `/__sandbox/setu`. `:product` is `billpay` or `recharge`. */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import { paiseFromJson, paiseToJson } from '../../platform/money';
import { countsReport } from '../callbacks';
import {
  invalid,
  isWhole,
  onlyGiven,
  readBody,
  readDepositPaise,
  readFault,
  readListQuery,
  showFault,
  type FaultTarget,
  type MatchNames,
} from '../control-input';
import { addOrderRoutes } from '../order-routes';
import type { Orders } from '../orders';
import { SCENARIO_SUMMARIES } from '../scenarios';
import type { SendCounts } from '../webhooks';
import { isOpenDispute } from './billpay/disputes';
import type { Book } from './book';
import { DISPUTE_STATUSES, type DisputeStatus, type Product } from './entries';
import type { Lifecycle } from './lifecycle';
import { FETCH_ENDINGS } from './outcomes';
import { answer } from './product';
import { topupHook } from './recharge/callbacks';
import { BREAK_KINDS, createReportBreaks, type BreakKind, type ReportBreaks } from './report-breaks';
import { dayReport, moneyRows, paymentReport, summary } from './reports';
import type { SetuSettings } from './settings';
import type { Tokens } from './tokens';

const MAX_MS = 86_400_000;
const NAMES: MatchNames = { ending: 'ending', reference: 'payment_ref_id' };
const FAULT_TARGETS: Readonly<Record<Product, FaultTarget>> = {
  billpay: faultTarget('billpay', /^\/setu-billpay\//),
  recharge: faultTarget('recharge', /^\/setu-(recharge|accounts)\//),
};
const REPORTS: Readonly<Record<Product, RegExp>> = {
  billpay: /^setu_bbps_(\d{8})\.csv$/,
  recharge: /^setu_recharge_(\d{8})\.csv$/,
};

export interface SetuControlDeps {
  book: Book;
  lifecycle: Lifecycle;
  sendCounts: () => SendCounts;
  settings: SetuSettings;
  orders: Record<Product, Orders>;
  tokens: Record<Product, Tokens>;
}

export function createSetuControl(deps: SetuControlDeps): Router {
  const { book, settings } = deps;
  const breaks = createReportBreaks();
  const router = new Router({ prefix: '/__sandbox/setu' });
  router.get('/webhooks', async (ctx) => {
    await answer(book, ctx, webhooks(book, deps.sendCounts()));
  });
  router.get('/settings', (ctx) => {
    ctx.body = showSettings(settings);
  });
  router.post('/settings', (ctx) => changeSettings(deps, ctx));
  router.get('/reports/:file', (ctx) => report(book, breaks, ctx));
  router.post('/disputes', (ctx) => decideDispute(deps, ctx));
  router.get('/:product/book/summary', async (ctx) => {
    await answer(book, ctx, summary(book, productOf(ctx)));
  });
  router.get('/:product/book/payments', (ctx) => listPayments(book, ctx));
  router.get('/:product/tokens', (ctx) => {
    ctx.body = deps.tokens[productOf(ctx)].counts();
  });
  router.post('/:product/tokens/expire', (ctx) => {
    ctx.body = { expired: deps.tokens[productOf(ctx)].expireAll() };
  });
  router.post('/:product/deposits', (ctx) => deposit(deps, ctx));
  router.post('/:product/report-breaks', async (ctx) => {
    const item = readBreak(productOf(ctx), await readBody(ctx, ['payment_ref_id', 'kind']));
    breaks.add(item);
    ctx.status = 201;
    ctx.body = { payment_ref_id: item.paymentRefId, kind: item.kind };
  });
  router.get('/:product/report-breaks', (ctx) => {
    ctx.body = {
      items: breaks
        .all(productOf(ctx))
        .map(({ paymentRefId, kind }) => ({ payment_ref_id: paymentRefId, kind })),
    };
  });
  router.delete('/:product/report-breaks', (ctx) => {
    ctx.body = { removed: breaks.clear(productOf(ctx)) };
  });
  addOrderRoutes(router, {
    prefix: '/:product',
    names: NAMES,
    ordersOf: (ctx) => deps.orders[productOf(ctx)],
    explanation,
    readFault: (ctx, body) => readFault(body, FAULT_TARGETS[productOf(ctx)]),
    showFault,
  });
  return router;
}

const explanation = () => ({
  table: SCENARIO_SUMMARIES,
  fetch_endings: Object.fromEntries(
    Object.entries(FETCH_ENDINGS).map(([ending, { summary }]) => [ending, summary]),
  ),
});

function productOf(ctx: Context): Product {
  const { product } = ctx.params as { product: string };
  if (product !== 'billpay' && product !== 'recharge') throw invalid('the product is billpay or recharge');
  return product;
}

function webhooks(book: Book, sending: SendCounts) {
  return {
    ...countsReport(book.hooks, sending),
    disabled_events: book.hooks
      .disabled()
      .map(({ spec }) => ({ product: spec.product, path: spec.path, body: spec.body })),
  };
}

async function report(book: Book, breaks: ReportBreaks, ctx: Context): Promise<void> {
  const { file } = ctx.params as { file: string };
  for (const product of ['billpay', 'recharge'] as const) {
    const day = REPORTS[product].exec(file)?.[1];
    const text = day === undefined ? undefined : dayReport(book, product, day, breaks);
    if (text === undefined) continue;
    ctx.type = 'text/csv; charset=utf-8';
    return answer(book, ctx, text);
  }
  throw invalid('the reports are setu_bbps_YYYYMMDD.csv and setu_recharge_YYYYMMDD.csv');
}

async function listPayments(book: Book, ctx: Context): Promise<void> {
  const product = productOf(ctx);
  const query = readListQuery(ctx, 'payment_ref_ids');
  if (query.references !== undefined) {
    const found = query.references
      .map((ref) => book.tables[product === 'billpay' ? 'payment' : 'recharge'].find('paymentRefId', ref))
      .filter((row) => row !== undefined);
    return answer(book, ctx, { items: found.map((row) => paymentReport(book, row)), next_after: null });
  }
  const { first, limit } = query;
  const rows = moneyRows(book, product);
  const items = rows.slice(first, first + limit).map((row) => paymentReport(book, row));
  return answer(book, ctx, {
    items,
    next_after: first + items.length < rows.length ? first + items.length - 1 : null,
  });
}

async function deposit({ book, lifecycle }: SetuControlDeps, ctx: Context): Promise<void> {
  const product = productOf(ctx);
  const body = await readBody(ctx, ['amount_paise', 'reference']);
  const { amount_paise: amount, reference = '' } = body;
  const amountPaise = readDepositPaise(amount);
  if (typeof reference !== 'string' || reference.length > 100)
    throw invalid('reference must be a text of 100 characters at most');
  const hooks =
    product === 'recharge' && lifecycle.hasCallbacks() ? [topupHook(book, amountPaise, reference)] : [];
  lifecycle.owe(book.deposit(product, amountPaise, reference, hooks));
  await answer(book, ctx, { balance_paise: paiseToJson(book.wallet(product).balancePaise) });
}

/** Ends an open dispute in any status of the contract. */
async function decideDispute({ book, lifecycle }: SetuControlDeps, ctx: Context): Promise<void> {
  const { ref_id: refId, status } = await readBody(ctx, ['ref_id', 'status']);
  const row = typeof refId === 'string' ? book.tables.dispute.find('refId', refId) : undefined;
  if (row === undefined || !isOpenDispute(row.status))
    throw invalid('ref_id must be that of an open dispute');
  if (!(DISPUTE_STATUSES as readonly unknown[]).includes(status))
    throw invalid(`status must be one of ${DISPUTE_STATUSES.join(', ')}`);
  lifecycle.decide(row.n, status as DisputeStatus);
  await answer(book, ctx, { ref_id: row.refId, status: row.status });
}

function readBreak(product: Product, { payment_ref_id: paymentRefId, kind }: Record<string, unknown>) {
  if (typeof paymentRefId !== 'string' || !/^[\w-]{1,40}$/.test(paymentRefId))
    throw invalid('payment_ref_id must be 1 to 40 letters, digits, _ or -');
  if (!(BREAK_KINDS as readonly unknown[]).includes(kind))
    throw invalid(`kind must be one of ${BREAK_KINDS.join(', ')}`);
  return { product, paymentRefId, kind: kind as BreakKind };
}

async function changeSettings({ book, settings }: SetuControlDeps, ctx: Context): Promise<void> {
  const changed = readSettings(
    await readBody(ctx, ['token_life_ms', 'cool_off_ms', 'wallet_balance_on', 'low_balance_paise']),
  );
  book.changeSettings(changed);
  Object.assign(settings, changed);
  await answer(book, ctx, showSettings(settings));
}

function readSettings({
  token_life_ms: tokenLifeMs,
  cool_off_ms: coolOffMs,
  wallet_balance_on: walletBalanceOn,
  low_balance_paise: lowBalance,
}: Record<string, unknown>): Partial<SetuSettings> {
  if (
    (tokenLifeMs !== undefined && !isWhole(tokenLifeMs, 1, MAX_MS)) ||
    (coolOffMs !== undefined && !isWhole(coolOffMs, 0, MAX_MS))
  )
    throw invalid('token_life_ms and cool_off_ms must be whole numbers up to 86400000');
  if (walletBalanceOn !== undefined && typeof walletBalanceOn !== 'boolean')
    throw invalid('wallet_balance_on must be true or false');
  if (lowBalance !== undefined && !isWhole(lowBalance, 0, 1_000_000_000_000_000))
    throw invalid('low_balance_paise must be a whole number of paise');
  return onlyGiven<SetuSettings>({
    tokenLifeMs,
    coolOffMs,
    walletBalanceOn,
    lowBalancePaise: lowBalance === undefined ? undefined : paiseFromJson(lowBalance),
  });
}

const showSettings = (settings: SetuSettings) => ({
  token_life_ms: settings.tokenLifeMs,
  cool_off_ms: settings.coolOffMs,
  wallet_balance_on: settings.walletBalanceOn,
  low_balance_paise: paiseToJson(settings.lowBalancePaise),
});

function faultTarget(product: Product, paths: RegExp): FaultTarget {
  return {
    defaultPath: `/setu-${product}/`,
    isPath: (path) => paths.test(path),
    pathMessage: `path must be the start of a path of ${product}`,
    methods: ['GET', 'POST'],
  };
}
