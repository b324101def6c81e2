import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { networksOf } from '../../platform/addresses';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { parsePublicId, publicId, type Ids } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import type { AccessToken, AccessTokens, TokenFacts } from './access-tokens';
import { OAUTH_ERRORS } from './errors';

/**
 * Programs of partners (RFC 6749, 4.4): each has an id and one or two secrets, and gets access tokens that do no more
 * than it may. A secret has 256 random bits, so its SHA-256 is kept as it is.
 */
export interface OauthClients {
  /**
   * The program that shows its id and secret. Throws DomainError OAUTH_CLIENT_INVALID, the same for whatever is wrong.
   */
  authenticate(clientId: string, secret: string, from: string): Promise<OauthClient>;
  /**
   * A token for what it asks for, or for all that it may do. Throws DomainError OAUTH_SCOPE_INVALID.
   */
  issue(client: OauthClient, scope: string | undefined): Promise<IssuedToken>;
  /**
   * What a token says, while it opens something and is of the same user as the program that asks (RFC 7662);
   * undefined for any other text.
   */
  introspect(client: OauthClient, token: string, from: string): Promise<TokenFacts | undefined>;
  /**
   * Ends a token of the program before its time (RFC 7009), within a second in every process. A text that is no
   * token of anybody is none already. Throws DomainError OAUTH_TOKEN_OF_ANOTHER.
   */
  revoke(client: OauthClient, token: string): Promise<void>;
}

export interface OauthClient {
  id: string;
  userId: UserId;
  scopes: readonly string[];
}

export type IssuedToken = AccessToken & { scopes: readonly string[] };

export interface OauthClientsDependencies {
  knex: Knex;
  clock: Clock;
  accessTokens: AccessTokens;
  /** Does the token open anything now? */
  stands(token: string, from: string): Promise<boolean>;
}

const SECRET = /^ms_[A-Za-z0-9_-]{43}$/;
const DELETED_AT_ONCE = 1_000;

export function createOauthClients(deps: OauthClientsDependencies): OauthClients {
  const { knex, clock, accessTokens } = deps;
  return {
    authenticate: (clientId, secret, from) => authenticate(deps, { clientId, secret, from }),
    async issue(client, scope) {
      const wanted = scope === undefined ? client.scopes : [...new Set(scope.split(' '))];
      const beyond = wanted.find((one) => !client.scopes.includes(one));
      if (beyond !== undefined || wanted.length === 0)
        throw new DomainError(OAUTH_ERRORS.OAUTH_SCOPE_INVALID, {
          detail: `this program may be given ${client.scopes.join(' ')}`,
        });
      const { id: clientId, userId } = client;
      const issued = await accessTokens.issue({ kind: 'client', userId, clientId, scopes: wanted });
      return { ...issued, scopes: wanted };
    },
    async introspect(client, token, from) {
      const facts = await readOrNothing(accessTokens, token);
      if (facts === undefined || facts.userId !== client.userId) return undefined;
      return (await deps.stands(token, from)) ? facts : undefined;
    },
    async revoke(client, token) {
      const facts = await readOrNothing(accessTokens, token);
      if (facts === undefined) return;
      if (facts.holderId !== client.id) throw new DomainError(OAUTH_ERRORS.OAUTH_TOKEN_OF_ANOTHER);
      const now = clock.now();
      await execute(
        knex,
        `delete from revoked_tokens where token_id in
           (select token_id from revoked_tokens where ends_at < :over order by ends_at limit ${DELETED_AT_ONCE}
            for update skip locked)`,
        { over: addMs(now, -60_000) },
      );
      await insertOne(
        knex,
        'revoked_tokens',
        { token_id: facts.tokenId, ends_at: facts.expiresAt },
        'on conflict (token_id) do nothing',
      );
    },
  };
}

async function readOrNothing(
  accessTokens: Pick<AccessTokens, 'read'>,
  token: string,
): Promise<TokenFacts | undefined> {
  try {
    return await accessTokens.read(token);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'AUTH_TOKEN_INVALID') return undefined;
    throw error;
  }
}

interface Found extends OauthClient {
  allowedFrom: string[] | null;
}

async function authenticate(
  { knex, clock }: OauthClientsDependencies,
  { clientId, secret, from }: { clientId: string; secret: string; from: string },
): Promise<OauthClient> {
  const id = parsePublicId('oauthClient', clientId);
  if (id === undefined || !SECRET.test(secret)) throw new DomainError(OAUTH_ERRORS.OAUTH_CLIENT_INVALID);
  const [found] = await rows<Found>(
    knex,
    `select c.id, c.user_id as "userId", c.scopes, c.allowed_from::text[] as "allowedFrom"
     from oauth_client_secrets s
     join oauth_clients c on c.id = s.client_id and c.revoked_at is null
     join users u on u.id = c.user_id and u.status = 'active'
     where s.secret_hash = :hash and s.client_id = :id and s.revoked_at is null`,
    { hash: hashOf(secret), id },
  );
  if (found === undefined) throw new DomainError(OAUTH_ERRORS.OAUTH_CLIENT_INVALID);
  const { allowedFrom, ...client } = found;
  if (allowedFrom !== null && !networksOf(allowedFrom).has(from)) {
    await recordAudit(knex, {
      at: clock.now(),
      actor: client.userId,
      actorIp: from,
      action: 'client.use',
      subject: `oauth_client:${id}`,
      outcome: 'refused',
      detail: { reason: 'address' },
    });
    throw new DomainError(OAUTH_ERRORS.OAUTH_CLIENT_INVALID);
  }
  return client;
}

export interface NewOauthClient {
  userId: UserId;
  name: string;
  scopes: readonly string[];
  /** Networks from which it may be used; without them, from anywhere. */
  allowedFrom?: readonly string[];
}

/** Makes a program and its first secret, which is returned once and stored nowhere. */
export async function createOauthClient(
  trx: Knex.Transaction,
  { clock, ids }: { clock: Clock; ids: Ids },
  { userId, name, scopes, allowedFrom }: NewOauthClient,
): Promise<{ id: string; clientId: string; secret: string }> {
  const id = ids.uuid();
  await insertOne(trx, 'oauth_clients', {
    id,
    user_id: userId,
    name,
    scopes: [...scopes],
    allowed_from: allowedFrom === undefined ? null : [...allowedFrom],
    made_at: clock.now(),
  });
  const secret = await addSecret(trx, { clock, ids }, id);
  return { id, clientId: publicId('oauthClient', id), secret };
}

/** Adds a secret beside those that are there. */
export async function addSecret(
  trx: Knex.Transaction,
  { clock, ids }: { clock: Clock; ids: Ids },
  clientId: string,
): Promise<string> {
  const secret = `ms_${randomBytes(32).toString('base64url')}`;
  await insertOne(trx, 'oauth_client_secrets', {
    id: ids.uuid(),
    client_id: clientId,
    secret_hash: hashOf(secret),
    made_at: clock.now(),
  });
  return secret;
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
