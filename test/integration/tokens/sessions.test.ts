/** Sessions of people: who gets the next tokens when several ask, and what ends a session, in every process. */
import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { createAppUser, type AppUser } from '../../../domain/users/users';
import { createAccessTokens } from '../../../domain/tokens/access-tokens';
import { createBearerAuthenticator } from '../../../domain/tokens/bearer';
import { createDevices } from '../../../domain/tokens/devices';
import { createTokenPolicies, type TokenPolicies } from '../../../domain/tokens/policy';
import { createUserSessions, type SessionTokens, type StartedSession } from '../../../domain/tokens/sessions';
import { createSigningKeys } from '../../../domain/tokens/signing-keys';
import type { DomainError } from '../../../domain/errors/errors';
import { FakeClock } from '../../../platform/clock';
import { execute, makeKnex, rows, sqlState } from '../../../platform/database';
import { createFieldCipher } from '../../../platform/encryption';
import { systemIds } from '../../../platform/ids';
import { freshDatabase, type TestDatabase } from '../../support/database';

const IP = '192.0.2.1';
const DAY_MS = 86_400_000;
const cipher = createFieldCipher({ keys: new Map([['k', randomBytes(32)]]), activeKid: 'k' });
const clock = new FakeClock();

let database: TestDatabase;
let knex: Knex;
let policies: TokenPolicies;
let user: AppUser;
let here: ReturnType<typeof aProcess>;
let there: ReturnType<typeof aProcess>;

beforeAll(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.appUrl, { max: 12 });
  policies = await createTokenPolicies({ knex, clock, profile: 'production' });
});
afterAll(async () => {
  policies.close();
  await knex.destroy();
  await database.drop();
});
beforeEach(async () => {
  [here, there] = [aProcess(), aProcess()];
  user = await knex.transaction((trx) => createAppUser(trx, systemIds, { name: 'Test Trader' }));
});

/** What a process has of sessions and tokens, with memories of its own. */
function aProcess() {
  const deps = { knex, clock, ids: systemIds, cipher, policies };
  const keys = createSigningKeys(deps);
  const accessTokens = createAccessTokens({ ...deps, keys, issuer: 'https://api.munim.example' });
  return {
    keys,
    accessTokens,
    sessions: createUserSessions({ ...deps, accessTokens }),
    devices: createDevices(deps),
    bearer: createBearerAuthenticator({ ...deps, accessTokens, scopesOfSessions: ['account'] }),
  };
}

const signIn = (token?: string, of: AppUser = user): Promise<StartedSession> =>
  knex.transaction((trx) =>
    here.sessions.start(trx, {
      userId: of.userId,
      device: { token, name: 'Chrome on Android', ip: IP },
      methods: ['pwd', 'sms'],
    }),
  );
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'fine',
    (error: unknown) => (error as DomainError).code,
  );
const opens = (tokens: SessionTokens, process = here): Promise<string> =>
  codeOf(process.bearer.authenticate(tokens.accessToken, IP));
const endOf = async (session: string): Promise<string | null> =>
  (
    await rows<{ reason: string | null }>(
      knex,
      'select end_reason as reason from user_sessions where id = ?',
      [session],
    )
  )[0]!.reason;
/** What is remembered is asked for again. */
const aSecondLater = async (): Promise<void> => {
  clock.advance(1_001);
  [here, there] = [aProcess(), aProcess()];
};

describe('tokens', () => {
  test('open what the user may do, in every process', async () => {
    const tokens = await signIn();
    for (const process of [here, there])
      expect(await process.bearer.authenticate(tokens.accessToken, IP)).toMatchObject({
        by: 'session',
        keyId: tokens.sessionId,
        userId: user.userId,
        walletId: user.walletId,
        accountId: user.accountId,
        scopes: ['account'],
        services: expect.any(Array) as string[],
        role: 'retailer',
      });
  });

  test('are stored as hashes', async () => {
    const { refreshToken, device } = await signIn();
    const [text] = await rows<{ text: string }>(
      knex,
      `select (select string_agg(s::text, '') from user_sessions s)
         || (select string_agg(d::text, '') from user_devices d) as text`,
    );
    const parts = Buffer.from(refreshToken.slice(3), 'base64url');
    for (const secret of [parts.subarray(16, 40), parts.subarray(40), Buffer.from(device.token!)])
      expect(text!.text).not.toContain(secret.toString('hex'));
  });

  test('end after ten minutes; the refresh token gives the next', async () => {
    const first = await signIn();
    clock.advance(600_000);
    expect(await opens(first)).toBe('AUTH_TOKEN_INVALID');
    const second = await there.sessions.refresh(first.refreshToken, IP);
    expect(second.sessionId).toBe(first.sessionId);
    expect(await opens(second)).toBe('fine');
  });
});

