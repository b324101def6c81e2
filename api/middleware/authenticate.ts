import type { Context } from 'koa';
import { requireScope, type Authenticator, type Caller } from '../../domain/auth/api-keys';
import type { Scope } from '../../domain/services/services';
import { DomainError } from '../../domain/errors/errors';

const BEARER = /^Bearer +([A-Za-z0-9._~-]{1,2000})$/i;

/**
 * Whoever shows an API key or an access token with one of the scopes. Throws DomainError AUTH_REQUIRED,
 * AUTH_KEY_INVALID, AUTH_TOKEN_INVALID, AUTH_ADDRESS_NOT_ALLOWED, AUTH_SCOPE_MISSING.
 */
export async function authenticate(
  ctx: Context,
  authenticator: Authenticator,
  scopes: readonly [Scope, ...Scope[]],
): Promise<Caller> {
  const { authorization: header = '' } = ctx.req.headers;
  if (header === '')
    throw new DomainError('AUTH_REQUIRED', {
      detail: 'send the header Authorization: Bearer <API key or access token>',
    });
  const match = BEARER.exec(header);
  if (match === null) throw new DomainError('AUTH_KEY_INVALID');
  const caller = await authenticator.authenticate(match[1]!, ctx.ip);
  requireScope(caller, ...scopes);
  return caller;
}
