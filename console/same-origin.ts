import type { Context } from 'koa';

/**
 * Whether a request that changes something comes from a page of ours. `origin` is the configured one, since
 * Koa's `ctx.origin` is taken from the request. At least one of Sec-Fetch-Site and Origin must be present;
 * each that is present must fit.
 */
export function isSameOrigin(ctx: Context, origin: string): boolean {
  const site = ctx.get('sec-fetch-site');
  const from = ctx.get('origin');
  if (site === '' && from === '') return false;
  return (site === '' || site === 'same-origin') && (from === '' || from === origin);
}
