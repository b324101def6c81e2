import type { Context, Middleware } from 'koa';
import { DomainError } from '../../domain/errors/errors';
import { dropRestAfterAnswer } from '../../platform/http/rest-of-request';
import { publicId, type Ids } from '../../platform/ids';
import type { Metrics } from '../../platform/metrics';

const CLIENT_ID = /^[A-Za-z0-9._-]{1,64}$/;
const MAX_IN_FLIGHT = 5_000;

/** The answers are data for programs: nothing may be framed, sniffed or kept. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'Cache-Control': 'no-store',
};

/**
 * Gives each request an id and the headers that every answer has, and counts it. What is left of its body when
 * it is answered does not stand in the way of the next one.
 */
export function request(deps: { ids: Ids; metrics: Metrics }): Middleware {
  return async (ctx, next) => {
    const started = performance.now();
    const requestId = publicId('request', deps.ids.uuid());
    ctx.state.requestId = requestId;
    dropRestAfterAnswer(ctx.req, ctx.res);
    ctx.set(SECURITY_HEADERS);
    ctx.set('Request-Id', requestId);
    const clientId = ctx.get('X-Request-Id');
    if (CLIENT_ID.test(clientId)) ctx.set('X-Request-Id', clientId);
    try {
      await next();
    } finally {
      const route = (ctx as { _matchedRoute?: unknown })._matchedRoute;
      const label = typeof route === 'string' ? route : 'none';
      deps.metrics.httpRequests.inc({ route: label, method: ctx.method, status: String(ctx.status) });
      deps.metrics.httpSeconds.observe({ route: label }, (performance.now() - started) / 1_000);
    }
  };
}

/** Refuses a request that names no host (RFC 9112, 3.2) or whose target is no path of ours to read. */
export function wellFormed(): Middleware {
  return async (ctx, next) => {
    if (ctx.req.httpVersion === '1.1' && ctx.get('Host') === '')
      throw new DomainError('REQUEST_MALFORMED', { detail: 'name the host' });
    if (!hasTarget(ctx)) throw new DomainError('REQUEST_MALFORMED', { detail: 'the target is not a path' });
    await next();
  };
}

function hasTarget(ctx: Context): boolean {
  try {
    return ctx.path !== '' && ctx.querystring !== undefined;
  } catch {
    return false; // a whole URL as the target, and a broken one
  }
}

/** Refuses what comes while too much is under way, before it piles up. */
export function shedLoad(): Middleware {
  let inFlight = 0;
  return async (_ctx, next) => {
    if (inFlight >= MAX_IN_FLIGHT)
      throw new DomainError('SERVICE_UNAVAILABLE', {
        detail: 'too many requests are under way; try again shortly',
        retryAfterS: 1,
      });
    inFlight += 1;
    try {
      await next();
    } finally {
      inFlight -= 1;
    }
  };
}
