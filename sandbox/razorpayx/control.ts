/** RazorpayX's part of the control API, with `/health` and `/settings`, which concern the whole sandbox. */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import { paiseToJson } from '../../platform/money';
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
import type { Orders, Settings } from '../orders';
import { SCENARIO_SUMMARIES } from '../scenarios';
import type { SendCounts } from '../webhooks';
import { addAccountRoutes } from './account-routes';
import type { Book } from './book';
import { createReportBreaks, dayReport, REPORT_BREAKS } from './day-report';
import type { Lifecycle } from './lifecycle';
import { payoutReport, summary, webhookReport } from './reports';

const NAMES: MatchNames = { ending: 'account_ending', reference: 'reference_id' };
const FAULT_TARGET: FaultTarget = {
  defaultPath: '/v1',
  isPath: (path) => path.startsWith('/v1'),
  pathMessage: 'path must be the start of a path under /v1',
  methods: ['GET', 'POST', 'PATCH'],
  refuses: true,
};

export interface ControlDeps {
  book: Book;
  lifecycle: Lifecycle;
  orders: Orders;
  sendCounts: () => SendCounts;
}

export function createControlRouter(deps: ControlDeps): Router {
  const { book, orders } = deps;
  const router = new Router({ prefix: '/__sandbox' });
  router.get('/health', (ctx) => {
    ctx.body = { status: 'ok' };
  });
  router.get('/book/summary', async (ctx) => {
    await answer(book, ctx, summary(book));
  });
  router.get('/book/payouts', (ctx) => listPayouts(book, ctx));
  router.get('/webhooks', async (ctx) => {
    await answer(book, ctx, webhookReport(book, deps.sendCounts()));
  });
  addOrderRoutes(router, {
    prefix: '',
    names: NAMES,
    ordersOf: () => orders,
    explanation: () => ({ table: SCENARIO_SUMMARIES }),
    readFault: (_ctx, body) => readFault(body, FAULT_TARGET),
    showFault,
  });
  router.get('/settings', (ctx) => {
    ctx.body = showSettings(orders);
  });
  router.post('/settings', (ctx) => changeSettings(deps, ctx));
  router.post('/deposits', (ctx) => deposit(deps, ctx));
  addReportRoutes(router, book);
  addAccountRoutes(router, deps);
  return router;
}

function addReportRoutes(router: Router, book: Book): void {
  const breaks = createReportBreaks();
  router.get('/reports/:file', async (ctx) => {
    const { file } = ctx.params as { file: string };
    const day = /^razorpayx_(\d{8})\.jsonl$/.exec(file)?.[1];
    const text = day === undefined ? undefined : await dayReport(book, day, breaks.all());
    if (text === undefined) throw invalid('the reports are called razorpayx_YYYYMMDD.jsonl');
    ctx.type = 'application/jsonl';
    await answer(book, ctx, text);
  });
  router.get('/report-breaks', (ctx) => {
    ctx.body = { items: breaks.all().map(({ payoutId, kind }) => ({ payout_id: payoutId, kind })) };
  });
  router.post('/report-breaks', async (ctx) => {
    const { payout_id: payoutId, kind } = await readBody(ctx, ['payout_id', 'kind']);
    const known = REPORT_BREAKS.find((one) => one === kind);
    if (typeof payoutId !== 'string' || !/^pout_\w{1,40}$/.test(payoutId))
      throw invalid('payout_id must be one of a payout');
    if (known === undefined) throw invalid(`kind must be one of ${REPORT_BREAKS.join(', ')}`);
    breaks.add({ payoutId, kind: known });
    ctx.status = 201;
    ctx.body = { payout_id: payoutId, kind: known };
  });
  router.delete('/report-breaks', (ctx) => {
    ctx.body = { removed: breaks.clear() };
  });
}

async function answer(book: Book, ctx: Context, body: unknown): Promise<void> {
  await book.flushed();
  ctx.body = body;
}

async function listPayouts(book: Book, ctx: Context): Promise<void> {
  const query = readListQuery(ctx, 'reference_ids');
  if (query.references !== undefined) {
    const slots = await Promise.all(
      query.references.map((reference) => book.payouts.slotsByReference(reference, () => true, 1_000)),
    );
    const items = await Promise.all(slots.flat().map((slot) => payoutReport(book, slot)));
    return answer(book, ctx, { items, next_after: null });
  }
  const last = Math.min(book.payouts.count, query.first + query.limit);
  const items: Awaited<ReturnType<typeof payoutReport>>[] = [];
  for (let slot = query.first; slot < last; slot += 1) items.push(await payoutReport(book, slot));
  return answer(book, ctx, { items, next_after: last < book.payouts.count ? last - 1 : null });
}

async function deposit({ book, lifecycle }: ControlDeps, ctx: Context): Promise<void> {
  const body = await readBody(ctx, ['amount_paise']);
  book.deposit(readDepositPaise(body.amount_paise));
  lifecycle.releaseQueued();
  await answer(book, ctx, { balance_paise: paiseToJson(book.statement.balancePaise) });
}

/** Changes the given settings and notes them in the book. The others stay as the environment has them. */
async function changeSettings({ book, orders }: ControlDeps, ctx: Context): Promise<void> {
  const changed = readSettings(await readBody(ctx, ['delay_ms', 'slow_ms', 'callbacks_on']));
  book.changeSettings(changed);
  Object.assign(orders.settings, changed);
  await answer(book, ctx, showSettings(orders));
}

function readSettings({
  delay_ms: delayMs,
  slow_ms: slowMs,
  callbacks_on: callbacksOn,
}: Record<string, unknown>): Partial<Settings> {
  if (
    (delayMs !== undefined && !isWhole(delayMs, 0, 86_400_000)) ||
    (slowMs !== undefined && !isWhole(slowMs, 0, 86_400_000))
  )
    throw invalid('delay_ms and slow_ms must be whole numbers from 0 to 86400000');
  if (callbacksOn !== undefined && typeof callbacksOn !== 'boolean')
    throw invalid('callbacks_on must be true or false');
  return onlyGiven<Settings>({ delayMs, slowMs, callbacksOn });
}

const showSettings = ({ settings }: Orders) => ({
  delay_ms: settings.delayMs,
  slow_ms: settings.slowMs,
  callbacks_on: settings.callbacksOn,
});
