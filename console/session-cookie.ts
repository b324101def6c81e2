import Cookies from 'cookies';
import type { Context } from 'koa';

/** With `__Host-` the browser takes the cookie only when it is Secure and for this host alone. */
export const SESSION_COOKIE = '__Host-munim_ops';

// Koa's own ctx.cookies refuses a secure cookie over plain http, and a proxy or localhost speaks plain http
// to us.
const jar = (ctx: Context): Cookies => new Cookies(ctx.req, ctx.res, { secure: true });

export function sessionToken(ctx: Context): string | undefined {
  return jar(ctx).get(SESSION_COOKIE);
}

export function setSessionToken(ctx: Context, token: string): void {
  jar(ctx).set(SESSION_COOKIE, token, {
    httpOnly: true,
    secure: true,
    sameSite: 'strict',
    path: '/',
    overwrite: true,
  });
}

export function clearSessionToken(ctx: Context): void {
  jar(ctx).set(SESSION_COOKIE, null, {
    httpOnly: true,
    secure: true,
    sameSite: 'strict',
    path: '/',
    overwrite: true,
  });
}
