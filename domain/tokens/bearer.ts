import type { Knex } from 'knex';
import { LRUCache } from 'lru-cache';
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

/** Throws DomainError AUTH_TOKEN_INVALID, the same for a token that is not ours, has ended or was revoked. */
export function createBearerAuthenticator(deps: BearerDependencies): Authenticator {
  const { clock, accessTokens } = deps;
  const known = new LRUCache<string, TokenFacts>({ max: MOST_TOKENS });
  const standing = new LRUCache<string, { caller: Caller | null }>({ max: MOST_TOKENS, ttl: STANDS_MS });
  const findSession = createGather<string, Caller | null>((ids) => findSessions(deps, ids), {
    maxBatch: 500,
  });

  async function stands({ kind, holderId }: TokenFacts): Promise<Caller | null> {
    let entry = standing.get(holderId);
    if (entry === undefined) {
      entry = { caller: kind === 'session' ? await findSession(holderId) : null };
      standing.set(holderId, entry);
    }
    return entry.caller;
  }

  return {
    async authenticate(token) {
      let facts = known.get(token);
      if (facts === undefined) known.set(token, (facts = await accessTokens.read(token)));
      if (facts.expiresAt <= clock.now()) {
        known.delete(token);
        throw new DomainError('AUTH_TOKEN_INVALID');
      }
      const caller = await stands(facts);
      if (caller === null || caller.userId !== facts.userId) throw new DomainError('AUTH_TOKEN_INVALID');
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

interface SessionRow {
  id: string;
  userId: UserId;
  walletId: string;
  accountId: AccountId;
  services: string[];
  standing: WrittenStanding | null;
  role: string;
  payoutsRestUntil: Date | null;
}

async function findSessions(
  { knex, clock, scopesOfSessions }: BearerDependencies,
  ids: readonly string[],
): Promise<(Caller | null)[]> {
  const found = await rows<SessionRow>(
    knex,
    `select s.id, s.user_id as "userId", w.id as "walletId", w.account_id as "accountId",
       ${ACTIVE_SERVICES} as services, ${STANDING} as standing, role_of(u) as role,
       (select max(r.until_at) from payout_rests r where r.user_id = u.id and r.until_at > :now) as "payoutsRestUntil"
     from user_sessions s
     join users u on u.id = s.user_id and u.status = 'active'
     join wallets w on w.user_id = u.id and w.kind = 'main'
     where s.id = any(:ids::uuid[]) and s.ended_at is null and s.ends_at > :now`,
    { ids, now: clock.now() },
  );
  const byId = new Map(found.map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = byId.get(id);
    if (row === undefined) return null;
    const { id: keyId, standing, ...of } = row;
    return { by: 'session', keyId, ...of, standing: standingOf(standing), scopes: scopesOfSessions };
  });
}
