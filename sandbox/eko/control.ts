/**
 * Eko's part of the control API, under /__sandbox/eko: orders scenarios, faults and errors in the report,
 * shows OTPs and the book, changes settings.
 */
import { Router } from '@koa/router';
import type { Context } from 'koa';
import { paiseFromJson, paiseToJson } from '../../platform/money';
import { NONE } from '../book/lookup';
import { countsReport } from '../callbacks';
import {
  invalid,
  isWhole,
  onlyGiven,
  onlyKeys,
  readBody,
  readDepositPaise,
  readFaultStatus,
  readFaultTarget,
  readId,
  readListQuery,
  type FaultTarget,
  type MatchNames,
} from '../control-input';
import { addOrderRoutes } from '../order-routes';
import type { SendCounts } from '../webhooks';
import { slotOfReference } from './attempts';
import { REPORT_BREAKS, type EkoFaultOrder, type EkoSettings } from './eko-orders';
import { dayReport, summary, transactionReport } from './reports';
import { PREFIX, type EkoDeps } from './requests';
import { PLANS } from './scenarios';
import { isoDateTime, istDate } from './times';

const MAX_OTPS_SHOWN = 100;
const MAX_CLOCK_SHIFT_MS = 400 * 86_400_000;
const NAMES: MatchNames = { ending: 'account_ending', reference: 'reference_id' };
const FAULT_TARGET: FaultTarget = {
  defaultPath: PREFIX,
  isPath: (path) => path.startsWith(PREFIX),
  pathMessage: `path must be the start of a path under ${PREFIX}`,
  methods: ['GET', 'POST', 'PUT'],
};
const SPOILT_BODIES = ['garbage', 'oversized', 'empty', 'other_amount'] as const;

