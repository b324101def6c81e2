import Cookies from 'cookies';
import type { Context } from 'koa';
import type { Knex } from 'knex';
import { ACCESS_ERRORS } from '../../domain/access/errors';
import { recordAudit, type AuditEntry } from '../../domain/audit/audit';
import { SESSION_COOKIE, type Sessions } from '../../domain/auth/sessions';
import { DomainError } from '../../domain/errors/errors';
import type { Clock } from '../../platform/clock';
import { isReadOfOurs, isSameOrigin } from '../../platform/http/same-origin';
import type { StaffDoor } from '../registry/staff-door';

const BEARER = /^Bearer +([A-Za-z0-9_-]{43})$/i;
const MOST_QUERY = 100;

interface StaffDoorDependencies {
  knex: Knex;
  clock: Clock;
  sessions: Pick<Sessions, 'find'>;
  /** The one origin (`https://ops.example`) whose pages may send the cookie. */
  origin: string;
}

/**
 * Staff, by the token of a sign-in: a program sends it in the header Authorization (`munim sign-in`), a page of the
 * console by its cookie. A cookie comes along with what pages of others send, so it counts from a page of ours alone;
 * with the header it is not looked at.
 */
export function createStaffDoor({ knex, clock, sessions, origin }: StaffDoorDependencies): StaffDoor {
  const note = (ctx: Context, entry: Omit<AuditEntry, 'at' | 'actorIp'>): Promise<void> =>
    recordAudit(knex, { at: clock.now(), actorIp: ctx.ip, ...entry });
  return {
    async admit(ctx) {
      const token = tokenOf(ctx, origin);
      const session = token === undefined ? undefined : await sessions.find(token);
      if (session === undefined)
        throw new DomainError('AUTH_REQUIRED', {
          detail: 'sign in to the console, or send Authorization: Bearer <token of a sign-in of staff>',
        });
      const { userId, role, provedAt } = session;
      return { userId, role, provedAt, keyId: userId, by: 'staff' };
    },
    async noted(ctx, { caller, action }, act) {
      const { path, querystring } = ctx;
      const query = querystring === '' ? '' : `?${querystring.slice(0, MOST_QUERY)}`;
      const of = { actor: caller.userId, action, subject: `route:${path}${query}` };
      await note(ctx, { ...of, outcome: 'attempted' });
      try {
        const reply = await act();
        await note(ctx, { ...of, outcome: 'succeeded' });
        return reply;
      } catch (error) {
        const code = error instanceof DomainError ? error.code : 'INTERNAL_ERROR';
        await note(ctx, { ...of, outcome: 'failed', detail: { code } });
        throw error;
      }
    },
    refused: (ctx, { caller: { userId, role }, route: { method, path, action = '' } }) =>
      note(ctx, {
        ...{ actor: userId, action, subject: `route:${method} ${path}`, outcome: 'refused' },
        detail: { reason: 'role', role },
      }),
  };
}

/** Throws DomainError OPS_ORIGIN_REFUSED for a cookie that another page sends along. */
function tokenOf(ctx: Context, origin: string): string | undefined {
  const { authorization } = ctx.req.headers;
  if (authorization !== undefined) return BEARER.exec(authorization)?.[1];
  const token = new Cookies(ctx.req, ctx.res, { secure: true }).get(SESSION_COOKIE);
  if (token === undefined) return undefined;
  const isRead = ctx.method === 'GET' || ctx.method === 'HEAD';
  if (isRead ? isReadOfOurs(ctx) : isSameOrigin(ctx, origin)) return token;
  throw new DomainError(ACCESS_ERRORS.OPS_ORIGIN_REFUSED, { detail: `this must come from ${origin}` });
}