describe('refresh', () => {
  test('of twenty at once one wins, and the session is over, since nobody knows who has the copy', async () => {
    const { refreshToken, sessionId } = await signIn();
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? here : there).sessions.refresh(refreshToken, IP)),
    );
    const won = answers.filter((a) => a.status === 'fulfilled');
    expect(won).toHaveLength(1);
    expect(await endOf(sessionId)).toBe('reused');
    await aSecondLater();
    expect(await opens(won[0]!.value)).toBe('AUTH_TOKEN_INVALID');
    expect(await codeOf(here.sessions.refresh(won[0]!.value.refreshToken, IP))).toBe('SESSION_OVER');
  });

  test('with any earlier token ends the session, and leaves a row in the audit log', async () => {
    const first = await signIn();
    const second = await here.sessions.refresh(first.refreshToken, IP);
    const third = await here.sessions.refresh(second.refreshToken, IP);
    expect(await codeOf(there.sessions.refresh(first.refreshToken, '198.51.100.7'))).toBe('SESSION_OVER');
    expect(await codeOf(here.sessions.refresh(third.refreshToken, IP))).toBe('SESSION_OVER');
    const noted = await rows(
      knex,
      `select actor_ip as ip, outcome, detail->>'reason' as reason from audit_log
       where action = 'session.refresh' and subject = ?`,
      [`session:${first.sessionId}`],
    );
    expect(noted).toEqual([{ ip: '198.51.100.7', outcome: 'refused', reason: 'reused' }]);
  });

  test('with a made up token ends nothing, also where its session is known', async () => {
    const { refreshToken, sessionId } = await signIn();
    const bytes = Buffer.from(refreshToken.slice(3), 'base64url');
    const other = Buffer.concat([bytes.subarray(0, 16), randomBytes(48)]);
    for (const text of [`mr_${other.toString('base64url')}`, 'mr_x', '', refreshToken.slice(1)])
      expect(await codeOf(here.sessions.refresh(text, IP))).toBe('SESSION_OVER');
    expect(await endOf(sessionId)).toBeNull();
    expect(await codeOf(here.sessions.refresh(refreshToken, IP))).toBe('fine');
  });

  test('too late is none: after 30 days without one, and after 180 in any case', async () => {
    const idle = await signIn();
    let kept: SessionTokens = await signIn();
    clock.advance(29 * DAY_MS);
    kept = await here.sessions.refresh(kept.refreshToken, IP);
    clock.advance(DAY_MS);
    expect(await codeOf(here.sessions.refresh(idle.refreshToken, IP))).toBe('SESSION_OVER');
    for (let days = 30; days + 25 < 180; days += 25) {
      clock.advance(25 * DAY_MS);
      kept = await here.sessions.refresh(kept.refreshToken, IP);
    }
    clock.advance(25 * DAY_MS);
    expect(await codeOf(here.sessions.refresh(kept.refreshToken, IP))).toBe('SESSION_OVER');
  });
});

describe('a session ends', () => {
  const WAYS: Record<string, (tokens: StartedSession) => Promise<unknown>> = {
    signed_out: ({ refreshToken }) => there.sessions.signOut(refreshToken),
    revoked: ({ sessionId }) => there.sessions.end(user.userId, sessionId, { ip: IP }),
    device_forgotten: ({ device }) => there.devices.forget(user.userId, device.id, { ip: IP }),
    credentials_changed: () => there.sessions.endAll(knex, user.userId, { reason: 'credentials_changed' }),
  };
  test.each(Object.keys(WAYS))('%s: at once, in every process', async (reason) => {
    const tokens = await signIn();
    expect([await opens(tokens), await opens(tokens, there)]).toEqual(['fine', 'fine']);
    await WAYS[reason]!(tokens);
    expect(await endOf(tokens.sessionId)).toBe(reason);
    await aSecondLater();
    expect([await opens(tokens), await opens(tokens, there)]).toEqual(Array(2).fill('AUTH_TOKEN_INVALID'));
    expect(await codeOf(here.sessions.refresh(tokens.refreshToken, IP))).toBe('SESSION_OVER');
    expect(await here.sessions.list(user.userId)).toEqual([]);
  });

  test('with its user: who is disabled opens nothing and gets no tokens', async () => {
    const tokens = await signIn();
    await execute(knex, `update users set status = 'disabled' where id = ?`, [user.userId]);
    await aSecondLater();
    expect(await opens(tokens)).toBe('AUTH_TOKEN_INVALID');
    expect(await codeOf(here.sessions.refresh(tokens.refreshToken, IP))).toBe('SESSION_OVER');
  });

  test('but the one that asks, when all others do', async () => {
    const [mine, other, third] = [await signIn(), await signIn(), await signIn()];
    expect(await here.sessions.endOthers(user.userId, mine.sessionId, { ip: IP })).toBe(2);
    const open = await here.sessions.list(user.userId);
    expect(open.map(({ id }) => id)).toEqual([mine.sessionId]);
    expect([await endOf(other.sessionId), await endOf(third.sessionId)]).toEqual(['revoked', 'revoked']);
  });

  test('by its own user alone', async () => {
    const { sessionId, device } = await signIn();
    const stranger = await knex.transaction((trx) => createAppUser(trx, systemIds, { name: 'Other Trader' }));
    expect(await codeOf(here.sessions.end(stranger.userId, sessionId, { ip: IP }))).toBe('SESSION_NOT_FOUND');
    expect(await codeOf(here.devices.forget(stranger.userId, device.id, { ip: IP }))).toBe(
      'DEVICE_NOT_FOUND',
    );
    expect(await endOf(sessionId)).toBeNull();
  });

  test('for good: the database opens none again, and gives none to another', async () => {
    const { sessionId } = await signIn();
    const other = await knex.transaction((trx) => createAppUser(trx, systemIds, { name: 'Other Trader' }));
    const refused = (sql: string, value: string): Promise<string | undefined> =>
      execute(knex, sql, [value, sessionId]).then(() => 'done', sqlState);
    expect(await refused('update user_sessions set user_id = ? where id = ?', other.userId)).toBe('23514');
    await here.sessions.end(user.userId, sessionId, { ip: IP });
    expect(
      await refused('update user_sessions set ended_at = null, end_reason = null, ip = ? where id = ?', IP),
    ).toBe('23514');
  });
});

