import type { Knex } from 'knex';
import { execute, rows, sqlState } from '../../platform/database';
import { isPermission } from '../access/permissions';
import type { ApprovalDetail } from '../approvals/approval.model';
import type { ApprovalAction, Person, Proposal } from '../approvals/approvals';
import type { Changes } from '../approvals/changes';
import { APPROVAL_ERRORS } from '../approvals/errors';
import { AUTH_ERRORS } from '../auth/errors';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';

/**
 * What persons decide about roles: the role of a member of staff, and what a role may do. Both are proposed by one and
 * decided by another; nobody has a say about their own role. A change counts at once.
 */
export const STAFF_ROLE = 'staff.role';
export const PERMIT = 'role.permit';
export const FORBID = 'role.forbid';

const ROLE_OF_STAFF = 'ops';
const CONSTRAINT_VIOLATIONS: ReadonlySet<string | undefined> = new Set(['23503', '23505', '23514']);

type Spoken = Pick<Proposal, 'reason' | 'evidence'>;

export function staffRoleProposal(given: { user: UserId; role: string } & Spoken): Proposal {
  const { user, role, reason, evidence } = given;
  return { action: STAFF_ROLE, subject: `user:${user}`, detail: { user, role }, reason, evidence };
}

/** `reach` undefined takes the permission away. */
export function permissionProposal(
  given: { role: string; permission: string; reach: string | undefined } & Spoken,
): Proposal {
  const { role, permission, reach, reason, evidence } = given;
  if (!isPermission(permission)) throw refused(`there is no permission ${permission}`);
  return {
    action: reach === undefined ? FORBID : PERMIT,
    subject: `role:${role}:${permission}`,
    detail: { role, permission, reach: reach ?? null },
    reason,
    evidence,
  };
}

/** What approvals of this capability do. */
export function createRoleActions({ knex }: { knex: Knex }): Readonly<Record<string, ApprovalAction>> {
  const grant = grantAction(knex);
  return { [STAFF_ROLE]: staffRole(knex), [PERMIT]: grant, [FORBID]: grant };
}

function staffRole(knex: Knex): ApprovalAction {
  return {
    async look({ detail }, by) {
      requireAnother(by, detail);
      const { madeBy } = await staffOf(knex, detail);
      const [role] = await rows<{ kind: string }>(knex, 'select kind from roles where name = ?', [
        String(detail.role),
      ]);
      if (role?.kind !== ROLE_OF_STAFF) throw refused(`there is no role ${detail.role} of staff`);
      if (detail.role === 'founder') throw refused('nobody is given the role founder');
      if (detail.role === 'admin' && madeBy === null)
        throw refused('an admin whom nobody made would be a founder: make an account for the admin instead');
      return {};
    },
    async changes(db, detail) {
      const { role } = await staffOf(db, detail);
      return { role: { from: role, to: String(detail.role) } };
    },
    async carryOut(trx, { detail }, by, lock) {
      requireAnother(by, detail);
      await lock();
      await execute(trx, "update users set role = :role where id = :user and kind = 'ops'", {
        role: String(detail.role),
        user: String(detail.user),
      });
      return { journalId: null, result: { user: detail.user!, role: detail.role! } };
    },
  };
}

function requireAnother(by: Person, { user }: ApprovalDetail): void {
  if (by.userId === user)
    throw new DomainError(APPROVAL_ERRORS.APPROVAL_NEEDS_ANOTHER, {
      detail: 'nobody has a say about their own role',
    });
}

/** Under a lock in a database transaction. */
async function staffOf(
  db: Knex | Knex.Transaction,
  { user }: ApprovalDetail,
): Promise<{ role: string; madeBy: UserId | null }> {
  const [found] = await rows<{ role: string; madeBy: UserId | null }>(
    db,
    `select role, made_by as "madeBy" from users where id = ? and kind = 'ops'${isTransaction(db) ? ' for no key update' : ''}`,
    [String(user)],
  );
  if (found === undefined) throw new DomainError(AUTH_ERRORS.USER_NOT_FOUND);
  return found;
}

function grantAction(knex: Knex): ApprovalAction {
  return {
    async look({ detail }) {
      const found = await rows<{ name: string }>(knex, 'select name from roles where name = ?', [
        String(detail.role),
      ]);
      if (found.length === 0) throw refused(`there is no role ${detail.role}`);
      if (detail.role === 'founder') throw refused('a founder may do everything');
      return {};
    },
    changes: (db, detail) => reachOf(db, detail),
    async carryOut(trx, { detail }, by: Person, lock) {
      await requireOtherRole(trx, by, detail);
      await lock();
      await setReach(trx, detail);
      return { journalId: null, result: { ...detail } };
    },
  };
}

/** Whoever decides must not gain by it: a role is not widened by somebody who has it. */
async function requireOtherRole(
  trx: Knex.Transaction,
  by: Person,
  { role, reach }: ApprovalDetail,
): Promise<void> {
  if (reach === null) return;
  const found = await rows<{ role: string }>(trx, 'select role_of(u) as role from users u where u.id = ?', [
    by.userId,
  ]);
  if (found[0]?.role === role)
    throw new DomainError(APPROVAL_ERRORS.APPROVAL_NEEDS_ANOTHER, {
      detail: 'nobody widens a role that they have',
    });
}

/** One row is one lock, there or not: the table is locked against two changes at once. */
async function reachOf(
  db: Knex | Knex.Transaction,
  { role, permission, reach }: ApprovalDetail,
): Promise<Changes> {
  if (isTransaction(db)) await execute(db, 'lock table role_permissions in share row exclusive mode', []);
  const [found] = await rows<{ reach: string }>(
    db,
    'select reach from role_permissions where role = ? and permission = ?',
    [String(role), String(permission)],
  );
  return { reach: { from: found?.reach ?? null, to: reach ?? null } };
}

async function setReach(trx: Knex.Transaction, { role, permission, reach }: ApprovalDetail): Promise<void> {
  try {
    if (reach === null)
      await execute(trx, 'delete from role_permissions where role = :role and permission = :permission', {
        role: String(role),
        permission: String(permission),
      });
    else
      await execute(
        trx,
        `insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
        select r.name, r.kind, r.only_reads, r.both_halves, p.name, p.area, p.does, :reach
        from roles r, permissions p where r.name = :role and p.name = :permission
        on conflict (role, permission) do update set reach = excluded.reach`,
        { role: String(role), permission: String(permission), reach: String(reach) },
      );
  } catch (error) {
    if (!CONSTRAINT_VIOLATIONS.has(sqlState(error))) throw error;
    throw refused(
      `the role may not have it: ${WHY[constraintOf(error)] ?? 'a rule of the database says no'}`,
    );
  }
}

const WHY: Readonly<Record<string, string>> = {
  role_permissions_one_half: 'who proposes in an area does not decide there',
  role_permissions_readers_read: 'it is a role that looks, and changes nothing',
  role_permissions_all_is_for_staff:
    'staff reach all things, and everybody else their own or those below them',
  role_permissions_reach_known: 'the reach is own, subtree or all',
};

const constraintOf = (error: unknown): string => String((error as { constraint?: unknown }).constraint);

const isTransaction = (db: Knex | Knex.Transaction): db is Knex.Transaction => db.isTransaction === true;

function refused(detail: string): DomainError {
  return new DomainError('REQUEST_FIELD_INVALID', { detail });
}
