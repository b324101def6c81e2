import { userId, type UserId } from '../ids/ids';
import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, sqlState } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { OTHER_DIGITS, UNPRINTABLE } from '../../platform/printable';
import { recordAudit } from '../audit/audit';
import { ApiKeyModel } from '../auth/api-key.model';
import { createApiKey, type NewApiKey } from '../auth/api-keys';
import { AUTH_ERRORS } from '../auth/errors';
import type { Passwords } from '../auth/passwords';
import type { StaffProof } from '../auth/staff-proof';
import type { Sessions } from '../auth/sessions';
import { isConfirmed, UserModel } from '../auth/user.model';
import type { Access } from '../access/access';
import { textOf, type Person } from '../approvals/approvals';
import { DomainError } from '../errors/errors';
import { INSTEAD, personalNumberIn } from '../india/personal-numbers';
import { USER_ERRORS } from './errors';
import { refusalOf } from './registration';
import type { UserType } from './types';
import { createAppUser, type AppUser } from './users';

/**
 * Users of apps, their keys, and ops accounts, as ops staff make and end them, whose role must permit it; each change
 * leaves an audit row with its reason, in the same database transaction. Secrets are returned once and stored
 * as hashes.
 */
export interface Accounts {
  /** By default a retailer that stands alone. Throws DomainError USER_PLACE_INVALID. */
  createUser(
    given: { name: string; type?: UserType; parent?: UserId; reason: string },
    by: Person,
  ): Promise<AppUser>;
  /** Its keys stop within a second. Throws DomainError USER_NOT_FOUND. */
  setUserStatus(
    given: { id: UserId; status: 'active' | 'disabled'; reason: string },
    by: Person,
  ): Promise<void>;
  listUsers(limit: number): Promise<UserModel[]>;
  /** Throws DomainError USER_NOT_FOUND, AUTH_PROOF_NEEDED. */
  createKey(given: NewApiKey & { reason: string }, by: Person): Promise<{ id: string; secret: string }>;
  /**
   * From where a key may be used from now on; undefined: from anywhere. Every process goes by it within a second.
   * Throws DomainError KEY_NOT_FOUND, AUTH_PROOF_NEEDED.
   */
  setKeyAddresses(
    given: { id: string; allowedFrom: readonly string[] | undefined; reason: string },
    by: Person,
  ): Promise<void>;
  /** It is refused within a second, in every process. Throws DomainError KEY_NOT_FOUND. */
  revokeKey(given: { id: string; reason: string }, by: Person): Promise<void>;
  listKeys(user: UserId): Promise<ApiKeyModel[]>;
  /**
   * The password is new and returned once. Until another admin confirms the account, it only looks: else one admin
   * could be both of the two persons that money needs. Throws DomainError USER_EMAIL_TAKEN.
   */
  createOps(given: NewOpsAccount, by: Person): Promise<{ id: UserId; password: string }>;
  /** A new password for the caller's own account, which nobody else has seen. Ends its sign-ins. */
  changePassword(by: Person): Promise<{ password: string }>;
  /**
   * Throws DomainError USER_NOT_FOUND, OPS_CONFIRMED, OPS_CONFIRM_NEEDS_ANOTHER, OPS_FIRST_PASSWORD.
   */
  confirmOps(given: { email: string; reason: string }, by: Person): Promise<void>;
  /**
   * One of the first two ops accounts of a platform, an admin; nobody is there yet to make and to confirm it.
   * Throws DomainError OPS_ACCOUNT_EXISTS when there are two.
   */
  createFirstOps(given: Omit<NewOpsAccount, 'role'>): Promise<{ id: UserId; password: string }>;
  /** Ends its sessions too. Throws DomainError USER_NOT_FOUND, OPS_OWN_ACCOUNT. */
  setOpsStatus(
    given: { email: string; status: 'active' | 'disabled'; reason: string },
    by: Person,
  ): Promise<void>;
  listOps(): Promise<UserModel[]>;
  /** Throws DomainError USER_NOT_FOUND. */
  findOps(email: string): Promise<UserId>;
}

export interface NewOpsAccount {
  name: string;
  email: string;
  /** One of the table `roles`, of staff. */
  role: string;
  reason: string;
}

interface AccountsDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  access: Access;
  proof: StaffProof;
  passwords: Pick<Passwords, 'hash'>;
  sessions: Pick<Sessions, 'endAll'>;
}

/** What moves money needs two persons. */
const FIRST_OPS = 2;
const ANYWHERE = 'anywhere';
const UNIQUE_VIOLATION = '23505';
const NAME = /^.{2,80}$/u;
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,190}$/;

export function createAccounts(deps: AccountsDependencies): Accounts {
  return { ...createUsers(deps), ...createKeys(deps), ...createOpsAccounts(deps) };
}

