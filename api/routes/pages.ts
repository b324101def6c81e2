import type { Context } from 'koa';
import type { Page } from '../../platform/page';

/** Answers with one page of a list and the link to the next. */
export function sendPage<T>(ctx: Context, page: Page<T>): void {
  if (page.nextCursor !== null) {
    const next = new URLSearchParams(ctx.querystring);
    next.set('cursor', page.nextCursor);
    ctx.set('Link', `<${ctx.path}?${next.toString()}>; rel="next"`);
  }
  ctx.body = {
    object: 'list',
    data: page.data,
    has_more: page.nextCursor !== null,
    next_cursor: page.nextCursor,
    url: ctx.path,
  };
}

/** Answers with a list that is given whole. */
export function sendList(ctx: Context, data: readonly unknown[]): void {
  ctx.body = { object: 'list', data, has_more: false, next_cursor: null, url: ctx.path };
}
