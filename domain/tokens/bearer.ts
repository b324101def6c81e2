import type { Knex } from 'knex';
import { LRUCache } from 'lru-cache';
import { networksOf, type Networks } from '../../platform/addresses';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { createGather } from '../../platform/gather';
import { ACTIVE_SERVICES, type Authenticator, type Caller } from '../auth/api-keys';
import { DomainError } from '../errors/errors';
import type { AccountId, UserId } from '../ids/ids';
import { STANDING, standingOf, type WrittenStanding } from '../standings/standings';
import type { AccessTokens, TokenFacts } from './access-tokens';

/**
 * Whoever shows an access token. That it is ours is checked once for each token and process; whether its session and
 * its user still stand is looked up again each second, as with API keys: what is ended stops within a second in
 * every process.
 */
export interface BearerDependencies {
  knex: Knex;
  clock: Clock;
  accessTokens: Pick<AccessTokens, 'read'>;
  /** What a person who is signed in may do. */
  scopesOfSessions: readonly string[];
}

const STANDS_MS = 1_000;
const MOST_TOKENS = 20_000;

/**
 * Throws DomainError AUTH_TOKEN_INVALID, the same for a token that is not ours, has ended or was revoked;
 * AUTH_ADDRESS_NOT_ALLOWED for a good one of a program that is used from elsewhere.
 */
export function createBearerAuthenticator(deps: BearerDependencies): Authenticator {
  const { clock, accessTokens } = deps;
  const known = new LRUCache<string, TokenFacts>({ max: MOST_TOKENS });
  const standing = new LRUCache<string, Stand>({ max: MOST_TOKENS, ttl: STANDS_MS });
  const findSession = createGather<TokenFacts, Stand>((of) => findSessions(deps, of), { maxBatch: 500 });
  const findClient = createGather<TokenFacts, Stand>((of) => findClients(deps, of), { maxBatch: 500 });

  async function stands(facts: TokenFacts): Promise<Stand> {
    // Of a person all tokens are alike; each of a program has scopes of its own and may be revoked alone.
    const name = facts.kind === 'session' ? facts.holderId : facts.tokenId;
    let found = standing.get(name);
    if (found === undefined) {
      found = await (facts.kind === 'session' ? findSession : findClient)(facts);
      standing.set(name, found);
    }
    return found;
  }

  return {
    async authenticate(token, from) {
      let facts = known.get(token);
      if (facts === undefined) known.set(token, (facts = await accessTokens.read(token)));
      if (facts.expiresAt <= clock.now()) {
        known.delete(token);
        throw new DomainError('AUTH_TOKEN_INVALID');
      }
      const { caller, allowed } = await stands(facts);
      if (caller === null || caller.userId !== facts.userId) throw new DomainError('AUTH_TOKEN_INVALID');
      if (allowed?.has(from) === false)
        throw new DomainError('AUTH_ADDRESS_NOT_ALLOWED', {
          detail: `this token may not be used from ${from}, which is where the request came from`,
        });
      return caller;
    },
  };
}

/** API keys and access tokens in one: a JWT begins with the JSON of its header. */
export function createCallers(keys: Authenticator, tokens: Authenticator): Authenticator {
  return {
    authenticate: (secret, from) => (secret.startsWith('eyJ') ? tokens : keys).authenticate(secret, from),
  };
}

/** Whom a token stands for now: nobody when its session, program or user has ended. */
interface Stand {
  caller: Caller | null;
  /** Undefined for anywhere. */
  allowed?: Networks | undefined;
}

interface StandRow {
  id: string;
  userId: UserId;
  walletId: string;
  accountId: AccountId;
  services: string[];
  standing: WrittenStanding | null;
  role: string;
  payoutsRestUntil: Date | null;
}

/** The user as `u`, with its wallet. */
const OF_USER = `
  u.id as "userId", w.id as "walletId", w.account_id as "accountId", ${ACTIVE_SERVICES} as services,
  ${STANDING} as standing, role_of(u) as role`;

async function findSessions(
  { knex, clock, scopesOfSessions }: BearerDependencies,
  tokens: readonly TokenFacts[],
): Promise<Stand[]> {
  const found = await rows<StandRow>(
    knex,
    `select s.id, ${OF_USER},
       (select max(r.until_at) from payout_rests r where r.user_id = u.id and r.until_at > :now) as "payoutsRestUntil"
     from user_sessions s
     join users u on u.id = s.user_id and u.status = 'active'
     join wallets w on w.user_id = u.id and w.kind = 'main'
     where s.id = any(:ids::uuid[]) and s.ended_at is null and s.ends_at > :now`,
    { ids: tokens.map(({ holderId }) => holderId), now: clock.now() },
  );
  const byId = new Map(found.map((row) => [row.id, row]));
  return tokens.map(({ holderId }) => {
    const row = byId.get(holderId);
    if (row === undefined) return { caller: null };
    const { id: keyId, standing, ...user } = row;
    const caller = { ...user, standing: standingOf(standing), scopes: scopesOfSessions };
    return { caller: { by: 'session', keyId, ...caller } };
  });
}

interface ClientRow extends Omit<StandRow, 'payoutsRestUntil'> {
  tokenId: string;
  scopes: string[];
  allowedFrom: string[] | null;
}

/** What a program may do no more, no token of it does either. */
async function findClients({ knex }: BearerDependencies, tokens: readonly TokenFacts[]): Promise<Stand[]> {
  const found = await rows<ClientRow>(
    knex,
    `select n.token_id as "tokenId", c.id, c.scopes, c.allowed_from::text[] as "allowedFrom", ${OF_USER}
     from unnest(:ids::uuid[], :tokenIds::uuid[]) as n(client_id, token_id)
     join oauth_clients c on c.id = n.client_id and c.revoked_at is null
     join users u on u.id = c.user_id and u.status = 'active'
     join wallets w on w.user_id = u.id and w.kind = 'main'
     where not exists (select from revoked_tokens r where r.token_id = n.token_id)`,
    { ids: tokens.map(({ holderId }) => holderId), tokenIds: tokens.map(({ tokenId }) => tokenId) },
  );
  const byToken = new Map(found.map((row) => [row.tokenId, row]));
  return tokens.map(({ tokenId, scopes: given }) => {
    const row = byToken.get(tokenId);
    if (row === undefined) return { caller: null };
    const { id: keyId, tokenId: _, scopes: may, allowedFrom, standing, ...user } = row;
    const scopes = may.filter((scope) => given.includes(scope));
    return {
      caller: { by: 'client', keyId, ...user, standing: standingOf(standing), scopes },
      allowed: allowedFrom === null ? undefined : networksOf(allowedFrom),
    };
  });
}
