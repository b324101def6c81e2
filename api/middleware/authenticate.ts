import type { Middleware } from 'koa';
import { requireScope, type Authenticator, type Caller } from '../../domain/auth/api-keys';
import type { Scope } from '../../domain/services/services';
import { DomainError } from '../../domain/errors/errors';

const BEARER = /^Bearer +([A-Za-z0-9_-]{1,200})$/i;

/** Lets in who shows an API key with one of the scopes, and puts the caller into `ctx.state.caller`. */
export function authenticate(
  authenticator: Authenticator,
  ...scopes: readonly [Scope, ...Scope[]]
): Middleware {
  return async (ctx, next) => {
    const header = ctx.get('Authorization');
    if (header === '')
      throw new DomainError('AUTH_REQUIRED', { detail: 'send the header Authorization: Bearer <API key>' });
    const match = BEARER.exec(header);
    if (match === null) throw new DomainError('AUTH_KEY_INVALID');
    const caller = await authenticator.authenticate(match[1]!);
    requireScope(caller, ...scopes);
    ctx.state.caller = caller;
    await next();
  };
}

/** The caller that `authenticate` let in. */
export function callerOf(ctx: { state: { caller?: Caller } }): Caller {
  if (ctx.state.caller === undefined) throw new DomainError('AUTH_REQUIRED');
  return ctx.state.caller;
}
