import Cookies from 'cookies';
import type { Context } from 'koa';
import { SESSION_COOKIE } from '../domain/auth/sessions';

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

/** What we keep of a sign-in at another company's provider until the browser comes back from there. */
export const AWAY_COOKIE = '__Host-munim_away';
export const AWAY_MS = 10 * 60_000;

export function awayCookie(ctx: Context): string | undefined {
  return jar(ctx).get(AWAY_COOKIE);
}

/** `lax`: the browser comes back by a link of the other company, and a strict cookie would stay behind. */
export function setAwayCookie(ctx: Context, value: string | null): void {
  jar(ctx).set(AWAY_COOKIE, value, {
    httpOnly: true,
    secure: true,
    sameSite: 'lax',
    path: '/',
    maxAge: AWAY_MS,
    overwrite: true,
  });
}
