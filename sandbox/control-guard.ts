import { timingSafeEqual } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { ControlError } from './control-input';
import { TooManyOrders } from './orders';

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;
const BEARER = /^Bearer +(\S{1,200})$/i;
const OPEN_PATHS: ReadonlySet<string> = new Set(['/__sandbox/health']);

/**
 * The guard of the control API, which moves money and shows books: for tests, demos and benches of this machine.
 * A browser runs pages of any site on this machine too, so besides a loopback address we ask for a loopback name
 * (no other name leads here by a trick of DNS), no other origin, JSON, and the token of this sandbox where it has
 * one. Shapes the errors.
 */
export function controlGuard(token?: string): Middleware {
  return async (ctx, next) => {
    try {
      refuseStrangers(ctx, token);
      await next();
      if (ctx.status === 404) throw new ControlError(404, 'NOT_FOUND', 'there is nothing at this path');
    } catch (error) {
      const refusal =
        error instanceof TooManyOrders ? new ControlError(409, 'TOO_MANY', error.message) : error;
      if (!(refusal instanceof ControlError)) throw error;
      ctx.status = refusal.status;
      ctx.body = { error: { code: refusal.code, message: refusal.message } };
    }
  };
}

function refuseStrangers(ctx: Context, token: string | undefined): void {
  const forbidden = (message: string): ControlError => new ControlError(403, 'FORBIDDEN', message);
  if (!LOOPBACK.test(ctx.req.socket.remoteAddress ?? '')) throw forbidden('loopback only');
  const host = ctx.get('Host');
  if (!LOOPBACK_HOST.test(host)) throw forbidden('the host must be a loopback address or localhost');
  const origin = ctx.get('Origin');
  if (origin !== '' && origin !== `http://${host}`) throw forbidden('pages of other sites may not call this');
  const site = ctx.get('Sec-Fetch-Site');
  if (site !== '' && site !== 'same-origin' && site !== 'none')
    throw forbidden('pages of other sites may not call this');
  if (token === undefined || OPEN_PATHS.has(ctx.path)) return;
  const given = BEARER.exec(ctx.get('Authorization'))?.[1] ?? '';
  if (!isSame(given, token))
    throw new ControlError(
      401,
      'UNAUTHORIZED',
      'send Authorization: Bearer and the token of the control API, which npm start prints',
    );
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
