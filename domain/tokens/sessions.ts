import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { addMs, type Clock } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { insertOne, type StatementPart } from '../../platform/sql';
import { auditIn, recordAudit, type AuditEntry } from '../audit/audit';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import type { AccessTokens } from './access-tokens';
import { deviceHash, enterDevice, SEEN_AGAIN, type DeviceFacts, type EnteredDevice } from './devices';
import { TOKEN_ERRORS } from './errors';
import type { TokenPolicies } from './policy';

/**
 * Sessions of people. A sign-in begins one on a device; it lives as long as its refresh token is used in time.
 *
 * The refresh token is `mr_`, the id of the session, a part that stays and a part that is new each time. Whoever
 * shows the part that stays with an old new part has a copy: the session ends, for whoever holds it. So an app makes
 * one refresh at a time, and signs in again when it lost the answer to one.
 */
export interface UserSessions {
  /** Begins a session for somebody whose password or one-time password was checked in the same `trx`. */
  start(trx: Knex.Transaction, of: SignIn): Promise<StartedSession>;
  /**
   * Begins a session on a device that is known, in one statement; `also` changes rows in it. Undefined, with the rest
   * done, where the user is not known on the device (any more).
   */
  startOnKnown(of: SignIn, also: StatementPart): Promise<StartedSession | undefined>;
  /**
   * New tokens for a refresh token; of those that come at once with the same, one at most gets them. Throws
   * DomainError SESSION_OVER.
   */
  refresh(refreshToken: string, ip: string): Promise<SessionTokens>;
  /** Ends the session of a refresh token; says nothing of one that is not good. */
  signOut(refreshToken: string): Promise<void>;
  list(user: UserId): Promise<SessionView[]>;
  /** Throws DomainError SESSION_NOT_FOUND, also for a session that is over. */
  end(user: UserId, sessionId: string, by: { ip: string }): Promise<void>;
  /** Ends the open sessions of a user but this one, and says how many. */
  endOthers(user: UserId, but: string | undefined, by: { ip: string }): Promise<number>;
  /** The same in somebody's transaction: a password that changed, a user who was disabled. */
  endAll(db: Knex | Knex.Transaction, user: UserId, of: { reason: EndReason; but?: string }): Promise<number>;
}

/** How somebody showed who they are, in the words of RFC 8176: `fed` is another company's sign-in. */
export type SignInMethod = 'pwd' | 'otp' | 'sms' | 'pin' | 'fed';
export type EndReason =
  | 'signed_out'
  | 'revoked'
  | 'reused'
  | 'device_forgotten'
  | 'credentials_changed'
  | 'disabled';

export interface SignIn {
  userId: UserId;
  device: DeviceFacts;
  methods: readonly [SignInMethod, ...SignInMethod[]];
}

export interface SessionTokens {
  sessionId: string;
  accessToken: string;
  accessExpiresAt: Date;
  refreshToken: string;
  refreshExpiresAt: Date;
}

export interface StartedSession extends SessionTokens {
  /** `isNew`: its owner should be told. */
  device: EnteredDevice;
}

export interface SessionView {
  id: string;
  deviceId: string;
  deviceName: string;
  methods: SignInMethod[];
  ip: string;
  startedAt: Date;
  refreshedAt: Date;
  endsAt: Date;
}

export interface UserSessionsDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  policies: TokenPolicies;
  accessTokens: AccessTokens;
}

const REFRESH = /^mr_([A-Za-z0-9_-]{86})$/;
const ID_BYTES = 16;
const PART_BYTES = 24;

export function createUserSessions(deps: UserSessionsDependencies): UserSessions {
  const { knex, clock } = deps;
  return {
    start: (trx, of) => start(trx, deps, of),
    startOnKnown: (of, also) => startOnKnown(deps, of, also),
    refresh: (refreshToken, ip) => refresh(deps, refreshToken, ip),
    async signOut(refreshToken) {
      const parts = partsOf(refreshToken);
      if (parts === undefined) return;
      await execute(
        knex,
        `update user_sessions set ended_at = :now, end_reason = 'signed_out'
         where id = :id and family_hash = :family and refresh_hash = :current and ended_at is null`,
        { now: clock.now(), id: parts.id, family: hashOf(parts.family), current: hashOf(parts.current) },
      );
    },
    list: (user) =>
      rows<SessionView>(
        knex,
        `select s.id, s.device_id as "deviceId", d.name as "deviceName", s.methods, s.ip,
           s.started_at as "startedAt", s.refreshed_at as "refreshedAt", s.ends_at as "endsAt"
         from user_sessions s join user_devices d on d.id = s.device_id
         where s.user_id = :user and s.ended_at is null and s.refresh_until > :now
         order by s.id desc limit 100`,
        { user, now: clock.now() },
      ),
    async end(user, sessionId, { ip }) {
      await knex.transaction(async (trx) => {
        const ended = await execute(
          trx,
          `update user_sessions set ended_at = :now, end_reason = 'revoked'
           where id = :sessionId and user_id = :user and ended_at is null and refresh_until > :now`,
          { now: clock.now(), sessionId, user },
        );
        if (ended === 0) throw new DomainError(TOKEN_ERRORS.SESSION_NOT_FOUND);
        const entry = { user, ip, action: 'session.end', sessionId, outcome: 'succeeded' } as const;
        await recordAudit(trx, noteOf(deps, entry));
      });
    },
    endOthers: (user, but, { ip }) =>
      knex.transaction(async (trx) => {
        const ended = await endAll(trx, deps, user, { reason: 'revoked', but });
        await recordAudit(trx, {
          at: clock.now(),
          actor: user,
          actorIp: ip,
          action: 'session.end_others',
          subject: `user:${user}`,
          outcome: 'succeeded',
          detail: { ended },
        });
        return ended;
      }),
    endAll: (db, user, of) => endAll(db, deps, user, of),
  };
}

