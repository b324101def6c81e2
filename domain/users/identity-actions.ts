import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { ApprovalAction, Person, Proposal } from '../approvals/approvals';
import { APPROVAL_ERRORS } from '../approvals/errors';
import { AUTH_ERRORS } from '../auth/errors';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';

/**
 * Unties an ops account from who somebody is at their company: proposed by one, decided by another, and by nobody about
 * themselves. The sessions that began there end with it. Who was untied ties itself to no account again; the account
 * stays, with its password, and another at the company may be tied to it by its address.
 */
export const UNTIE = 'staff.untie';

export function untieProposal(given: { user: UserId; reason: string; evidence: string }): Proposal {
  const { user, reason, evidence } = given;
  return { action: UNTIE, subject: `identity:${user}`, detail: { user }, reason, evidence };
}

export function createIdentityActions({
  knex,
  clock,
}: {
  knex: Knex;
  clock: Clock;
}): Readonly<Record<string, ApprovalAction>> {
  const untie: ApprovalAction = {
    async look({ detail }, by) {
      requireAnother(by, String(detail.user));
      const issuers = await tiedTo(knex, String(detail.user));
      return { issuers: issuers.join(' ') };
    },
    async carryOut(trx, { id, detail }, by, lock) {
      const user = String(detail.user);
      requireAnother(by, user);
      await lock();
      const issuers = await tiedTo(trx, user);
      const now = clock.now();
      await execute(
        trx,
        `update ops_identities set untied_at = :now, untied_by = :id
         where user_id = :user and untied_at is null and issuer = any(:issuers::text[])`,
        { now, id, user, issuers },
      );
      await execute(
        trx,
        `update ops_sessions set ended_at = :now
         where user_id = :user and issuer = any(:issuers::text[]) and ended_at is null`,
        { now, user, issuers },
      );
      return { journalId: null, result: { user, issuers: issuers.join(' ') } };
    },
  };
  return { [UNTIE]: untie };
}

/** Throws DomainError OPS_IDENTITY_NOT_TIED. In a database transaction the rows are locked. */
async function tiedTo(db: Knex | Knex.Transaction, user: string): Promise<string[]> {
  const found = await rows<{ issuer: string }>(
    db,
    `select issuer from ops_identities where user_id = ? and untied_at is null
     order by issuer${db.isTransaction === true ? ' for no key update' : ''}`,
    [user],
  );
  if (found.length === 0) throw new DomainError(AUTH_ERRORS.OPS_IDENTITY_NOT_TIED);
  return found.map(({ issuer }) => issuer);
}

function requireAnother(by: Person, user: string): void {
  if (by.userId === user)
    throw new DomainError(APPROVAL_ERRORS.APPROVAL_NEEDS_ANOTHER, {
      detail: 'nobody has a say about their own account',
    });
}

/** Of those that were untied of late, who has not been told. */
export interface UntiedAccount {
  issuer: string;
  subject: string;
  userId: UserId;
  email: string;
  language: 'en' | 'hi';
  untiedAt: Date;
}

/** What was untied longer ago is not told any more. */
const TOLD_WITHIN_MS = 7 * 86_400_000;

export function untiedToTell(knex: Knex, now: Date, limit: number): Promise<UntiedAccount[]> {
  return rows<UntiedAccount>(
    knex,
    `select i.issuer, i.subject, i.user_id as "userId", u.email, u.language, i.untied_at as "untiedAt"
     from ops_identities i join users u on u.id = i.user_id
     where i.untied_at > :since and i.told_at is null order by i.untied_at limit :limit`,
    { since: addMs(now, -TOLD_WITHIN_MS), limit },
  );
}
