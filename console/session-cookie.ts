import Cookies from 'cookies';
import type { Context } from 'koa';

/** `__Host-`: the browser keeps it only when it is Secure, for this host alone and for the whole of it. */
export const SESSION_COOKIE = '__Host-munim_ops';

// Koa's own ctx.cookies refuses a secure cookie over plain http, which is what a proxy in front, or localhost, speaks to us.
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
