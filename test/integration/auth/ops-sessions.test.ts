import type { UserId } from '../../../domain/ids/ids';
import request from 'supertest';
import { ABSOLUTE_LIMIT_MS, createSessions, IDLE_LIMIT_MS } from '../../../domain/auth/sessions';
import {
  ATTEMPTS_PER_ACCOUNT,
  ATTEMPTS_PER_ACCOUNT_AND_ADDRESS,
  ATTEMPTS_PER_ADDRESS,
  createLoginAttempts,
} from '../../../domain/auth/login-attempts';
import { recordAudit } from '../../../domain/audit/audit';
import { networksOf } from '../../../platform/addresses';
import { execute, rows } from '../../../platform/database';
import { startHoldingProxy, type HoldingProxy } from '../../support/holding-proxy';
import { exchange } from '../../support/raw-http';
import { email, PASSWORD, startConsole, type TestConsole } from '../../support/console';

let c: TestConsole;
beforeAll(async () => {
  c = await startConsole({ trustedProxies: networksOf(['127.0.0.1']) });
});
afterAll(async () => {
  await c.close();
});
beforeEach(async () => {
  await execute(c.knex, 'delete from login_attempts');
});

function signIn(over: { email?: string; password?: string; origin?: string; cookie?: string } = {}) {
  return request(c.url)
    .post('/ops/login')
    .type('form')
    .set('Origin', over.origin ?? c.origin)
    .set('Cookie', over.cookie ?? '')
    .send({ email: over.email ?? email('operator'), password: over.password ?? PASSWORD });
}
const cookieOf = (response: { headers: Record<string, unknown> }): string =>
  ((response.headers['set-cookie'] as string[] | undefined)?.[0] ?? '').split(';')[0]!;
const board = (cookie: string) => request(c.url).get('/ops/queues/api/queues').set('Cookie', cookie);

describe('signing in', () => {
  test('opens a session with a cookie for this host alone', async () => {
    const response = await signIn();
    expect(response.status).toBe(303);
    expect(response.headers.location).toBe('/ops/queues');
    expect(response.headers['set-cookie']![0]).toMatch(
      /^__Host-munim_ops=[\w-]{43}; path=\/; samesite=strict; secure; httponly$/i,
    );
    await board(cookieOf(response)).expect(200);
  });

  test('takes the e-mail address in any case, and spaces around it', async () => {
    expect((await signIn({ email: '  Operator@MUNIM.example ' })).status).toBe(303);
  });

  test('the table holds no token that would work', async () => {
    const token = cookieOf(await signIn()).split('=')[1]!;
    const stored = await rows<{ hash: string }>(
      c.knex,
      "select encode(token_hash, 'base64') as hash from ops_sessions",
    );
    expect(stored.length).toBeGreaterThan(0);
    for (const { hash } of stored) expect(Buffer.from(hash, 'base64').toString('base64url')).not.toBe(token);
  });

  test('gives a new session each time, and ends the one that was sent along (fixation)', async () => {
    const first = cookieOf(await signIn());
    const second = cookieOf(await signIn({ cookie: first }));
    expect(second).not.toBe(first);
    await board(first).expect(401);
    await board(second).expect(200);
    const planted = `__Host-munim_ops=${'A'.repeat(43)}`;
    expect(cookieOf(await signIn({ cookie: planted }))).not.toBe(planted);
    await board(planted).expect(401);
  });

  test('a wrong password, an unknown and a disabled user get the same answer', async () => {
    await execute(c.knex, "update users set status = 'disabled' where email = ?", [email('admin')]);
    const answers = [
      await signIn({ password: 'wrong' }),
      await signIn({ email: 'nobody@munim.example' }),
      await signIn({ email: email('admin') }),
    ];
    await execute(c.knex, "update users set status = 'active' where email = ?", [email('admin')]);
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer.text).toContain('The e-mail address or the password is wrong.');
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    const texts = answers.map((answer) => answer.text.replaceAll(/value="[^"]*"/g, ''));
    expect(new Set(texts).size).toBe(1);
  });

  test.each([
    ['no fields', {}],
    ['an empty password', { email: email('operator'), password: '' }],
    ['a NUL', { email: 'a\0b@c.example', password: 'x\0' }],
    ['a huge address', { email: `${'a'.repeat(2_000)}@c.example`, password: 'x' }],
    ['a long password', { email: email('operator'), password: 'p'.repeat(3_000) }],
    ['markup', { email: '"><script>alert(1)</script>', password: '<b>' }],
  ])('%s is a wrong sign-in, never an error', async (_name, fields) => {
    const response = await request(c.url)
      .post('/ops/login')
      .type('form')
      .set('Origin', c.origin)
      .send(fields);
    expect(response.status).toBe(401);
    expect(response.text).not.toContain('<script>');
  });

  test('from another site, or as JSON, or too large, is refused', async () => {
    expect((await signIn({ origin: 'https://evil.example' })).status).toBe(403);
    expect(
      (
        await request(c.url)
          .post('/ops/login')
          .type('form')
          .send({ email: email('operator'), password: PASSWORD })
      ).status,
    ).toBe(403);
    expect(
      (
        await request(c.url)
          .post('/ops/login')
          .set('Origin', c.origin)
          .send({ email: email('operator'), password: PASSWORD })
      ).status,
    ).toBe(415);
    expect(
      (
        await request(c.url)
          .post('/ops/login')
          .type('form')
          .set('Origin', c.origin)
          .send({ email: 'x'.repeat(9_000) })
      ).status,
    ).toBe(413);
  });
});