describe('a device', () => {
  test('is known again by its token, and by nothing else', async () => {
    const first = await signIn();
    expect(first.device).toMatchObject({ isNew: true, token: expect.stringMatching(/^md_/) as string });
    const again = await signIn(first.device.token);
    expect(again.device).toEqual({ id: first.device.id, isNew: false });
    const stranger = await knex.transaction((trx) => createAppUser(trx, systemIds, { name: 'Other Trader' }));
    expect((await signIn(first.device.token, stranger)).device).toMatchObject({ isNew: true });
    expect(await here.devices.isKnown(user.userId, first.device.token!)).toBe(true);
    expect(await here.devices.isKnown(stranger.userId, first.device.token!)).toBe(false);
    await here.devices.forget(user.userId, first.device.id, { ip: IP });
    expect(await here.devices.isKnown(user.userId, first.device.token!)).toBe(false);
    expect((await signIn(first.device.token)).device.isNew).toBe(true);
  });
});

describe('signing keys', () => {
  test('two processes that begin at once make one', async () => {
    await execute(knex, 'delete from token_keys');
    const many = Array.from({ length: 6 }, aProcess);
    const kids = await Promise.all(many.map(async ({ keys }) => (await keys.signing()).kid));
    expect(new Set(kids).size).toBe(1);
  });

  test('the next is shown for a day before it signs, and the last until its tokens have ended', async () => {
    const kids = async (process = aProcess()): Promise<string[]> =>
      (await process.keys.published()).map(({ kid }) => kid);
    const signs = async (): Promise<string> => (await aProcess().keys.signing()).kid;
    await execute(knex, 'delete from token_keys');
    const first = await signs();
    clock.advance(29 * DAY_MS);
    const [old, next] = await kids();
    expect([old, await signs()]).toEqual([first, first]);
    expect(next).toMatch(/^[0-9a-f-]{36}$/);
    const tokens = await signIn();
    clock.advance(DAY_MS);
    expect(await signs()).toBe(next);
    expect(await kids()).toEqual([first, next]);
    const last = await signIn();
    expect(await opens(last, aProcess())).toBe('fine');
    clock.advance(600_000 + 61_000);
    expect(await kids()).toEqual([next]);
    expect(await codeOf(aProcess().accessTokens.read(tokens.accessToken))).toBe('AUTH_TOKEN_INVALID');
  });

  test('a process that read the keys before the newest asks again for a token of it', async () => {
    await execute(knex, 'delete from token_keys');
    const process = aProcess();
    const before = await signIn();
    expect(await opens(before, process)).toBe('fine');
    await execute(knex, 'delete from token_keys');
    clock.advance(1_000);
    here = aProcess();
    expect(await opens(await signIn(), process)).toBe('fine');
  });

  test('lie sealed in the database', async () => {
    await here.keys.signing();
    const [row] = await rows<{ id: string; sealed: string }>(
      knex,
      'select id, private_sealed as sealed from token_keys limit 1',
    );
    expect(cipher.open(row!.sealed, `token_keys|private_sealed|${row!.id}`)).toHaveLength(43);
  });
});
