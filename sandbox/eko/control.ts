/** Eko's part of the control API, under /__sandbox/eko: order scenarios, faults and breaks of the report, see OTPs, change settings, read the book. */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import { paiseFromJson, paiseToJson } from '../../platform/money';
import { NONE } from '../book/lookup';
import {
  invalid,
  isWhole,
  MOST_TIMES,
  onlyGiven,
  onlyKeys,
  readBody,
  readId,
  readNumber,
  readScenario,
  showScenario,
} from '../control';
import { slotOfReference } from './attempts';
import type { Callbacks } from './callbacks';
import type { EkoFaultOrder, EkoSettings } from './eko-orders';
import { dayReport, summary, transactionReport, webhookReport } from './reports';
import { PREFIX, type EkoDeps } from './requests';
import { PLANS } from './scenarios';
import { isoDateTime, istDate } from './times';

const MOST_REFERENCES = 200;
const MOST_OTPS = 100;
const LONGEST_MS = 400 * 86_400_000;

export function createEkoControl(deps: EkoDeps, callbacks: Callbacks): Router {
  const { book, orders } = deps;
  const router = new Router({ prefix: '/__sandbox/eko' });
  router.get('/book/summary', async (ctx) => {
    await answer(deps, ctx, summary(book));
  });
  router.get('/book/transactions', (ctx) => listTransactions(deps, ctx));
  router.get('/reports/:file', (ctx) => report(deps, ctx));
  router.get('/webhooks', async (ctx) => {
    await answer(deps, ctx, webhookReport(book, callbacks.sender.counts()));
  });
  router.get('/otps', (ctx) => {
    ctx.body = { items: listOtps(deps, ctx) };
  });
  router.get('/scenarios', (ctx) => {
    ctx.body = {
      table: Object.fromEntries(Object.entries(PLANS).map(([code, p]) => [code, p.summary])),
      orders: orders.scenarios().map(showScenario),
    };
  });
  router.post('/scenarios', async (ctx) => {
    ctx.status = 201;
    ctx.body = showScenario(orders.addScenario(readScenario(await readBody(ctx))));
  });
  router.delete(['/scenarios', '/scenarios/:id'], (ctx) => {
    ctx.body = { removed: orders.removeScenarios(readId(ctx)) };
  });
  router.get('/faults', (ctx) => {
    ctx.body = { orders: orders.faults().map(showFault) };
  });
  router.post('/faults', async (ctx) => {
    ctx.status = 201;
    ctx.body = showFault(orders.addFault(readFault(await readBody(ctx))));
  });
  router.delete(['/faults', '/faults/:id'], (ctx) => {
    ctx.body = { removed: orders.removeFaults(readId(ctx)) };
  });
  router.get('/report-breaks', (ctx) => {
    ctx.body = { orders: orders.breaks() };
  });
  router.post('/report-breaks', async (ctx) => {
    ctx.status = 201;
    ctx.body = orders.addBreak(readBreak(await readBody(ctx)));
  });
  router.delete(['/report-breaks', '/report-breaks/:id'], (ctx) => {
    ctx.body = { removed: orders.removeBreaks(readId(ctx)) };
  });
  router.get('/settings', (ctx) => {
    ctx.body = showSettings(deps.own);
  });
  router.post('/settings', (ctx) => changeSettings(deps, ctx));
  router.post('/deposits', (ctx) => deposit(deps, ctx));
  router.post('/agents', (ctx) => addAgent(deps, ctx));
  return router;
}

async function answer({ book }: EkoDeps, ctx: Context, body: unknown): Promise<void> {
  await book.flushed();
  ctx.body = body;
}