describe('too many attempts', () => {
  test('five wrong ones close the account for this address, the right password included, for 15 minutes', async () => {
    for (let n = 0; n < ATTEMPTS_PER_ACCOUNT_AND_ADDRESS; n++)
      expect((await signIn({ password: 'wrong' })).status).toBe(401);
    const refused = await signIn();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(800);
    expect(refused.text).toContain('Too many attempts. Please try again in 15 minutes.');
    expect((await signIn({ email: email('viewer') })).status).toBe(303); // another account is open
    c.clock.advance(15 * 60_000 + 1);
    expect((await signIn()).status).toBe(303);
  });

  test('a good sign-in starts the count again', async () => {
    for (let n = 0; n < 4; n++) await signIn({ password: 'wrong' });
    await signIn();
    for (let n = 0; n < 4; n++) expect((await signIn({ password: 'wrong' })).status).toBe(401);
  });

  test('attempts at the same time are no way round', async () => {
    const attempts = createLoginAttempts(c);
    const taken = await Promise.all(
      Array.from({ length: 30 }, () => attempts.take('a@b.example', '192.0.2.1')),
    );
    expect(taken.filter((one) => one.allowed)).toHaveLength(ATTEMPTS_PER_ACCOUNT_AND_ADDRESS);
    expect(taken.filter((one) => !one.allowed && one.first)).toHaveLength(1);
  });

  test('one password tried on many accounts meets the limit of the address', async () => {
    const attempts = createLoginAttempts(c);
    let allowed = 0;
    for (let n = 0; n < ATTEMPTS_PER_ADDRESS + 5; n++)
      if ((await attempts.take(`user${n}@b.example`, '192.0.2.9')).allowed) allowed += 1;
    expect(allowed).toBe(ATTEMPTS_PER_ADDRESS);
  });

  test('many addresses meet the limit of the account; from where it has signed in before, it is open', async () => {
    const attempts = createLoginAttempts(c);
    const allowed = async (from: string): Promise<boolean> =>
      (await attempts.take(email('operator'), from)).allowed;
    const guesses: boolean[] = [];
    for (let n = 0; n < ATTEMPTS_PER_ACCOUNT + 10; n++) guesses.push(await allowed(`198.51.100.${n}`));
    expect(guesses.filter(Boolean)).toHaveLength(ATTEMPTS_PER_ACCOUNT);
    const { id } = (
      await rows<{ id: UserId }>(c.knex, 'select id from users where email = ?', [email('operator')])
    )[0]!;
    await createSessions(c).open(id, '2001:db8:5:6::1');
    expect([await allowed('2001:db8:5:6::2'), await allowed('2001:db8:5:7::2')]).toEqual([true, false]);
    c.clock.advance(31 * 24 * 60 * 60_000);
    await attempts.giveBack(email('operator'), '2001:db8:5:6::2');
    for (let n = 0; n < ATTEMPTS_PER_ACCOUNT; n++) await allowed(`198.51.100.${n}`);
    expect(await allowed('2001:db8:5:6::2')).toBe(false); // that was long ago
    await execute(c.knex, 'delete from ops_sessions', []);
  });

  test('the addresses of one /64 are one', async () => {
    const attempts = createLoginAttempts(c);
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, n) => attempts.take('a@b.example', `2001:db8:1:2::${n}`)),
    );
    expect(taken.filter((one) => one.allowed)).toHaveLength(ATTEMPTS_PER_ACCOUNT_AND_ADDRESS);
  });

  test('straight at the port nothing that a caller writes makes it another; behind our proxy the caller counts', async () => {
    const direct = await startConsole();
    try {
      const guess = async (at: TestConsole, from: string): Promise<number> =>
        (
          await request(at.url)
            .post('/ops/login')
            .type('form')
            .set('Origin', at.origin)
            .set('X-Forwarded-For', from)
            .send({ email: email('viewer'), password: 'wrong' })
        ).status;
      const statuses: number[] = [];
      for (let n = 0; n < 12; n++) statuses.push(await guess(direct, `192.0.2.${n}`));
      expect(statuses.filter((status) => status === 401)).toHaveLength(ATTEMPTS_PER_ACCOUNT_AND_ADDRESS);
      for (let n = 0; n < 8; n++) expect(await guess(c, `192.0.2.${n}`)).toBe(401);
      expect((await c.audit()).at(-1)!.actor_ip).toBe('192.0.2.7');
      for (let n = 0; n < 8; n++) await guess(c, `198.51.100.${n}, 192.0.2.9`); // the caller writes the first
      expect(await guess(c, '192.0.2.9')).toBe(429);
    } finally {
      await direct.close();
    }
  });

  test('the refusals of a window leave one audit row', async () => {
    const before = (await c.audit()).length;
    for (let n = 0; n < 9; n++) await signIn({ email: 'target@munim.example', password: 'wrong' });
    const added = (await c.audit()).slice(before);
    expect(added.map((row) => row.detail.reason)).toEqual([
      ...Array.from({ length: 5 }, () => 'unknown_user'),
      'rate_limited',
    ]);
  });
});

