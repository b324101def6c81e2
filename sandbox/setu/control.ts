/** Setu's part of the control API, under `/__sandbox/setu`: loopback only, like the rest. `:product` is `billpay` or `recharge`. */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import { paiseFromJson, paiseToJson } from '../../platform/money';
import { invalid, isWhole, MOST_TIMES, onlyGiven, onlyKeys, readBody, readId, readNumber } from '../control';
import type { FaultOrder, Orders, ScenarioOrder } from '../orders';
import { isScenarioCode, SCENARIOS } from '../scenarios';
import { isOpenDispute } from './billpay/disputes';
import type { Book } from './book';
import type { Callbacks } from './callbacks';
import { DISPUTE_STATUSES, type DisputeStatus, type Product } from './entries';
import type { Lifecycle } from './lifecycle';
import { FETCH_ENDINGS } from './outcomes';
import { answer } from './product';
import { topupHook } from './recharge/callbacks';
import { BREAK_KINDS, createReportBreaks, type BreakKind, type ReportBreaks } from './report-breaks';
import { dayReport, moneyRows, paymentReport, summary } from './reports';
import type { SetuSettings } from './settings';
import type { Tokens } from './tokens';

const MOST_REFERENCES = 200;
const MOST_MS = 86_400_000;
const PREFIXES: Readonly<Record<Product, RegExp>> = {
  billpay: /^\/setu-billpay\//,
  recharge: /^\/setu-(recharge|accounts)\//,
};
const REPORTS: Readonly<Record<Product, RegExp>> = {
  billpay: /^setu_bbps_(\d{8})\.csv$/,
  recharge: /^setu_recharge_(\d{8})\.csv$/,
};

export interface SetuControlDeps {
  book: Book;
  lifecycle: Lifecycle;
  callbacks: Callbacks;
  settings: SetuSettings;
  orders: Record<Product, Orders>;
  tokens: Record<Product, Tokens>;
}