/** `?client_ref_ids=a,b,c` (200 at most), or a page in booking order: `?limit=1..1000&after=<next_after of the page before>`. */
async function listTransactions(deps: EkoDeps, ctx: Context): Promise<void> {
  const { book } = deps;
  const { client_ref_ids: references, limit = '100', after = '-1', ...others } = ctx.query;
  if (Object.keys(others).length > 0) throw invalid('the parameters are client_ref_ids, or limit and after');
  if (references !== undefined) {
    const wanted =
      typeof references === 'string' ? [...new Set(references.split(',').filter((r) => r !== ''))] : [];
    if (wanted.length === 0 || wanted.length > MOST_REFERENCES)
      throw invalid(`client_ref_ids takes 1 to ${MOST_REFERENCES} references with commas between them`);
    const slots = await Promise.all(wanted.map((reference) => slotOfReference(deps, reference)));
    const items = await Promise.all(
      slots.filter((slot) => slot !== NONE).map((slot) => transactionReport(book, slot)),
    );
    return answer(deps, ctx, { items, next_after: null });
  }
  const first = (after === '-1' ? -1 : readNumber(after, 'after', 0, 4_294_967_295)) + 1;
  const last = Math.min(book.transactions.count, first + readNumber(limit, 'limit', 1, 1_000));
  const items: Awaited<ReturnType<typeof transactionReport>>[] = [];
  for (let slot = first; slot < last; slot += 1) items.push(await transactionReport(book, slot));
  return answer(deps, ctx, { items, next_after: last < book.transactions.count ? last - 1 : null });
}

/** `eko_txn_YYYYMMDD.csv`, the day in India. */
async function report(deps: EkoDeps, ctx: Context): Promise<void> {
  const { file } = ctx.params as { file: string };
  const match = /^eko_txn_(\d{8})\.csv$/.exec(file);
  if (match === null) throw invalid('the reports are called eko_txn_YYYYMMDD.csv');
  const csv = await dayReport(deps.book, match[1]!, deps.orders.breaks());
  ctx.type = 'text/csv';
  await answer(deps, ctx, csv);
}

/** The latest hundred, newest first; `?mobile=` for one customer. */
function listOtps({ book, own }: EkoDeps, ctx: Context) {
  const { mobile } = ctx.query;
  return book.otps.recent(MOST_OTPS, typeof mobile === 'string' ? mobile : undefined).map((challenge) => ({
    otp_ref_id: challenge.ref,
    purpose: challenge.purpose,
    mobile: challenge.mobile,
    otp: own.otp ?? book.otps.digits(challenge),
    expires_at: isoDateTime(challenge.at + own.otpTtlMs),
    is_used: challenge.used,
  }));
}

function readFault(body: Record<string, unknown>): Omit<EkoFaultOrder, 'id'> {
  onlyKeys(body, ['status', 'body', 'retry_after_s', 'times', 'path', 'method']);
  const {
    status,
    body: spoilt,
    retry_after_s: retryAfterS = null,
    times = 1,
    path = PREFIX,
    method = null,
  } = body;
  if ((status === undefined) === (spoilt === undefined)) throw invalid('a fault has a status or a body');
  if (status !== undefined && status !== 429 && status !== 500 && status !== 503)
    throw invalid('status must be 429, 500 or 503');
  if (
    spoilt !== undefined &&
    spoilt !== 'garbage' &&
    spoilt !== 'oversized' &&
    spoilt !== 'empty' &&
    spoilt !== 'other_amount'
  )
    throw invalid('body must be garbage, oversized, empty or other_amount');
  if (retryAfterS !== null && !isWhole(retryAfterS, 0, 3_600))
    throw invalid('retry_after_s must be a whole number from 0 to 3600');
  if (!isWhole(times, 1, MOST_TIMES)) throw invalid(`times must be a whole number from 1 to ${MOST_TIMES}`);
  if (typeof path !== 'string' || !path.startsWith(PREFIX) || path.length > 200)
    throw invalid(`path must be the start of a path under ${PREFIX}`);
  if (method !== null && method !== 'GET' && method !== 'POST' && method !== 'PUT')
    throw invalid('method must be GET, POST or PUT');
  return {
    ...(status === undefined ? {} : { status }),
    ...(spoilt === undefined ? {} : { body: spoilt }),
    retryAfterS,
    path,
    method,
    left: times,
  };
}

const showFault = ({ id, status, body, retryAfterS, path, method, left }: EkoFaultOrder) => ({
  id,
  status,
  body,
  retry_after_s: retryAfterS,
  path,
  method,
  left,
});