describe('a session', () => {
  const sessions = () => createSessions(c);
  const operator = async (): Promise<UserId> =>
    (await rows<{ id: UserId }>(c.knex, 'select id from users where email = ?', [email('operator')]))[0]!.id;

  test('ends after 30 minutes without a request, and lives on with one', async () => {
    const token = await sessions().open(await operator(), '192.0.2.1');
    c.clock.advance(IDLE_LIMIT_MS - 1_000);
    expect(await sessions().find(token)).toMatchObject({ role: 'operator' });
    c.clock.advance(IDLE_LIMIT_MS - 1_000);
    expect(await sessions().find(token)).toBeDefined();
    c.clock.advance(IDLE_LIMIT_MS + 1);
    expect(await sessions().find(token)).toBeUndefined();
  });

  test('ends after 12 hours in any case', async () => {
    const token = await sessions().open(await operator(), '192.0.2.1');
    for (let passed = 0; passed < ABSOLUTE_LIMIT_MS - 1_000; passed += IDLE_LIMIT_MS / 2) {
      expect(await sessions().find(token)).toBeDefined();
      c.clock.advance(IDLE_LIMIT_MS / 2);
    }
    expect(await sessions().find(token)).toBeUndefined();
  });

  test('ends with the user, and a role that is taken away is gone at once', async () => {
    const userId = await operator();
    const token = await sessions().open(userId, '192.0.2.1');
    await execute(c.knex, "update users set role = 'viewer' where id = ?", [userId]);
    expect((await sessions().find(token))!.role).toBe('viewer');
    await execute(c.knex, "update users set status = 'disabled', role = 'operator' where id = ?", [userId]);
    expect(await sessions().find(token)).toBeUndefined();
    await execute(c.knex, "update users set status = 'active' where id = ?", [userId]);
    await sessions().endAll(userId);
    expect(await sessions().find(token)).toBeUndefined();
  });

  test('what is no token is no session', async () => {
    for (const text of ['', 'x', '\0', 'A'.repeat(44), '../../etc'])
      expect(await sessions().find(text)).toBeUndefined();
  });

  test('signing out ends it, clears the cookie and is recorded', async () => {
    const cookie = cookieOf(await signIn());
    expect(
      (await request(c.url).post('/ops/logout').set('Cookie', cookie).set('Origin', 'https://evil.example'))
        .status,
    ).toBe(403);
    await board(cookie).expect(200);
    const response = await request(c.url).post('/ops/logout').set('Cookie', cookie).set('Origin', c.origin);
    expect(response.status).toBe(303);
    expect(response.headers['set-cookie']![0]).toMatch(/^__Host-munim_ops=; .*expires=Thu, 01 Jan 1970/i);
    await board(cookie).expect(401);
    expect((await c.audit()).at(-1)).toMatchObject({
      actor: await operator(),
      action: 'ops.logout',
      outcome: 'succeeded',
    });
  });
});

