import type { AccountId, UserId } from '../ids/ids';
import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { LRUCache } from 'lru-cache';
import { networksOf, type Networks } from '../../platform/addresses';
import { businessDate, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import { createGather } from '../../platform/gather';
import type { Ids } from '../../platform/ids';
import { STANDING, standingOf, type Standing, type WrittenStanding } from '../standings/standings';
import { ApiKeyModel } from './api-key.model';
import { AUTH_ERRORS } from './errors';

/**
 * API keys: `mk_<mode>_<43 characters><6 characters of checksum>`. Only the SHA-256 is stored. By the
 * checksum, a secret scanner and we tell a real key from a mistyped one without asking the database. Scopes
 * say what a key may do; `domain/services/services.ts` lists them.
 */

/** The caller of the API: a user of an app, its wallet, and what the key or token allows. */
export interface Caller {
  userId: UserId;
  /** By what it calls: an API key where nothing is said, the session of a person, a program of a partner. */
  by?: 'session' | 'client';
  /** The id of that key, session or program. */
  keyId: string;
  walletId: string;
  accountId: AccountId;
  scopes: readonly string[];
  /** The services that the user may use now; none for one who is not active (`ACTIVE_SERVICES`). */
  services: readonly string[];
  /** What the user's KYC comes to; null for one who never had a record approved. */
  standing?: Standing | null;
  /** Of the user. What it allows is asked of `domain/access`. */
  role: string;
  /** Of a session: after somebody may have taken the account over, payouts rest until then. */
  payoutsRestUntil?: Date | null;
}

/** As SQL, with the user as `u`. */
export const ACTIVE_SERVICES = `
  case when u.stage = 'active' then array(
    select s.service from user_services s where s.user_id = u.id and s.state = 'active') else '{}' end`;

const KEY = /^mk_(live|test)_([A-Za-z0-9_-]{43})([0-9a-z]{6})$/;
const CACHE_MS = 1_000; // a revoked key stops within a second in every process
const CACHE_SIZE = 10_000;
const REFUSAL_NOTED_MS = 15 * 60_000;

/** Six base-36 digits of the SHA-256 of the text before them. */
function checksum(text: string): string {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6).toString(36).padStart(10, '0').slice(-6);
}

export interface NewApiKey {
  userId: UserId;
  mode: 'live' | 'test';
  scopes: readonly string[];
  expiresAt?: Date;
  /** Networks from which it may be used; without them, from anywhere. */
  allowedFrom?: readonly string[];
}