export function createEkoControl(deps: EkoDeps, sendCounts: () => SendCounts): Router {
  const { book, orders } = deps;
  const router = new Router({ prefix: '/__sandbox/eko' });
  router.get('/book/summary', async (ctx) => {
    await answer(deps, ctx, summary(book));
  });
  router.get('/book/transactions', (ctx) => listTransactions(deps, ctx));
  router.get('/reports/:file', (ctx) => report(deps, ctx));
  router.get('/webhooks', async (ctx) => {
    await answer(deps, ctx, countsReport(book.hooks, sendCounts()));
  });
  router.get('/otps', (ctx) => {
    ctx.body = { items: listOtps(deps, ctx) };
  });
  addOrderRoutes<EkoFaultOrder>(router, {
    prefix: '',
    names: NAMES,
    ordersOf: () => orders,
    explanation: () => ({
      table: Object.fromEntries(Object.entries(PLANS).map(([code, { summary }]) => [code, summary])),
    }),
    readFault: (_ctx, body) => readFault(body),
    showFault,
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
    ctx.body = showSettings(deps.ekoSettings);
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

async function listTransactions(deps: EkoDeps, ctx: Context): Promise<void> {
  const { book } = deps;
  const query = readListQuery(ctx, 'client_ref_ids');
  if (query.references !== undefined) {
    const slots = await Promise.all(query.references.map((reference) => slotOfReference(deps, reference)));
    const items = await Promise.all(
      slots.filter((slot) => slot !== NONE).map((slot) => transactionReport(book, slot)),
    );
    return answer(deps, ctx, { items, next_after: null });
  }
  const last = Math.min(book.transactions.count, query.first + query.limit);
  const items: Awaited<ReturnType<typeof transactionReport>>[] = [];
  for (let slot = query.first; slot < last; slot += 1) items.push(await transactionReport(book, slot));
  return answer(deps, ctx, { items, next_after: last < book.transactions.count ? last - 1 : null });
}

/** Serves `eko_txn_YYYYMMDD.csv`, the report of a day in India. */
async function report(deps: EkoDeps, ctx: Context): Promise<void> {
  const { file } = ctx.params as { file: string };
  const match = /^eko_txn_(\d{8})\.csv$/.exec(file);
  if (match === null) throw invalid('the reports are called eko_txn_YYYYMMDD.csv');
  const csv = await dayReport(deps.book, match[1]!, deps.orders.breaks());
  ctx.type = 'text/csv';
  await answer(deps, ctx, csv);
}

/** The latest hundred, newest first; `?mobile=` selects one customer. */
function listOtps({ book, ekoSettings }: EkoDeps, ctx: Context) {
  const { mobile } = ctx.query;
  return book.otps
    .recent(MAX_OTPS_SHOWN, typeof mobile === 'string' ? mobile : undefined)
    .map((challenge) => ({
      otp_ref_id: challenge.ref,
      purpose: challenge.purpose,
      mobile: challenge.mobile,
      otp: ekoSettings.otp ?? book.otps.digits(challenge),
      expires_at: isoDateTime(challenge.at + ekoSettings.otpTtlMs),
      is_used: challenge.used,
    }));
}

function readFault(body: Record<string, unknown>): Omit<EkoFaultOrder, 'id'> {
  onlyKeys(body, ['status', 'body', 'retry_after_s', 'times', 'path', 'method']);
  const { status, body: spoilt } = body;
  if ((status === undefined) === (spoilt === undefined)) throw invalid('a fault has a status or a body');
  const effect =
    status === undefined ? { body: readSpoiltBody(spoilt) } : { status: readFaultStatus(status) };
  return { ...effect, ...readFaultTarget(body, FAULT_TARGET) };
}

function readSpoiltBody(kind: unknown): (typeof SPOILT_BODIES)[number] {
  const known = SPOILT_BODIES.find((body) => body === kind);
  if (known === undefined) throw invalid('body must be garbage, oversized, empty or other_amount');
  return known;
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
  const known = REPORT_BREAKS.find((one) => one === kind);
  if (known === undefined) throw invalid(`break must be one of ${REPORT_BREAKS.join(', ')}`);
  return { clientRefId, break: known };
}

async function changeSettings(deps: EkoDeps, ctx: Context): Promise<void> {
  const changed = readSettings(
    await readBody(ctx, [
      'otp',
      'otp_ttl_ms',
      'clock_shift_ms',
      'recipient_limit_paise',
      'withdrawal_otp_above_paise',
    ]),
  );
  deps.book.changeSettings(changed);
  Object.assign(deps.ekoSettings, changed);
  await answer(deps, ctx, showSettings(deps.ekoSettings));
}

function readSettings({
  otp,
  otp_ttl_ms: otpTtlMs,
  clock_shift_ms: clockShiftMs,
  recipient_limit_paise: limit,
  withdrawal_otp_above_paise: otpAbove,
}: Record<string, unknown>): Partial<EkoSettings> {
  if (otp !== undefined && otp !== null && (typeof otp !== 'string' || !/^\d{4,8}$/.test(otp)))
    throw invalid('otp must be 4 to 8 digits, or null');
  if (otpTtlMs !== undefined && !isWhole(otpTtlMs, 0, 86_400_000))
    throw invalid('otp_ttl_ms must be a whole number from 0 to 86400000');
  if (clockShiftMs !== undefined && !isWhole(clockShiftMs, -MAX_CLOCK_SHIFT_MS, MAX_CLOCK_SHIFT_MS))
    throw invalid('clock_shift_ms must be a whole number of at most 400 days');
  if (limit !== undefined && !isWhole(limit, 1, 1_000_000_000_000))
    throw invalid('recipient_limit_paise must be a whole number of paise above 0');
  if (otpAbove !== undefined && !isWhole(otpAbove, 0, 1_000_000_000_000))
    throw invalid('withdrawal_otp_above_paise must be a whole number of paise');
  return onlyGiven<EkoSettings>({
    otp,
    otpTtlMs,
    clockShiftMs,
    recipientLimitPaise: limit === undefined ? undefined : paiseFromJson(limit),
    withdrawalOtpAbovePaise: otpAbove === undefined ? undefined : paiseFromJson(otpAbove),
  });
}

const showSettings = (settings: EkoSettings) => ({
  otp: settings.otp,
  otp_ttl_ms: settings.otpTtlMs,
  clock_shift_ms: settings.clockShiftMs,
  recipient_limit_paise: paiseToJson(settings.recipientLimitPaise),
  withdrawal_otp_above_paise: paiseToJson(settings.withdrawalOtpAbovePaise),
});

async function deposit(deps: EkoDeps, ctx: Context): Promise<void> {
  const body = await readBody(ctx, ['amount_paise']);
  deps.book.deposit(readDepositPaise(body.amount_paise));
  await answer(deps, ctx, { balance_paise: paiseToJson(deps.book.money.balancePaise) });
}

/**
 * Adds an agent with a given code. `aeps: "ready"` also activates AEPS, completes eKYC and does today's daily
 * KYC. Repeating it renews the daily KYC.
 */
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
