import type { Middleware } from 'koa';
import { answerOf, setHeader } from './answer';
import { DomainError } from '../../domain/errors/errors';

/**
 * Says which methods a path has: 405 with `Allow` for any other, 204 for OPTIONS. Stands behind the router, which
 * has noted what is at the path.
 */
export function methods(): Middleware {
  return (ctx) => {
    const { matched } = ctx as { matched?: readonly { methods: readonly string[] }[] };
    if (matched === undefined || matched.length === 0) return;
    setHeader(ctx, 'Allow', [...new Set(matched.flatMap((layer) => layer.methods))].toSorted().join(', '));
    if (ctx.method !== 'OPTIONS') throw new DomainError('REQUEST_METHOD_NOT_ALLOWED');
    answerOf(ctx).give(204);
  };
}