function createUsers(
  deps: AccountsDependencies,
): Pick<Accounts, 'createUser' | 'setUserStatus' | 'listUsers'> {
  const { knex } = deps;
  return {
    async createUser({ name, type, parent, reason }, by) {
      await deps.access.require(by, 'users.write');
      const checked = checkedName(name);
      const row = {
        name: checked,
        ...(type === undefined ? {} : { type }),
        ...(parent === undefined ? {} : { parentId: parent }),
      };
      try {
        return await knex.transaction(async (trx) => {
          const user = await createAppUser(trx, deps.ids, row);
          const detail = { type: type ?? 'retailer', parent: parent ?? 'nobody' };
          await note(trx, deps, by, {
            action: 'user.create',
            subject: `user:${user.userId}`,
            reason,
            detail,
          });
          return user;
        });
      } catch (error) {
        throw refusalOf(error) ?? error;
      }
    },
    async setUserStatus({ id, status, reason }, by) {
      await deps.access.require(by, 'users.status');
      await knex.transaction(async (trx) => {
        const user = await UserModel.query(trx).findById(id).where({ kind: 'app' }).forUpdate();
        if (user === undefined) throw new DomainError(AUTH_ERRORS.USER_NOT_FOUND);
        if (status === 'active' && (user.stage === 'suspended' || user.stage === 'closed'))
          throw new DomainError(USER_ERRORS.USER_STAGE_REFUSED, {
            detail: `the user is ${user.stage}: munim user stage moves them`,
          });
        await UserModel.query(trx).findById(id).patch({ status });
        const action = status === 'active' ? 'user.enable' : 'user.disable';
        await note(trx, deps, by, { action, subject: `user:${id}`, reason });
      });
    },
    async listUsers(limit) {
      return UserModel.query(knex).where({ kind: 'app' }).orderBy('created_at', 'desc').limit(limit);
    },
  };
}

function createKeys(
  deps: AccountsDependencies,
): Pick<Accounts, 'createKey' | 'setKeyAddresses' | 'revokeKey' | 'listKeys'> {
  const { knex, clock } = deps;
  return {
    async createKey({ reason, ...key }, by) {
      await deps.access.require(by, 'api_keys.write');
      await deps.proof.require(by, 'key');
      return knex.transaction(async (trx) => {
        const user = await UserModel.query(trx).findById(key.userId).where({ kind: 'app' });
        if (user === undefined) throw new DomainError(AUTH_ERRORS.USER_NOT_FOUND);
        const made = await createApiKey(trx, deps.ids, key);
        const detail = {
          user: key.userId,
          scopes: key.scopes.join(' '),
          allowed_from: key.allowedFrom?.join(' ') ?? ANYWHERE,
        };
        await note(trx, deps, by, { action: 'key.create', subject: `api_key:${made.id}`, reason, detail });
        return made;
      });
    },
    async setKeyAddresses({ id, allowedFrom, reason }, by) {
      await deps.access.require(by, 'api_keys.write');
      await deps.proof.require(by, 'key');
      await knex.transaction(async (trx) => {
        const changed = await ApiKeyModel.query(trx)
          .findById(id)
          .patch({ allowedFrom: allowedFrom === undefined ? null : [...allowedFrom] })
          .whereNull('revoked_at');
        if (changed === 0) throw new DomainError(AUTH_ERRORS.KEY_NOT_FOUND);
        const detail = { allowed_from: allowedFrom?.join(' ') ?? ANYWHERE };
        await note(trx, deps, by, { action: 'key.addresses', subject: `api_key:${id}`, reason, detail });
      });
    },
    async revokeKey({ id, reason }, by) {
      await deps.access.require(by, 'api_keys.write');
      await knex.transaction(async (trx) => {
        const revoked = await ApiKeyModel.query(trx)
          .findById(id)
          .patch({ revokedAt: clock.now() })
          .whereNull('revoked_at');
        if (revoked === 0) throw new DomainError(AUTH_ERRORS.KEY_NOT_FOUND);
        await note(trx, deps, by, { action: 'key.revoke', subject: `api_key:${id}`, reason });
      });
    },
    async listKeys(user) {
      return ApiKeyModel.query(knex).where({ user_id: user }).orderBy('created_at');
    },
  };
}

