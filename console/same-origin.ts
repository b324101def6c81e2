import type { Context } from 'koa';

/**
 * Whether a request that changes something comes from a page of ours, whose origin is configured (in Koa 3 `ctx.origin` is what the client says it is).
 * Sec-Fetch-Site must be `same-origin` and Origin must be ours, where present; one of the two must be there.
 */
export function isSameOrigin(ctx: Context, origin: string): boolean {
  const site = ctx.get('sec-fetch-site');
  const from = ctx.get('origin');
  if (site === '' && from === '') return false;
  return (site === '' || site === 'same-origin') && (from === '' || from === origin);
}
