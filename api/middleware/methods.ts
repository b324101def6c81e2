import type { Middleware } from 'koa';
import { DomainError } from '../../domain/errors/errors';

/**
 * Says which methods a path has: 405 with `Allow` for any other, 204 for OPTIONS. Stands before the routers.
 */
export function methods(): Middleware {
  return async (ctx, next) => {
    await next();
    const { matched } = ctx as { matched?: readonly { methods: readonly string[] }[] };
    if (ctx.status !== 404 || ctx.body !== undefined || matched === undefined || matched.length === 0) return;
    ctx.set('Allow', [...new Set(matched.flatMap((layer) => layer.methods))].toSorted().join(', '));
    if (ctx.method !== 'OPTIONS') throw new DomainError('REQUEST_METHOD_NOT_ALLOWED');
    ctx.status = 204;
  };
}
