/**
 * The checks before the board, in this order: session, permission, origin, content type, audit. Reading needs a session
 * and a route that is declared (board-routes.ts). Any other request must be permitted to the caller's role and come from a page of ours.
 * It leaves two audit rows: one before the action, without which the action does not happen, and one with the
 * result. A refusal of a signed-in user leaves one row.
 */
import type { Knex } from 'knex';
import type { Context, Middleware } from 'koa';
import getRawBody from 'raw-body';
import type { Access } from '../domain/access/access';
import { recordAudit, type AuditEntry } from '../domain/audit/audit';
import type { OpsSession, Sessions } from '../domain/auth/sessions';
import type { Clock } from '../platform/clock';
import { inexactNumbers } from '../platform/json-text';
import type { Log } from '../platform/logger';
import { boardAction, type BoardAction, type BoardVerdict } from './board-actions';
import { isSameOrigin } from '../platform/http/same-origin';
import { sessionToken } from './session-cookie';

export interface GuardDependencies {
  knex: Knex;
  clock: Clock;
  log: Log;
  sessions: Sessions;
  access: Access;
  origin: string;
}

const READING = new Set(['GET', 'HEAD']);
const MAX_BODY_BYTES = 65_536;

/** `mount` is the board's path. Leaves the session in `ctx.state.session`, and what it may do in `ctx.state.may`. */
export function boardGuard(mount: string, deps: GuardDependencies): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== mount && !ctx.path.startsWith(`${mount}/`)) return next();
    const token = sessionToken(ctx);
    const session = token === undefined ? undefined : await deps.sessions.find(token);
    if (!session) return askToSignIn(ctx, mount);
    const may = await deps.access.permitted(session);
    Object.assign(ctx.state, { session, may });
    const path = ctx.path === mount ? '/' : ctx.path.slice(mount.length);
    if (READING.has(ctx.method)) {
      const { allowed, isKnown, why } = boardAction('GET', path, may);
      if (!isKnown) return answer(ctx, 404, 'There is nothing here.');
      if (!allowed) return answer(ctx, 403, why);
      await next();
      return hideFailure(ctx);
    }
    const wanted = boardAction(ctx.method, path, may);
    return change(ctx, next, { session, wanted }, deps);
  };
}

/** A page load is sent to the sign-in page; the board's own requests get 401. */
function askToSignIn(ctx: Context, mount: string): void {
  if (
    READING.has(ctx.method) &&
    !ctx.path.startsWith(`${mount}/api/`) &&
    ctx.accepts('json', 'html') === 'html'
  )
    ctx.redirect('/ops/login');
  else answer(ctx, 401, 'Please sign in at /ops/login.');
}

async function change(
  ctx: Context,
  next: () => Promise<unknown>,
  { session, wanted }: { session: OpsSession; wanted: BoardVerdict },
  deps: GuardDependencies,
): Promise<void> {
  const audit = async (outcome: AuditEntry['outcome'], detail: AuditEntry['detail']): Promise<void> =>
    recordAudit(deps.knex, {
      at: deps.clock.now(),
      actor: session.userId,
      actorIp: ctx.ip,
      ...wanted.action,
      outcome,
      detail: { ...detail, ...queueAndJob(wanted.action) },
    });
  const refuse = async (status: number, reason: string, text: string): Promise<void> => {
    await audit('refused', { reason, role: session.role });
    answer(ctx, status, text);
  };

  if (!wanted.allowed) return refuse(403, 'role', wanted.why);
  if (!isSameOrigin(ctx, deps.origin))
    return refuse(403, 'origin', 'This must come from the console itself.');
  if (!isJsonOrEmpty(ctx)) return refuse(415, 'content_type', 'The body must be application/json.');
  const body = await readBody(ctx);
  if (body.problem !== undefined) return refuse(body.status, 'body', body.problem);

  await audit('attempted', { role: session.role });
  try {
    await next();
  } catch (error) {
    await audit('failed', { status: 500 });
    throw error;
  }
  await audit(ctx.status < 400 ? 'succeeded' : 'failed', { status: ctx.status });
  deps.log.info({ ...wanted.action, actor: session.userId, status: ctx.status }, 'board action');
  hideFailure(ctx);
}

/**
 * Reads the body for the board, whose own reader would take `1e2` and `100.0` for whole numbers. (The board goes
 * by what is there already.)
 */
async function readBody(ctx: Context): Promise<{ status: number; problem?: string }> {
  if (ctx.get('content-type') === '') return { status: 200 };
  try {
    const text = await getRawBody(ctx.req, {
      limit: MAX_BODY_BYTES,
      length: ctx.get('content-length') || undefined,
      encoding: 'utf8',
    });
    const body: unknown = text === '' ? {} : JSON.parse(text);
    if (inexactNumbers(text).length > 0)
      return { status: 400, problem: 'Numbers must be whole: 100, not 1e2 or 100.0.' };
    (ctx.request as { body?: unknown }).body = body;
    return { status: 200 };
  } catch (error) {
    const isTooLarge = (error as { type?: unknown }).type === 'entity.too.large';
    return isTooLarge
      ? { status: 413, problem: 'The body is too large.' }
      : { status: 400, problem: 'The body is not valid JSON.' };
  }
}

function queueAndJob(action: BoardAction): Record<string, string> {
  const job = /^job:([^/]+)\/(.*)$/.exec(action.subject);
  if (job) return { queue: clip(job[1]!), job: clip(job[2]!) };
  const queue = /^queue:(.*)$/.exec(action.subject);
  return queue ? { queue: clip(queue[1]!) } : {};
}

const clip = (text: string): string => text.slice(0, 200);

function isJsonOrEmpty(ctx: Context): boolean {
  const type = ctx.get('content-type');
  const hasBody = Number(ctx.get('content-length') || 0) > 0 || ctx.get('transfer-encoding') !== '';
  if (type === '') return !hasBody;
  return /^application\/json\s*(;.*)?$/i.test(type);
}

/** The cause of a failure belongs in the log, not on the page: the message of a driver may hold values. */
function hideFailure(ctx: Context): void {
  if (ctx.status >= 500) answer(ctx, ctx.status, 'The queues cannot be reached just now.');
}

/** The form that the board's own page shows as a message. */
function answer(ctx: Context, status: number, text: string): void {
  ctx.status = status;
  ctx.body = { error: text };
}