function endAll(
  db: Knex | Knex.Transaction,
  { clock }: Pick<UserSessionsDependencies, 'clock'>,
  user: UserId,
  { reason, but }: { reason: EndReason; but?: string | undefined },
): Promise<number> {
  return execute(
    db,
    `update user_sessions set ended_at = :now, end_reason = :reason
     where user_id = :user and ended_at is null and id is distinct from :but::uuid`,
    { now: clock.now(), reason, user, but: but ?? null },
  );
}

async function start(
  trx: Knex.Transaction,
  deps: UserSessionsDependencies,
  signIn: SignIn,
): Promise<StartedSession> {
  const { userId, device: given } = signIn;
  const device = await enterDevice(trx, deps, userId, given);
  const begun = begin(deps, signIn);
  await insertOne(trx, 'user_sessions', { ...begun.row, device_id: device.id });
  await recordAudit(trx, noteOf(deps, startNote(begun, signIn, device.isNew)));
  return { ...(await tokensOf(deps, begun, signIn)), device };
}

async function startOnKnown(
  deps: UserSessionsDependencies,
  signIn: SignIn,
  also: StatementPart,
): Promise<StartedSession | undefined> {
  const { userId: user, device } = signIn;
  const begun = begin(deps, signIn);
  const noted = auditIn('begun', noteOf(deps, startNote(begun, signIn, false)));
  const [known] = await rows<{ id: string }>(
    deps.knex,
    `with device as (${SEEN_AGAIN}),
       begun as (insert into user_sessions (id, user_id, device_id, methods, ip, started_at, family_hash, refresh_hash,
           refreshed_at, refresh_until, ends_at)
         select :id::uuid, :user_id::uuid, device.id, :methods::text[], :ip, :started_at::timestamptz,
           :family_hash::bytea, :refresh_hash::bytea, :refreshed_at::timestamptz, :refresh_until::timestamptz,
           :ends_at::timestamptz
         from device
         returning id),
       noted as (${noted.text}),
       also as (${also.text})
     select id from device`,
    {
      ...{ deviceHash: deviceHash(device.token) ?? null, name: device.name, user, now: begun.now },
      ...begun.row,
      ...noted.bindings,
      ...also.bindings,
    },
  );
  if (known === undefined) return undefined;
  return { ...(await tokensOf(deps, begun, signIn)), device: { id: known.id, isNew: false } };
}

/** A session that is about to begin: its row but for the device, and the secret parts of its refresh token. */
interface Begun {
  id: string;
  now: Date;
  family: Buffer;
  current: Buffer;
  refreshExpiresAt: Date;
  row: Readonly<Record<string, unknown>>;
}

function begin(
  { clock, ids, policies }: UserSessionsDependencies,
  { userId, device, methods }: SignIn,
): Begun {
  const now = clock.now();
  const { sessionS, refreshIdleS } = policies.now();
  const parts = { id: ids.uuid(), family: randomBytes(PART_BYTES), current: randomBytes(PART_BYTES) };
  const refreshExpiresAt = addMs(now, Math.min(refreshIdleS, sessionS) * 1_000);
  const row = {
    id: parts.id,
    user_id: userId,
    methods: [...methods],
    ip: device.ip,
    started_at: now,
    family_hash: hashOf(parts.family),
    refresh_hash: hashOf(parts.current),
    refreshed_at: now,
    refresh_until: refreshExpiresAt,
    ends_at: addMs(now, sessionS * 1_000),
  };
  return { ...parts, now, refreshExpiresAt, row };
}

const startNote = ({ id }: Begun, { userId, device, methods }: SignIn, isNew: boolean): Note => ({
  user: userId,
  ip: device.ip,
  action: 'session.start',
  sessionId: id,
  outcome: 'succeeded',
  detail: { methods: methods.join(' '), new_device: isNew },
});

