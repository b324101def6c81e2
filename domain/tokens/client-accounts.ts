import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import type { Access } from '../access/access';
import { textOf, type Person } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { AUTH_ERRORS } from '../auth/errors';
import type { StaffProof } from '../auth/staff-proof';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { addSecret, createOauthClient, type NewOauthClient } from './clients';
import { OAUTH_ERRORS } from './errors';

/**
 * Programs of partners, as ops staff make and end them, with the permission that keys need; each change leaves an audit row with its
 * reason, in the same database transaction. Secrets are returned once and stored as hashes.
 */
export interface ClientAccounts {
  /** Throws DomainError USER_NOT_FOUND, AUTH_PROOF_NEEDED. */
  create(
    given: NewOauthClient & { reason: string },
    by: Person,
  ): Promise<{ clientId: string; secret: string }>;
  /**
   * A second secret, so that the program can change over; then `retire` the first. Throws DomainError
   * OAUTH_CLIENT_NOT_FOUND, OAUTH_TWO_SECRETS, AUTH_PROOF_NEEDED.
   */
  addSecret(given: { id: string; reason: string }, by: Person): Promise<{ secret: string }>;
  /** Ends all secrets but the newest. Throws DomainError OAUTH_CLIENT_NOT_FOUND. */
  retire(given: { id: string; reason: string }, by: Person): Promise<{ retired: number }>;
  /** Its tokens open nothing within a second, in every process. Throws DomainError OAUTH_CLIENT_NOT_FOUND. */
  revoke(given: { id: string; reason: string }, by: Person): Promise<void>;
  list(user: UserId): Promise<ClientRow[]>;
}

export interface ClientRow {
  id: string;
  name: string;
  scopes: string[];
  allowedFrom: string[] | null;
  madeAt: Date;
  revokedAt: Date | null;
  secrets: number;
}

interface Dependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  access: Access;
  proof: StaffProof;
}

const MOST_SECRETS = 2;

export function createClientAccounts(deps: Dependencies): ClientAccounts {
  const { knex } = deps;
  return {
    async create({ reason, ...given }, by) {
      await deps.access.require(by, 'api_keys.write');
      await deps.proof.require(by, 'key');
      return knex.transaction(async (trx) => {
        const [user] = await rows<{ id: string }>(trx, `select id from users where id = ? and kind = 'app'`, [
          given.userId,
        ]);
        if (user === undefined) throw new DomainError(AUTH_ERRORS.USER_NOT_FOUND);
        const { id, clientId, secret } = await createOauthClient(trx, deps, given);
        const scopes = given.scopes.join(' ');
        await note(trx, deps, by, { action: 'client.create', id, reason, detail: { scopes } });
        return { clientId, secret };
      });
    },
    async addSecret({ id, reason }, by) {
      await deps.access.require(by, 'api_keys.write');
      await deps.proof.require(by, 'key');
      return knex.transaction(async (trx) => {
        await lock(trx, id);
        if ((await secretsOf(trx, id)).length >= MOST_SECRETS)
          throw new DomainError(OAUTH_ERRORS.OAUTH_TWO_SECRETS);
        const secret = await addSecret(trx, deps, id);
        await note(trx, deps, by, { action: 'client.secret', id, reason });
        return { secret };
      });
    },
    async retire({ id, reason }, by) {
      await deps.access.require(by, 'api_keys.write');
      return knex.transaction(async (trx) => {
        await lock(trx, id);
        const [, ...old] = await secretsOf(trx, id);
        const retired = await execute(
          trx,
          'update oauth_client_secrets set revoked_at = :now where id = any(:old::uuid[])',
          { now: deps.clock.now(), old },
        );
        await note(trx, deps, by, { action: 'client.retire', id, reason, detail: { retired } });
        return { retired };
      });
    },
    async revoke({ id, reason }, by) {
      await deps.access.require(by, 'api_keys.write');
      await knex.transaction(async (trx) => {
        await lock(trx, id);
        await execute(trx, 'update oauth_clients set revoked_at = ? where id = ?', [deps.clock.now(), id]);
        await note(trx, deps, by, { action: 'client.revoke', id, reason });
      });
    },
    list: (user) =>
      rows<ClientRow>(
        knex,
        `select c.id, c.name, c.scopes, c.allowed_from::text[] as "allowedFrom", c.made_at as "madeAt",
           c.revoked_at as "revokedAt",
           (select count(*)::int from oauth_client_secrets s
            where s.client_id = c.id and s.revoked_at is null) as secrets
         from oauth_clients c where c.user_id = ? order by c.made_at`,
        [user],
      ),
  };
}

/** Two changes of one program at once: one waits for the other. */
async function lock(trx: Knex.Transaction, id: string): Promise<void> {
  const [found] = await rows<{ id: string }>(
    trx,
    'select id from oauth_clients where id = ? and revoked_at is null for update',
    [id],
  );
  if (found === undefined) throw new DomainError(OAUTH_ERRORS.OAUTH_CLIENT_NOT_FOUND);
}

/** The newest first. */
async function secretsOf(trx: Knex.Transaction, id: string): Promise<string[]> {
  const found = await rows<{ id: string }>(
    trx,
    'select id from oauth_client_secrets where client_id = ? and revoked_at is null order by id desc',
    [id],
  );
  return found.map((secret) => secret.id);
}

async function note(
  trx: Knex.Transaction,
  { clock }: Pick<Dependencies, 'clock'>,
  by: Person,
  of: { action: string; id: string; reason: string; detail?: Record<string, string | number> },
): Promise<void> {
  await recordAudit(trx, {
    at: clock.now(),
    actor: by.userId,
    action: of.action,
    subject: `oauth_client:${of.id}`,
    outcome: 'succeeded',
    detail: { ...of.detail, reason: textOf('reason', of.reason) },
  });
}