export function createSetuControl(deps: SetuControlDeps): Router {
  const { book, callbacks, settings } = deps;
  const breaks = createReportBreaks();
  const router = new Router({ prefix: '/__sandbox/setu' });
  router.get('/webhooks', async (ctx) => {
    await answer(book, ctx, webhooks(book, callbacks));
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
  router.delete('/:product/report-breaks', (ctx) => {
    ctx.body = { removed: breaks.clear(productOf(ctx)) };
  });
  addOrderRoutes(router, deps);
  return router;
}

function addOrderRoutes(router: Router, { orders }: SetuControlDeps): void {
  const of = (ctx: Context): Orders => orders[productOf(ctx)];
  router.get('/:product/scenarios', (ctx) => {
    const table = Object.fromEntries(Object.entries(SCENARIOS).map(([code, s]) => [code, s.summary]));
    ctx.body = {
      table,
      fetch_endings: Object.fromEntries(
        Object.entries(FETCH_ENDINGS).map(([ending, f]) => [ending, f.summary]),
      ),
      orders: of(ctx).scenarios().map(showScenario),
    };
  });
  router.post('/:product/scenarios', async (ctx) => {
    const order = readScenario(await readBody(ctx));
    ctx.status = 201;
    ctx.body = showScenario(of(ctx).addScenario(order));
  });
  router.delete(['/:product/scenarios', '/:product/scenarios/:id'], (ctx) => {
    ctx.body = { removed: of(ctx).removeScenarios(readId(ctx)) };
  });
  router.get('/:product/faults', (ctx) => {
    ctx.body = { orders: of(ctx).faults().map(showFault) };
  });
  router.post('/:product/faults', async (ctx) => {
    const order = readFault(productOf(ctx), await readBody(ctx));
    ctx.status = 201;
    ctx.body = showFault(of(ctx).addFault(order));
  });
  router.delete(['/:product/faults', '/:product/faults/:id'], (ctx) => {
    ctx.body = { removed: of(ctx).removeFaults(readId(ctx)) };
  });
}

function productOf(ctx: Context): Product {
  const { product } = ctx.params as { product: string };
  if (product !== 'billpay' && product !== 'recharge') throw invalid('the product is billpay or recharge');
  return product;
}

function webhooks(book: Book, callbacks: Callbacks) {
  const { pending, delivered, disabled } = book.hooks.counts();
  const { inFlight, attempts, failedAttempts } = callbacks.counts();
  return {
    pending,
    delivered,
    disabled,
    failed_attempts: failedAttempts,
    attempts,
    in_flight: inFlight,
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

/** `?payment_ref_ids=a,b,c` (200 at most), or a page in booking order: `?limit=1..1000&after=<next_after of the page before>`. */
async function listPayments(book: Book, ctx: Context): Promise<void> {
  const product = productOf(ctx);
  const rows = moneyRows(book, product);
  const { payment_ref_ids: references, limit = '100', after = '-1', ...others } = ctx.query;
  if (Object.keys(others).length > 0) throw invalid('the parameters are payment_ref_ids, or limit and after');
  if (references !== undefined) {
    const wanted =
      typeof references === 'string' ? [...new Set(references.split(',').filter((r) => r !== ''))] : [];
    if (wanted.length === 0 || wanted.length > MOST_REFERENCES)
      throw invalid(`payment_ref_ids takes 1 to ${MOST_REFERENCES} references with commas between them`);
    const found = wanted
      .map((ref) => book.tables[product === 'billpay' ? 'payment' : 'recharge'].find('paymentRefId', ref))
      .filter((row) => row !== undefined);
    return answer(book, ctx, { items: found.map((row) => paymentReport(book, row)), next_after: null });
  }
  const size = readNumber(limit, 'limit', 1, 1_000);
  const first = (after === '-1' ? -1 : readNumber(after, 'after', 0, 4_294_967_295)) + 1;
  const items = rows.slice(first, first + size).map((row) => paymentReport(book, row));
  return answer(book, ctx, {
    items,
    next_after: first + items.length < rows.length ? first + items.length - 1 : null,
  });
}

async function deposit({ book, lifecycle }: SetuControlDeps, ctx: Context): Promise<void> {
  const product = productOf(ctx);
  const body = await readBody(ctx, ['amount_paise', 'reference']);
  const { amount_paise: amount, reference = '' } = body;
  if (!isWhole(amount, 1, 1_000_000_000_000_000))
    throw invalid('amount_paise must be a whole number of paise above 0');
  if (typeof reference !== 'string' || reference.length > 100)
    throw invalid('reference must be a text of 100 characters at most');
  const amountPaise = paiseFromJson(amount);
  const hooks = product === 'recharge' && lifecycle.tells() ? [topupHook(book, amountPaise, reference)] : [];
  lifecycle.owe(book.deposit(product, amountPaise, reference, hooks));
  await answer(book, ctx, { balance_paise: paiseToJson(book.wallet(product).balancePaise) });
}

/** Ends a dispute that is open, in any status of the contract. */
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

function readScenario(body: Record<string, unknown>): Omit<ScenarioOrder, 'id'> {
  onlyKeys(body, ['match', 'scenario', 'times']);
  const { match, scenario, times = 1 } = body;
  if (typeof scenario !== 'string' || !isScenarioCode(scenario))
    throw invalid(`scenario must be one of ${Object.keys(SCENARIOS).join(', ')}`);
  if (!isWhole(times, 1, MOST_TIMES)) throw invalid(`times must be a whole number from 1 to ${MOST_TIMES}`);
  if (typeof match !== 'object' || match === null) throw invalid('match must be an object');
  const { ending, payment_ref_id: paymentRefId, any, ...others } = match as Record<string, unknown>;
  if (Object.keys(others).length > 0) throw invalid('match takes ending, payment_ref_id or any');
  if (ending !== undefined && (typeof ending !== 'string' || !/^[A-Za-z0-9._-]{1,4}$/.test(ending)))
    throw invalid('match.ending must be 1 to 4 characters');
  if (paymentRefId !== undefined && (typeof paymentRefId !== 'string' || paymentRefId.length > 40))
    throw invalid('match.payment_ref_id must be a text of 40 characters at most');
  if (any !== undefined && any !== true) throw invalid('match.any must be true');
  if ((any === true) === (ending !== undefined || paymentRefId !== undefined))
    throw invalid('match needs any, or ending and/or payment_ref_id');
  return { match: { accountEnding: ending, referenceId: paymentRefId }, scenario, left: times };
}

function readFault(product: Product, body: Record<string, unknown>): Omit<FaultOrder, 'id'> {
  onlyKeys(body, ['status', 'retry_after_s', 'times', 'path', 'method']);
  const {
    status,
    retry_after_s: retryAfterS = null,
    times = 1,
    path = `/setu-${product}/`,
    method = null,
  } = body;
  if (status !== 429 && status !== 500 && status !== 503) throw invalid('status must be 429, 500 or 503');
  if (retryAfterS !== null && !isWhole(retryAfterS, 0, 3_600))
    throw invalid('retry_after_s must be a whole number from 0 to 3600');
  if (!isWhole(times, 1, MOST_TIMES)) throw invalid(`times must be a whole number from 1 to ${MOST_TIMES}`);
  if (typeof path !== 'string' || !PREFIXES[product].test(path) || path.length > 200)
    throw invalid(`path must be the start of a path of ${product}`);
  if (method !== null && method !== 'GET' && method !== 'POST') throw invalid('method must be GET or POST');
  return { status, retryAfterS, path, method, left: times };
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
    (tokenLifeMs !== undefined && !isWhole(tokenLifeMs, 1, MOST_MS)) ||
    (coolOffMs !== undefined && !isWhole(coolOffMs, 0, MOST_MS))
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

const showScenario = ({ id, match, scenario, left }: ScenarioOrder) => ({
  id,
  match: { ending: match.accountEnding, payment_ref_id: match.referenceId },
  scenario,
  left,
});
const showFault = ({ id, status, retryAfterS, path, method, left }: FaultOrder) => ({
  id,
  status,
  retry_after_s: retryAfterS,
  path,
  method,
  left,
});
const showSettings = (s: SetuSettings) => ({
  token_life_ms: s.tokenLifeMs,
  cool_off_ms: s.coolOffMs,
  wallet_balance_on: s.walletBalanceOn,
  low_balance_paise: paiseToJson(s.lowBalancePaise),
});
