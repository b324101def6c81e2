/** What is asked of a request: Koa's `ctx.get`. */
interface Headers {
  get(name: string): string;
}

/**
 * Whether a request that changes something comes from a page of ours. `origin` is the configured one, since
 * Koa's `ctx.origin` is taken from the request. At least one of Sec-Fetch-Site and Origin must be present;
 * each that is present must fit.
 */
export function isSameOrigin(ctx: Headers, origin: string): boolean {
  const site = ctx.get('sec-fetch-site');
  const from = ctx.get('origin');
  if (site === '' && from === '') return false;
  return (site === '' || site === 'same-origin') && (from === '' || from === origin);
}

/**
 * Whether a request that only reads was made by no page of others: browsers say who asks in Sec-Fetch-Site, and `none`
 * is a person who typed the address.
 */
export function isReadOfOurs(ctx: Headers): boolean {
  return ['', 'same-origin', 'none'].includes(ctx.get('sec-fetch-site'));
}