function createOpsAccounts(
  deps: AccountsDependencies,
): Omit<Accounts, keyof ReturnType<typeof createUsers> | keyof ReturnType<typeof createKeys>> {
  const { knex } = deps;
  return {
    async createOps(given, by) {
      await deps.access.require(by, 'staff.write');
      return knex.transaction((trx) => insertOps(trx, deps, given, by.userId));
    },
    confirmOps: (given, by) => confirmOps(deps, given, by),
    async changePassword(by) {
      const password = newPassword();
      const passwordHash = await deps.passwords.hash(password);
      await knex.transaction(async (trx) => {
        await UserModel.query(trx)
          .findById(by.userId)
          .patch({ passwordHash, hasFirstPassword: false })
          .where({ kind: 'ops' });
        const reason = 'a password of their own';
        await note(trx, deps, by, { action: 'ops.password', subject: `user:${by.userId}`, reason });
      });
      await deps.sessions.endAll(by.userId);
      return { password };
    },
    async createFirstOps(given) {
      return knex.transaction(async (trx) => {
        // Two at once: one of them waits here, and then finds the other's.
        await execute(trx, 'lock table users in share row exclusive mode', []);
        const known = await UserModel.query(trx).where({ kind: 'ops' }).whereNull('made_by');
        if (known.length >= FIRST_OPS) throw new DomainError(AUTH_ERRORS.OPS_ACCOUNT_EXISTS);
        return insertOps(trx, deps, { ...given, role: 'admin' });
      });
    },
    async setOpsStatus({ email, status, reason }, by) {
      await deps.access.require(by, 'staff.write');
      const found = await UserModel.query(knex).findOne({ kind: 'ops', email: normalised(email) });
      if (found === undefined) throw new DomainError(AUTH_ERRORS.USER_NOT_FOUND);
      if (found.id === by.userId) throw new DomainError(AUTH_ERRORS.OPS_OWN_ACCOUNT);
      await knex.transaction(async (trx) => {
        await UserModel.query(trx).findById(found.id).patch({ status });
        const action = status === 'active' ? 'ops.enable' : 'ops.disable';
        await note(trx, deps, by, { action, subject: `user:${found.id}`, reason });
      });
      if (status === 'disabled') await deps.sessions.endAll(found.id);
    },
    async findOps(email) {
      const found = await UserModel.query(knex).findOne({ kind: 'ops', email: normalised(email) });
      if (found === undefined) throw new DomainError(AUTH_ERRORS.USER_NOT_FOUND);
      return found.id;
    },
    async listOps() {
      return UserModel.query(knex).where({ kind: 'ops' }).orderBy('created_at');
    },
  };
}

async function confirmOps(
  deps: AccountsDependencies,
  { email, reason }: { email: string; reason: string },
  by: Person,
): Promise<void> {
  await deps.access.require(by, 'staff.write');
  await deps.knex.transaction(async (trx) => {
    const found = await UserModel.query(trx)
      .findOne({ kind: 'ops', email: normalised(email) })
      .forUpdate();
    if (found === undefined) throw new DomainError(AUTH_ERRORS.USER_NOT_FOUND);
    if (isConfirmed(found)) throw new DomainError(AUTH_ERRORS.OPS_CONFIRMED);
    if (found.madeBy === by.userId || found.id === by.userId)
      throw new DomainError(AUTH_ERRORS.OPS_CONFIRM_NEEDS_ANOTHER);
    if (found.hasFirstPassword) throw new DomainError(AUTH_ERRORS.OPS_FIRST_PASSWORD);
    await UserModel.query(trx).findById(found.id).patch({ confirmedBy: by.userId });
    await note(trx, deps, by, { action: 'ops.confirm', subject: `user:${found.id}`, reason });
  });
}

/** Without `madeBy` it is one of the first two. */
async function insertOps(
  trx: Knex.Transaction,
  deps: AccountsDependencies,
  { name, email: typed, role, reason }: NewOpsAccount,
  madeBy?: UserId,
): Promise<{ id: UserId; password: string }> {
  const email = normalised(typed);
  if (!EMAIL.test(email)) throw invalid('an e-mail address is needed');
  const id = userId(deps.ids.uuid());
  const password = newPassword();
  const passwordHash = await deps.passwords.hash(password);
  try {
    await UserModel.query(trx).insert({
      id,
      kind: 'ops',
      name: checkedName(name),
      email,
      passwordHash,
      role,
      madeBy: madeBy ?? null,
      hasFirstPassword: madeBy !== undefined,
    });
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) throw new DomainError(AUTH_ERRORS.USER_EMAIL_TAKEN);
    throw error;
  }
  await recordAudit(trx, {
    at: deps.clock.now(),
    actor: madeBy ?? 'first-day',
    action: 'ops.create',
    subject: `user:${id}`,
    outcome: 'succeeded',
    detail: { role, reason: textOf('reason', reason) },
  });
  return { id, password };
}

const newPassword = (): string => randomBytes(18).toString('base64url');

/** As a sign-in looks for it. */
function normalised(email: string): string {
  return email.normalize('NFC').trim().toLowerCase();
}

function checkedName(name: string): string {
  const trimmed = name.normalize('NFC').trim();
  if (!NAME.test(trimmed) || UNPRINTABLE.test(trimmed) || OTHER_DIGITS.test(trimmed))
    throw invalid('the name must have 2 to 80 characters, none of them a control character');
  const held = personalNumberIn(trimmed);
  if (held !== undefined) throw invalid(`the name ${INSTEAD[held]}`);
  return trimmed;
}

function invalid(detail: string): DomainError {
  return new DomainError('REQUEST_FIELD_INVALID', { detail });
}

async function note(
  trx: Knex.Transaction,
  { clock }: Pick<AccountsDependencies, 'clock'>,
  by: Person,
  {
    action,
    subject,
    reason,
    detail = {},
  }: { action: string; subject: string; reason: string; detail?: Record<string, string> },
): Promise<void> {
  await recordAudit(trx, {
    at: clock.now(),
    actor: by.userId,
    action,
    subject,
    outcome: 'succeeded',
    detail: { ...detail, reason: textOf('reason', reason) },
  });
}