test('a page is given to who names one host', async () => {
  const answer = (hosts: string) =>
    exchange(c.url, `GET /ops/login HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`);
  expect((await answer('Host: localhost\r\n')).text).toMatch(/^HTTP\/1\.1 200 /);
  expect((await answer('Host: localhost\r\nHost: evil.example\r\n')).text).toMatch(/^HTTP\/1\.1 400 /);
});

test('with a database that has frozen a page says so in time, and goes on when it does', async () => {
  let proxy: HoldingProxy | undefined;
  const slow = await startConsole({
    answerWithinMs: 6_000,
    through: async (url) => {
      proxy = await startHoldingProxy(url);
      return proxy.through(url);
    },
  });
  try {
    const wrong = () =>
      request(slow.url)
        .post('/ops/login')
        .type('form')
        .set('Origin', slow.origin)
        .send({ email: 'a@b.example' });
    expect((await wrong()).status).toBe(401);
    proxy!.hold();
    const began = performance.now();
    const frozen = await wrong();
    expect([frozen.status, performance.now() - began < 12_000]).toEqual([503, true]);
    expect(frozen.text).toContain('This does not work just now');
    expect(frozen.headers['content-security-policy']).toContain("default-src 'none'");
    proxy!.letGo();
    expect((await wrong()).status).toBe(401);
  } finally {
    proxy?.letGo();
    await slow.close();
    await proxy?.close();
  }
});

describe('the audit log', () => {
  test('names who signed in and never what was typed', async () => {
    const before = (await c.audit()).length;
    await signIn();
    await signIn({ password: 'my secret password' });
    await signIn({ email: 'oops-i-typed-my-password-here', password: 'x' });
    const added = (await c.audit()).slice(before);
    expect(added.map((row) => [row.action, row.outcome, row.detail.reason])).toEqual([
      ['ops.login', 'succeeded', 'password'],
      ['ops.login', 'refused', 'wrong_password'],
      ['ops.login', 'refused', 'unknown_user'],
    ]);
    expect(added[0]).toMatchObject({
      actor: expect.stringMatching(/^[0-9a-f-]{36}$/),
      actor_ip: expect.stringContaining('127.0.0.1'),
    });
    expect(JSON.stringify(added)).not.toMatch(/secret|oops/);
  });

  test('only grows', async () => {
    await recordAudit(c.knex, {
      at: new Date(),
      actor: 'anonymous',
      action: 'test.entry',
      subject: 'test:\0\n',
      outcome: 'succeeded',
    });
    for (const sql of ["update audit_log set actor = 'x'", 'delete from audit_log', 'truncate audit_log'])
      await expect(execute(c.knex, sql)).rejects.toThrow(/audit_log may not be changed/);
    expect((await c.audit()).at(-1)!.subject).toBe('test:??');
  });
});
