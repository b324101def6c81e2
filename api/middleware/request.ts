import type http from 'node:http';
import type { Context, Middleware } from 'koa';
import type { Caller } from '../../domain/auth/api-keys';
import type { StaffCaller } from '../registry/route';
import { Answer, answerOf } from './answer';
import { DomainError } from '../../domain/errors/errors';
import type { ClientAddress } from '../../platform/http/client-address';
import { hostsNamed } from '../../platform/http/connection-limits';
import { dropRestAfterAnswer } from '../../platform/http/rest-of-request';
import type { AccessLog } from '../../platform/access-log';
import { publicId, type Ids } from '../../platform/ids';
import type { Metrics } from '../../platform/metrics';

const CLIENT_ID = /^[A-Za-z0-9._-]{1,64}$/;
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The answers are data for programs: nothing may be framed, sniffed or kept. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'Cache-Control': 'no-store',
};

/** Probes come every second from every side: only one that was refused is worth a line. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/**
 * Gives each request an id, the address of its caller (`ctx.ip`) and the headers that every answer has, counts
 * it, and writes it down. What is left
 * of its body when it is answered does not stand in the way of the next one.
 */
export function request(deps: {
  ids: Ids;
  metrics: Pick<Metrics, 'httpRequests' | 'httpSeconds'>;
  accessLog?: AccessLog;
  clientAddress: ClientAddress;
}): Middleware {
  return async (ctx, next) => {
    const started = performance.now();
    const requestId = publicId('request', deps.ids.uuid());
    ctx.state.requestId = requestId;
    ctx.request.ip = deps.clientAddress(ctx.req);
    const answer = new Answer({ ...SECURITY_HEADERS, 'Request-Id': requestId });
    ctx.state.answer = answer;
    ctx.respond = false;
    const clientId = ctx.req.headers['x-request-id'];
    if (typeof clientId === 'string' && CLIENT_ID.test(clientId)) answer.headers['X-Request-Id'] = clientId;
    if (deps.accessLog !== undefined) writeWhenDone(ctx, deps.accessLog, started);
    try {
      await next();
    } finally {
      if (!ctx.req.readableEnded) dropRestAfterAnswer(ctx.req, ctx.res);
      if (answer.status !== 0 && ctx.writable) answer.write(ctx.res); // else Koa answers the error
      const label = routeOf(ctx);
      deps.metrics.httpRequests.inc({ route: label, method: ctx.method, status: String(answer.status) });
      deps.metrics.httpSeconds.observe({ route: label }, (performance.now() - started) / 1_000);
    }
  };
}

/** The pattern of the route, never the path: a path may hold anything. */
export function routeOf(ctx: Context): string {
  const route = (ctx as { _matchedRoute?: unknown })._matchedRoute;
  return typeof route === 'string' ? route : 'none';
}

const CALLED_BY = { key: 'apiKey', session: 'session', client: 'oauthClient', staff: 'user' } as const;

/** The line is written when the answer is out, or the caller gone: only then its length is known. */
function writeWhenDone(ctx: Context, accessLog: AccessLog, started: number): void {
  const { res } = ctx;
  res.once('close', () => {
    const route = routeOf(ctx);
    if (PROBES.has(route) && res.statusCode === 200) return;
    const { caller, requestId } = ctx.state as { caller?: Caller | StaffCaller; requestId: string };
    accessLog.write({
      request: requestId,
      key: caller === undefined ? null : publicId(CALLED_BY[caller.by ?? 'key'], caller.keyId),
      method: METHODS.has(ctx.method) ? ctx.method : 'other',
      route,
      status: res.statusCode,
      ms: Math.round((performance.now() - started) * 10) / 10,
      bytes: answerOf(ctx).bytes,
      ...(res.writableFinished ? {} : { cut: true }),
    });
  });
}

/** Refuses a request that does not name one host (RFC 9112, 3.2) or whose target is no path of ours to read. */
export function wellFormed(): Middleware {
  return (ctx, next) => {
    const { host = '', expect } = ctx.req.headers;
    if (hostsNamed(ctx.req) > 1) throw new DomainError('REQUEST_MALFORMED', { detail: 'name the host once' });
    if (ctx.req.httpVersion === '1.1' && host === '')
      throw new DomainError('REQUEST_MALFORMED', { detail: 'name the host' });
    if (expect !== undefined && expect !== '' && expect.toLowerCase() !== '100-continue')
      throw new DomainError('REQUEST_HEADER_INVALID', {
        detail: 'Expect takes 100-continue and nothing else',
      });
    if (!hasTarget(ctx)) throw new DomainError('REQUEST_MALFORMED', { detail: 'the target is not a path' });
    return next();
  };
}

function hasTarget(ctx: Context): boolean {
  try {
    return ctx.path !== '' && ctx.querystring !== undefined;
  } catch {
    return false; // a whole URL as the target, and a broken one
  }
}

/** What a provider tells us of something that we have accepted. */
export const isCallback = ({ url = '' }: Pick<http.IncomingMessage, 'url'>): boolean =>
  url.startsWith('/callbacks/');

/**
 * Refuses what comes while `most()` requests are under way, before it piles up, and what comes late to its turn.
 * Callbacks are counted by themselves: new requests never keep out what ends the earlier ones.
 */
export function shedLoad(
  most: () => number,
  isLate: (req: http.IncomingMessage) => boolean = () => false,
): Middleware {
  const inFlight = { callbacks: 0, others: 0 };
  return async ({ req }, next) => {
    const kind = isCallback(req) ? 'callbacks' : 'others';
    if (inFlight[kind] >= most() || isLate(req))
      throw new DomainError('SERVICE_UNAVAILABLE', {
        detail: 'too many requests are under way; try again shortly',
        retryAfterS: 1,
      });
    inFlight[kind] += 1;
    try {
      await next();
    } finally {
      inFlight[kind] -= 1;
    }
  };
}
