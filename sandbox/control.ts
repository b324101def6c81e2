/**
 * The sandbox's own API under /__sandbox, for tests, demos and benches: order scenarios and faults, change settings, and read the book.
 * Loopback only and without credentials. Errors: `{error: {code, message}}`.
 */
import { Router } from '@koa/router';
import type { Context, Next } from 'koa';
import getRawBody from 'raw-body';
import { paiseFromJson, paiseToJson } from '../platform/money';
import { TooManyOrders, type FaultOrder, type Orders, type ScenarioOrder, type Settings } from './orders';
import type { Book } from './razorpayx/book';
import type { Lifecycle } from './razorpayx/lifecycle';
import { payoutReport, summary, webhookReport } from './razorpayx/reports';
import { isScenarioCode, SCENARIOS } from './scenarios';
import type { WebhookSender } from './webhooks';

const BODY_LIMIT_BYTES = 64 * 1_024;
const MOST_REFERENCES = 200;
export const MOST_TIMES = 1_000_000;
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

export interface ControlDeps {
  book: Book;
  lifecycle: Lifecycle;
  orders: Orders;
  webhooks: WebhookSender;
}

class ControlError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export const invalid = (message: string): ControlError => new ControlError(400, 'INVALID', message);

/** Refuses whoever is not on this machine, and words the errors. */
export async function controlGuard(ctx: Context, next: Next): Promise<void> {
  try {
    if (!LOOPBACK.test(ctx.req.socket.remoteAddress ?? ''))
      throw new ControlError(403, 'FORBIDDEN', 'loopback only');
    await next();
    if (ctx.status === 404) throw new ControlError(404, 'NOT_FOUND', 'there is nothing at this path');
  } catch (error) {
    const known =
      error instanceof ControlError
        ? error
        : error instanceof TooManyOrders
          ? new ControlError(409, 'TOO_MANY', error.message)
          : undefined;
    if (known === undefined) throw error;
    ctx.status = known.status;
    ctx.body = { error: { code: known.code, message: known.message } };
  }
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
    await answer(book, ctx, webhookReport(book, deps.webhooks.counts()));
  });
  router.get('/scenarios', (ctx) => {
    ctx.body = {
      table: Object.fromEntries(Object.entries(SCENARIOS).map(([code, s]) => [code, s.summary])),
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
  router.get('/settings', (ctx) => {
    ctx.body = showSettings(orders);
  });
  router.post('/settings', (ctx) => changeSettings(deps, ctx));
  router.post('/deposits', (ctx) => deposit(deps, ctx));
  return router;
}

async function answer(book: Book, ctx: Context, body: unknown): Promise<void> {
  await book.flushed();
  ctx.body = body;
}

/** `?reference_ids=a,b,c` (200 at most), or a page in booking order: `?limit=1..1000&after=<next_after of the page before>`. */
async function listPayouts(book: Book, ctx: Context): Promise<void> {
  const { reference_ids: references, limit = '100', after = '-1', ...others } = ctx.query;
  if (Object.keys(others).length > 0) throw invalid('the parameters are reference_ids, or limit and after');
  if (references !== undefined) {
    const wanted =
      typeof references === 'string' ? [...new Set(references.split(',').filter((r) => r !== ''))] : [];
    if (wanted.length === 0 || wanted.length > MOST_REFERENCES)
      throw invalid(`reference_ids takes 1 to ${MOST_REFERENCES} references with commas between them`);
    const slots = await Promise.all(
      wanted.map((reference) => book.payouts.slotsByReference(reference, () => true, 1_000)),
    );
    const items = await Promise.all(slots.flat().map((slot) => payoutReport(book, slot)));
    return answer(book, ctx, { items, next_after: null });
  }
  const size = readNumber(limit, 'limit', 1, 1_000);
  const first = (after === '-1' ? -1 : readNumber(after, 'after', 0, 4_294_967_295)) + 1;
  const last = Math.min(book.payouts.count, first + size);
  const items: Awaited<ReturnType<typeof payoutReport>>[] = [];
  for (let slot = first; slot < last; slot += 1) items.push(await payoutReport(book, slot));
  return answer(book, ctx, { items, next_after: last < book.payouts.count ? last - 1 : null });
}

async function deposit({ book, lifecycle }: ControlDeps, ctx: Context): Promise<void> {
  const body = await readBody(ctx, ['amount_paise']);
  if (!isWhole(body.amount_paise, 1, 1_000_000_000_000_000))
    throw invalid('amount_paise must be a whole number of paise above 0');
  book.deposit(paiseFromJson(body.amount_paise));
  lifecycle.releaseQueued();
  await answer(book, ctx, { balance_paise: paiseToJson(book.statement.balancePaise) });
}

export function readScenario(body: Record<string, unknown>): Omit<ScenarioOrder, 'id'> {
  onlyKeys(body, ['match', 'scenario', 'times']);
  const { match, scenario, times = 1 } = body;
  if (typeof scenario !== 'string' || !isScenarioCode(scenario))
    throw invalid(`scenario must be one of ${Object.keys(SCENARIOS).join(', ')}`);
  if (!isWhole(times, 1, MOST_TIMES)) throw invalid(`times must be a whole number from 1 to ${MOST_TIMES}`);
  if (typeof match !== 'object' || match === null) throw invalid('match must be an object');
  const {
    account_ending: accountEnding,
    reference_id: referenceId,
    any,
    ...others
  } = match as Record<string, unknown>;
  if (Object.keys(others).length > 0) throw invalid('match takes account_ending, reference_id or any');
  if (
    accountEnding !== undefined &&
    (typeof accountEnding !== 'string' || !/^[A-Za-z0-9._-]{1,4}$/.test(accountEnding))
  )
    throw invalid('match.account_ending must be 1 to 4 characters');
  if (referenceId !== undefined && (typeof referenceId !== 'string' || referenceId.length > 40))
    throw invalid('match.reference_id must be a text of 40 characters at most');
  if (any !== undefined && any !== true) throw invalid('match.any must be true');
  if ((any === true) === (accountEnding !== undefined || referenceId !== undefined))
    throw invalid('match needs any, or account_ending and/or reference_id');
  return { match: { accountEnding, referenceId }, scenario, left: times };
}

function readFault(body: Record<string, unknown>): Omit<FaultOrder, 'id'> {
  onlyKeys(body, ['status', 'retry_after_s', 'times', 'path', 'method']);
  const { status, retry_after_s: retryAfterS = null, times = 1, path = '/v1', method = null } = body;
  if (status !== 429 && status !== 500 && status !== 503) throw invalid('status must be 429, 500 or 503');
  if (retryAfterS !== null && !isWhole(retryAfterS, 0, 3_600))
    throw invalid('retry_after_s must be a whole number from 0 to 3600');
  if (!isWhole(times, 1, MOST_TIMES)) throw invalid(`times must be a whole number from 1 to ${MOST_TIMES}`);
  if (typeof path !== 'string' || !path.startsWith('/v1') || path.length > 200)
    throw invalid('path must be the start of a path under /v1');
  if (method !== null && method !== 'GET' && method !== 'POST') throw invalid('method must be GET or POST');
  return { status, retryAfterS, path, method, left: times };
}

/** Only what is given changes, and only that is written into the book: the rest stays with the environment. */
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

/** Without the fields that are undefined, so that they overwrite nothing. */
export function onlyGiven<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

export const showScenario = ({ id, match, scenario, left }: ScenarioOrder) => ({
  id,
  match: { account_ending: match.accountEnding, reference_id: match.referenceId },
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
const showSettings = ({ settings }: Orders) => ({
  delay_ms: settings.delayMs,
  slow_ms: settings.slowMs,
  callbacks_on: settings.callbacksOn,
});

export async function readBody(ctx: Context, keys?: readonly string[]): Promise<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(await getRawBody(ctx.req, { limit: BODY_LIMIT_BYTES, encoding: 'utf8' }));
  } catch {
    throw invalid('the body must be a JSON object of 64 kB at most');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('the body must be a JSON object');
  if (keys !== undefined) onlyKeys(value as Record<string, unknown>, keys);
  return value as Record<string, unknown>;
}

export function onlyKeys(body: Record<string, unknown>, keys: readonly string[]): void {
  if (Object.keys(body).some((key) => !keys.includes(key)))
    throw invalid(`the fields are ${keys.join(', ')}`);
}

export function readId(ctx: Context): number | undefined {
  const { id } = ctx.params as { id?: string };
  return id === undefined ? undefined : readNumber(id, 'id', 1, 1_000_000_000);
}

export function readNumber(
  text: string | string[] | undefined,
  name: string,
  min: number,
  max: number,
): number {
  const value = typeof text === 'string' && /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (value < min || value > max) throw invalid(`${name} must be a whole number from ${min} to ${max}`);
  return value;
}

export const isWhole = (value: unknown, min: number, max: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
