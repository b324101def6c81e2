/**
 * Turns an HTTP request into the parameters of a handler, and its reply into an answer. Everything under
 * /ekoapi/v3 passes the guard first: load limit, signature, ordered faults, and errors in Eko's format. An
 * answer is sent only once everything it states is on disk.
 */
import { Router } from '@koa/router';
import type { Context, Next } from 'koa';
import getRawBody from 'raw-body';
import type { Log } from '../../platform/logger';
import type { HeldAnswers } from '../held-answers';
import type { Settings } from '../orders';
import {
  bodyTooLarge,
  EkoRefusal,
  NO_ANSWER,
  serverError,
  tooManyRequests,
  unknownInitiator,
  unknownUser,
  unreadableBody,
  urlNotFound,
  wrongContentType,
  wrongMethod,
  type Reply,
} from './answers';
import { checkSignature } from './auth';
import type { EkoBook } from './book';
import type { EkoOrders, EkoSettings } from './eko-orders';
import { createFields, type Fields } from './fields';
import type { Hook } from './hooks';
import type { Lifecycle } from './lifecycle';

export const PREFIX = '/ekoapi/v3';
const BODY_LIMIT_BYTES = 256 * 1_024; // a PID block has some tens of kilobytes
const UPLOAD_LIMIT_BYTES = 8 * 1_024 * 1_024;
const MAX_IN_FLIGHT = 2_000;
const OVERSIZED_BYTES = 8 * 1_024 * 1_024;

export interface EkoDeps {
  book: EkoBook;
  lifecycle: Lifecycle;
  owe: (hooks: readonly Hook[]) => void;
  orders: EkoOrders;
  ekoSettings: EkoSettings;
  settings: Settings;
  held: HeldAnswers;
  log: Log;
  account: { developerKey: string; accessKey: string };
  /** Eko's clock, with the shift that was ordered. */
  nowMs: () => number;
}

/** The parameters of path, query and body, and the agent that the request names. */
export interface EkoRequest {
  fields: Fields;
  userCode: string | null;
}
export type Handler = (deps: EkoDeps, request: EkoRequest) => Reply | Promise<Reply>;

export interface Endpoint {
  method: 'get' | 'post' | 'put';
  path: string;
  handler: Handler;
  /** True when the contract asks for `user_code`. */
  needsAgent?: boolean;
  /** The body is multipart/form-data: a plain text field named `form-data` that holds JSON, and files. */
  isUpload?: boolean;
}

export function createEkoRouter(deps: EkoDeps, endpoints: readonly Endpoint[]): Router {
  const router = new Router({ prefix: PREFIX });
  for (const endpoint of endpoints)
    router[endpoint.method](endpoint.path, (ctx) => serve(deps, endpoint, ctx));
  return router;
}

async function serve(
  deps: EkoDeps,
  { path, handler, needsAgent = false, isUpload = false }: Endpoint,
  ctx: Context,
): Promise<void> {
  ctx.state.endpoint = path;
  const given = ctx.method === 'GET' ? ctx.query : await (isUpload ? readUpload(ctx) : readJson(ctx));
  const fields = createFields({ ...given, ...(ctx.params as Record<string, string>) });
  const initiator = fields.has('initiator_id') ? fields.text('initiator_id', /^\d{1,15}$/) : '';
  if (initiator !== deps.book.initiator) throw unknownInitiator(initiator);
  const reply = await handler(deps, { fields, userCode: readAgent(deps, fields, needsAgent) });
  await deps.book.flushed();
  if (reply === NO_ANSWER) return deps.held.hold(ctx);
  if (deps.settings.delayMs > 0 && ctx.method !== 'GET')
    await new Promise((resolve) => {
      setTimeout(resolve, deps.settings.delayMs);
    });
  ctx.body = reply;
}

/**
 * The agent of a request, who must exist. The activation reads its agent itself: its answer to an unknown one
 * differs.
 */
function readAgent({ book }: EkoDeps, fields: Fields, isNeeded: boolean): string | null {
  const userCode = isNeeded
    ? fields.text('user_code', /^\d{4,15}$/)
    : fields.optional('user_code', /^\d{4,15}$/);
  if (userCode !== null && !book.parties.agents.has(userCode)) throw unknownUser();
  return userCode;
}

async function readRaw(ctx: Context, limit: number): Promise<Buffer> {
  try {
    return await getRawBody(ctx.req, { length: ctx.req.headers['content-length'] ?? null, limit });
  } catch (error) {
    throw (error as { status?: number }).status === 413 ? bodyTooLarge() : unreadableBody();
  }
}