function readBreak(body: Record<string, unknown>) {
  onlyKeys(body, ['client_ref_id', 'break']);
  const { client_ref_id: clientRefId, break: kind } = body;
  if (typeof clientRefId !== 'string' || clientRefId.length > 20)
    throw invalid('client_ref_id must be a text of 20 characters at most');
  if (kind !== 'missing' && kind !== 'amount' && kind !== 'status')
    throw invalid('break must be missing, amount or status');
  return { clientRefId, break: kind } as const;
}

async function changeSettings(deps: EkoDeps, ctx: Context): Promise<void> {
  const changed = readSettings(
    await readBody(ctx, ['otp', 'otp_ttl_ms', 'clock_shift_ms', 'recipient_limit_paise']),
  );
  deps.book.changeSettings(changed);
  Object.assign(deps.own, changed);
  await answer(deps, ctx, showSettings(deps.own));
}

function readSettings({
  otp,
  otp_ttl_ms: otpTtlMs,
  clock_shift_ms: clockShiftMs,
  recipient_limit_paise: limit,
}: Record<string, unknown>): Partial<EkoSettings> {
  if (otp !== undefined && otp !== null && (typeof otp !== 'string' || !/^\d{4,8}$/.test(otp)))
    throw invalid('otp must be 4 to 8 digits, or null');
  if (otpTtlMs !== undefined && !isWhole(otpTtlMs, 0, 86_400_000))
    throw invalid('otp_ttl_ms must be a whole number from 0 to 86400000');
  if (clockShiftMs !== undefined && !isWhole(clockShiftMs, -LONGEST_MS, LONGEST_MS))
    throw invalid('clock_shift_ms must be a whole number of at most 400 days');
  if (limit !== undefined && !isWhole(limit, 1, 1_000_000_000_000))
    throw invalid('recipient_limit_paise must be a whole number of paise above 0');
  return onlyGiven<EkoSettings>({
    otp,
    otpTtlMs,
    clockShiftMs,
    recipientLimitPaise: limit === undefined ? undefined : paiseFromJson(limit),
  });
}

const showSettings = ({ otp, otpTtlMs, clockShiftMs, recipientLimitPaise }: EkoSettings) => ({
  otp,
  otp_ttl_ms: otpTtlMs,
  clock_shift_ms: clockShiftMs,
  recipient_limit_paise: paiseToJson(recipientLimitPaise),
});

async function deposit(deps: EkoDeps, ctx: Context): Promise<void> {
  const body = await readBody(ctx, ['amount_paise']);
  if (!isWhole(body.amount_paise, 1, 1_000_000_000_000_000))
    throw invalid('amount_paise must be a whole number of paise above 0');
  deps.book.deposit(paiseFromJson(body.amount_paise));
  await answer(deps, ctx, { balance_paise: paiseToJson(deps.book.money.balancePaise) });
}

/** An agent with a code of our choice; `aeps: "ready"` has AEPS active, eKYC done and the daily KYC of today. The same again only renews the latter. */
async function addAgent(deps: EkoDeps, ctx: Context): Promise<void> {
  const { user_code: user, aeps } = await readBody(ctx, ['user_code', 'aeps']);
  if (typeof user !== 'string' || !/^\d{4,15}$/.test(user)) throw invalid('user_code must be 4 to 15 digits');
  if (aeps !== undefined && aeps !== 'ready') throw invalid('aeps must be "ready"');
  if (!deps.book.parties.agents.has(user))
    deps.book.party({ t: 'agent', user, mobile: '', shop: `Shop ${user}` });
  if (aeps === 'ready')
    deps.book.party({ t: 'aeps_agent', user, stage: 'kyc_done', daily: istDate(deps.nowMs()) });
  const { daily } = deps.book.parties.agents.get(user)!;
  ctx.status = 201;
  await answer(deps, ctx, {
    user_code: user,
    aeps: deps.book.parties.agents.get(user)!.aeps,
    daily_kyc: daily,
  });
}