/** Makes a new key. The clear text is returned once and stored nowhere. */
export async function createApiKey(
  db: Knex | Knex.Transaction,
  ids: Ids,
  key: NewApiKey,
): Promise<{ id: string; secret: string }> {
  const head = `mk_${key.mode}_${randomBytes(32).toString('base64url')}`;
  const secret = head + checksum(head);
  const id = ids.uuid();
  await ApiKeyModel.query(db).insert({
    id,
    userId: key.userId,
    prefix: secret.slice(0, 12),
    secretHash: hashOf(secret),
    scopes: [...key.scopes],
    expiresAt: key.expiresAt ?? null,
    allowedFrom: key.allowedFrom === undefined ? null : [...key.allowedFrom],
  });
  return { id, secret };
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

export interface Authenticator {
  /**
   * `from`: the address of the caller. Throws DomainError AUTH_KEY_INVALID, the same for a malformed, unknown,
   * expired, revoked or disabled key; AUTH_ADDRESS_NOT_ALLOWED for a good one that is used from elsewhere.
   */
  authenticate(secret: string, from: string): Promise<Caller>;
}

interface KeyRow {
  keyId: string;
  userId: UserId;
  walletId: string;
  accountId: AccountId;
  scopes: string[];
  services: string[];
  standing: WrittenStanding | null;
  role: string;
  expiresAt: Date | null;
  allowedFrom: string[] | null;
}

export interface AuthenticatorDependencies {
  knex: Knex;
  clock: Clock;
  /** Called for each use of a key from where it may not be used; for metrics. */
  onAddressRefused?: () => void;
  onError?: (error: unknown) => void;
}

interface CacheEntry {
  caller: Caller;
  expiresAt: Date | null;
  /** Undefined for anywhere. */
  allowed: Networks | undefined;
}

export function createAuthenticator(deps: AuthenticatorDependencies): Authenticator {
  // What is kept: who it is, until when, and from where: a change of any of them is seen within a second.
  const cache = new LRUCache<string, { known: CacheEntry | null }>({ max: CACHE_SIZE, ttl: CACHE_MS });
  const find = createGather<Buffer, KeyRow | null>((hashes) => findKeys(deps.knex, hashes), {
    maxBatch: 500,
  });
  const noteUse = createUseNotes(deps);
  const noteRefusal = createRefusalNotes(deps);
  return {
    async authenticate(secret, from) {
      let entry = cache.get(secret);
      if (entry === undefined) {
        const match = KEY.exec(secret);
        if (match === null || checksum(secret.slice(0, -6)) !== match[3])
          throw new DomainError('AUTH_KEY_INVALID');
        entry = { known: entryOf(await find(hashOf(secret))) };
        cache.set(secret, entry);
        if (entry.known !== null) await noteUse(entry.known.caller.keyId);
      }
      const { known } = entry;
      if (known === null || (known.expiresAt !== null && known.expiresAt <= deps.clock.now()))
        throw new DomainError('AUTH_KEY_INVALID');
      if (known.allowed?.has(from) === false) {
        noteRefusal(known.caller, from);
        throw new DomainError('AUTH_ADDRESS_NOT_ALLOWED', {
          detail: `this key may not be used from ${from}, which is where the request came from`,
        });
      }
      return known.caller;
    },
  };
}

function entryOf(row: KeyRow | null): CacheEntry | null {
  if (row === null) return null;
  const { expiresAt, allowedFrom, standing, ...of } = row;
  const caller = { ...of, standing: standingOf(standing) };
  return { caller, expiresAt, allowed: allowedFrom === null ? undefined : networksOf(allowedFrom) };
}

/**
 * A key that is used from elsewhere may be in wrong hands. Each use is counted; the audit log has a row for the
 * first of each quarter of an hour and process, so that a loop does not fill it.
 */
function createRefusalNotes({
  knex,
  clock,
  onAddressRefused,
  onError,
}: AuthenticatorDependencies): (caller: Caller, from: string) => void {
  const noted = new LRUCache<string, true>({ max: CACHE_SIZE, ttl: REFUSAL_NOTED_MS });
  return ({ keyId, userId }, from) => {
    onAddressRefused?.();
    if (noted.has(keyId)) return;
    noted.set(keyId, true);
    recordAudit(knex, {
      at: clock.now(),
      actor: userId,
      actorIp: from,
      action: 'key.use',
      subject: `api_key:${keyId}`,
      outcome: 'refused',
      detail: { reason: 'address' },
    }).catch((error: unknown) => {
      noted.delete(keyId);
      onError?.(error);
    });
  };
}

/** Keys that arrive together are looked up in one prepared statement: this is on the path of each request. */
async function findKeys(knex: Knex, hashes: readonly Buffer[]): Promise<(KeyRow | null)[]> {
  const found = await rows<KeyRow & { hash: Buffer }>(
    knex,
    `
    select k.secret_hash as hash, k.id as "keyId", k.user_id as "userId", k.scopes, k.expires_at as "expiresAt",
      k.allowed_from::text[] as "allowedFrom", ${ACTIVE_SERVICES} as services, ${STANDING} as standing,
      role_of(u) as role,
      w.id as "walletId", w.account_id as "accountId"
    from unnest(?::bytea[]) as n(hash)
    join api_keys k on k.secret_hash = n.hash
    join users u on u.id = k.user_id and u.status = 'active'
    join wallets w on w.user_id = u.id and w.kind = 'main'
    where k.revoked_at is null`,
    [hashes],
  );
  const byHash = new Map(found.map(({ hash, ...row }) => [hash.toString('base64'), row]));
  return hashes.map((hash) => byHash.get(hash.toString('base64')) ?? null);
}

/** Notes the day on which a key was last used: one write a day and process, for all keys that come together. */
function createUseNotes({ knex, clock }: { knex: Knex; clock: Clock }): (keyId: string) => Promise<void> {
  const noted = new LRUCache<string, string>({ max: CACHE_SIZE });
  const today = (): string => businessDate(clock.now());
  const note = createGather<string, undefined>((keyIds) => writeUses(knex, keyIds, today()), {
    maxBatch: 500,
  });
  return async (keyId) => {
    if (noted.get(keyId) === today()) return;
    noted.set(keyId, today());
    // A database that cannot write now must not refuse a good key; a later request notes the day.
    await note(keyId).catch(() => noted.delete(keyId));
  };
}

/** Locks the rows in one order, so that two processes that note the same keys do not wait for each other. */
async function writeUses(knex: Knex, keyIds: readonly string[], today: string): Promise<undefined[]> {
  await execute(
    knex,
    `
    with old as (
      select id from api_keys where id = any(:keyIds::uuid[]) and last_used_on is distinct from :today::date
      order by id for no key update)
    update api_keys k set last_used_on = :today::date from old where k.id = old.id`,
    { keyIds, today },
  );
  return keyIds.map(() => undefined);
}

/** Requires one of the scopes. Throws DomainError AUTH_SCOPE_MISSING. */
export function requireScope(caller: Caller, ...scopes: readonly [string, ...string[]]): void {
  if (!scopes.some((scope) => caller.scopes.includes(scope)))
    throw new DomainError('AUTH_SCOPE_MISSING', { detail: `this needs the scope ${scopes.join(' or ')}` });
}

/** Throws DomainError SERVICE_NOT_ACTIVE. */
export function requireService({ services }: Pick<Caller, 'services'>, service: string): void {
  if (!services.includes(service)) throw new DomainError(AUTH_ERRORS.SERVICE_NOT_ACTIVE);
}
