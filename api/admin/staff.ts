import type { Context } from 'koa';
import type { Sessions } from '../../domain/auth/sessions';
import { DomainError } from '../../domain/errors/errors';
import type { StaffCaller } from '../registry/route';

const BEARER = /^Bearer +([A-Za-z0-9_-]{43})$/i;

/**
 * Staff, by the token of a sign-in (`munim sign-in`). A cookie is not looked at: no page of another origin can make a
 * browser call this. Throws DomainError AUTH_REQUIRED, the same for a token that is none, over or ended.
 */
export function createStaffDoor(sessions: Pick<Sessions, 'find'>): (ctx: Context) => Promise<StaffCaller> {
  return async (ctx) => {
    const match = BEARER.exec(ctx.req.headers.authorization ?? '');
    const session = match === null ? undefined : await sessions.find(match[1]!);
    if (session === undefined)
      throw new DomainError('AUTH_REQUIRED', {
        detail: 'send the header Authorization: Bearer <token of a sign-in of staff>',
      });
    const { userId, role, provedAt } = session;
    return { userId, role, provedAt, keyId: userId, by: 'staff' };
  };
}