async function tokensOf(
  deps: UserSessionsDependencies,
  begun: Begun,
  { userId, methods }: SignIn,
): Promise<SessionTokens> {
  const access = await deps.accessTokens.issue({
    kind: 'session',
    userId,
    sessionId: begun.id,
    methods,
    authenticatedAt: begun.now,
  });
  return {
    sessionId: begun.id,
    accessToken: access.token,
    accessExpiresAt: access.expiresAt,
    refreshToken: refreshTokenOf(begun),
    refreshExpiresAt: begun.refreshExpiresAt,
  };
}

interface Renewed {
  userId: UserId;
  methods: SignInMethod[];
  startedAt: Date;
  refreshExpiresAt: Date;
}

async function refresh(
  deps: UserSessionsDependencies,
  refreshToken: string,
  ip: string,
): Promise<SessionTokens> {
  const { knex, clock, policies } = deps;
  const parts = partsOf(refreshToken);
  if (parts === undefined) throw new DomainError(TOKEN_ERRORS.SESSION_OVER);
  const now = clock.now();
  const current = randomBytes(PART_BYTES);
  const shown = { id: parts.id, family: hashOf(parts.family), current: hashOf(parts.current), now };
  const [renewed] = await rows<Renewed>(
    knex,
    `update user_sessions s set refresh_hash = :next, refreshes = refreshes + 1, refreshed_at = :now, ip = :ip,
       refresh_until = least(s.ends_at, :idleUntil::timestamptz)
     from users u
     where s.id = :id and s.family_hash = :family and s.refresh_hash = :current and s.ended_at is null
       and s.refresh_until > :now and u.id = s.user_id and u.status = 'active'
     returning s.user_id as "userId", s.methods, s.started_at as "startedAt",
       s.refresh_until as "refreshExpiresAt"`,
    { ...shown, ip, next: hashOf(current), idleUntil: addMs(now, policies.now().refreshIdleS * 1_000) },
  );
  if (renewed === undefined) {
    await endReused(deps, shown, ip);
    throw new DomainError(TOKEN_ERRORS.SESSION_OVER);
  }
  const { userId, methods, startedAt, refreshExpiresAt } = renewed;
  const access = await deps.accessTokens.issue({
    kind: 'session',
    userId,
    sessionId: parts.id,
    methods,
    authenticatedAt: startedAt,
  });
  return {
    sessionId: parts.id,
    accessToken: access.token,
    accessExpiresAt: access.expiresAt,
    refreshToken: refreshTokenOf({ ...parts, current }),
    refreshExpiresAt,
  };
}

/** A token that was good once and is shown again: somebody has a copy, and nobody knows which of the two it is. */
async function endReused(
  deps: UserSessionsDependencies,
  { id, family, current, now }: { id: string; family: Buffer; current: Buffer; now: Date },
  ip: string,
): Promise<void> {
  await deps.knex.transaction(async (trx) => {
    const [ended] = await rows<{ user: UserId }>(
      trx,
      `update user_sessions set ended_at = :now, end_reason = 'reused'
       where id = :id and family_hash = :family and refresh_hash <> :current and ended_at is null
       returning user_id as "user"`,
      { id, family, current, now },
    );
    if (ended !== undefined)
      await recordAudit(
        trx,
        noteOf(deps, {
          user: ended.user,
          ip,
          action: 'session.refresh',
          sessionId: id,
          outcome: 'refused',
          detail: { reason: 'reused' },
        }),
      );
  });
}

interface Note {
  user: UserId;
  ip: string;
  action: string;
  sessionId: string;
  outcome: 'succeeded' | 'refused';
  detail?: Record<string, string | boolean>;
}

function noteOf(
  { clock }: Pick<UserSessionsDependencies, 'clock'>,
  { user, ip, action, sessionId, outcome, detail }: Note,
): AuditEntry {
  return {
    ...{ at: clock.now(), actor: user, actorIp: ip, action, outcome },
    subject: `session:${sessionId}`,
    ...(detail === undefined ? {} : { detail }),
  };
}

interface RefreshParts {
  id: string;
  family: Buffer;
  current: Buffer;
}

function refreshTokenOf({ id, family, current }: RefreshParts): string {
  const bytes = Buffer.concat([Buffer.from(id.replaceAll('-', ''), 'hex'), family, current]);
  return `mr_${bytes.toString('base64url')}`;
}

function partsOf(token: string): RefreshParts | undefined {
  const text = REFRESH.exec(token)?.[1];
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  const hex = bytes.subarray(0, ID_BYTES).toString('hex');
  return {
    id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    family: bytes.subarray(ID_BYTES, ID_BYTES + PART_BYTES),
    current: bytes.subarray(ID_BYTES + PART_BYTES),
  };
}

function hashOf(part: Buffer): Buffer {
  return createHash('sha256').update(part).digest();
}