async function readJson(ctx: Context): Promise<Record<string, unknown>> {
  if (ctx.is('application/json') !== 'application/json') throw wrongContentType();
  return asObject((await readRaw(ctx, BODY_LIMIT_BYTES)).toString('utf8'));
}

/** Returns what the text field says and the size of each file. The files are dropped. */
async function readUpload(ctx: Context): Promise<Record<string, unknown>> {
  if (ctx.is('multipart/form-data') !== 'multipart/form-data') throw wrongContentType();
  const raw = await readRaw(ctx, UPLOAD_LIMIT_BYTES);
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(raw), {
      headers: { 'content-type': ctx.get('content-type') },
    }).formData();
  } catch {
    throw unreadableBody();
  }
  const json = form.get('form-data');
  if (typeof json !== 'string' || isObjectPart(raw)) throw wrongContentType();
  const values = asObject(json);
  for (const [name, part] of form)
    if (name !== 'form-data' && typeof part !== 'string') values[name] = part.size;
  return values;
}

/**
 * An object part, one with a content type of its own, is what Eko does not document. No sample shows the answer
 * to one: 415 is "wrong `Content-Type` header".
 */
function isObjectPart(raw: Buffer): boolean {
  const text = raw.toString('latin1');
  const at = text.search(/name="form-data"/);
  return /\r\ncontent-type:/i.test(text.slice(at, text.indexOf('\r\n\r\n', at)));
}

function asObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadableBody();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadableBody();
  return { ...value };
}

/**
 * Checks the signature, applies faults and shapes errors. A fault with a status has no effect; one with a
 * body spoils the answer of a request that had its effect.
 */
export function createEkoGuard(
  deps: EkoDeps,
  endpoints: readonly Endpoint[],
): (ctx: Context, next: Next) => Promise<void> {
  const { orders, log, account } = deps;
  const known = endpoints.map(({ path }) => new RegExp(`^${PREFIX}${path.replaceAll(/:\w+/g, '[^/]+')}/?$`));
  let inFlight = 0;

  async function pass(ctx: Context, next: Next): Promise<void> {
    checkSignature(ctx, account, deps.nowMs());
    const fault = orders.takeFault({ method: ctx.method, path: ctx.path });
    if (fault?.status === 429) throw tooManyRequests(fault.retryAfterS ?? undefined);
    if (fault?.status !== undefined) throw serverError(fault.status, fault.retryAfterS ?? undefined);
    await next();
    if (ctx.respond === false) return;
    if (ctx.status === 404) throw known.some((path) => path.test(ctx.path)) ? wrongMethod() : urlNotFound();
    if (fault?.body !== undefined) spoil(ctx, fault.body);
  }

  return async (ctx, next) => {
    inFlight += 1;
    ctx.set('Date', new Date(deps.nowMs()).toUTCString()); // the same clock that judges the timestamp
    try {
      if (inFlight > MAX_IN_FLIGHT) throw tooManyRequests(1);
      await pass(ctx, next);
    } catch (error) {
      if (!(error instanceof EkoRefusal))
        // the path may contain a mobile number
        log.error({ err: error, endpoint: ctx.state.endpoint }, 'a request failed');
      const { httpStatus, body, retryAfterS } = error instanceof EkoRefusal ? error : serverError();
      await deps.book.flushed();
      ctx.status = httpStatus;
      ctx.body = body;
      if (retryAfterS !== undefined) ctx.set('Retry-After', String(retryAfterS));
      if (httpStatus === 413) ctx.set('Connection', 'close'); // do not read the rest of the body
    } finally {
      inFlight -= 1;
    }
  };
}

/** Replaces the answer of a request that had its effect. */
function spoil(ctx: Context, kind: 'garbage' | 'oversized' | 'empty' | 'other_amount'): void {
  if (kind === 'other_amount') {
    const body = ctx.body as { data?: { amount?: string } };
    if (body.data?.amount !== undefined) body.data.amount = (Number(body.data.amount) + 1).toFixed(2);
    return;
  }
  if (kind === 'garbage') ctx.body = '<html><body>Bad Gateway';
  else if (kind === 'empty') ctx.body = '';
  else ctx.body = `${JSON.stringify(ctx.body).slice(0, -1)},"padding":"${'x'.repeat(OVERSIZED_BYTES)}"}`;
  ctx.status = 200;
  ctx.type = kind === 'garbage' ? 'text/html' : 'application/json';
}
