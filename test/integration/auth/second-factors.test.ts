/** The authenticator of staff: what a code is good for, and once. */
import { randomBytes } from 'node:crypto';
import { TOTP } from 'otpauth';
import request from 'supertest';
import type { UserId } from '../../../domain/ids/ids';
import type { DomainError } from '../../../domain/errors/errors';
import { createSecondFactors } from '../../../domain/auth/second-factors';
import { createFieldCipher } from '../../../platform/encryption';
import { execute, rows } from '../../../platform/database';
import { email, PASSWORD, startConsole, type TestConsole } from '../../support/console';

const STEP_MS = 30_000;
const HOME = '/ops/account/authenticator';

let c: TestConsole;
let user: UserId;
beforeAll(async () => {
  c = await startConsole();
  const [found] = await rows<{ id: UserId }>(c.knex, 'select id from users where email = ?', [
    email('operator'),
  ]);
  user = found!.id;
});
afterAll(() => c.close());
beforeEach(async () => {
  for (const table of ['login_attempts', 'ops_recovery_codes', 'ops_authenticators'])
    await execute(c.knex, `delete from ${table}`);
});

const codeOf = (secret: string, steps = 0): string =>
  new TOTP({ secret, digits: 6, period: 30, algorithm: 'SHA1' }).generate({
    timestamp: c.clock.now().getTime() + steps * STEP_MS,
  });
const outcome = (act: Promise<unknown>): Promise<string> =>
  act.then(String, (error: DomainError) => error.code);

describe('codes', () => {
  const cipher = createFieldCipher({ keys: new Map([['k', randomBytes(32)]]), activeKid: 'k' });
  const factors = (): ReturnType<typeof createSecondFactors> =>
    createSecondFactors({ knex: c.knex, clock: c.clock, cipher });
  async function confirmed(): Promise<{ secret: string; recovery: string[] }> {
    const { secret } = await factors().begin(user, email('operator'));
    const recovery = await factors().confirm(user, codeOf(secret));
    c.clock.advance(STEP_MS);
    return { secret, recovery };
  }

  test('an authenticator counts from its first code on, and that code is used', async () => {
    const { secret, uri } = await factors().begin(user, email('operator'));
    expect(uri).toMatch(/^otpauth:\/\/totp\/Munim:operator%40munim\.example\?/);
    expect(await factors().isSet(user)).toBe(false);
    expect(await outcome(factors().confirm(user, '000000'))).toBe('AUTHENTICATOR_CODE_WRONG');
    const code = codeOf(secret);
    expect(await factors().confirm(user, code)).toHaveLength(10);
    expect(await factors().isSet(user)).toBe(true);
    expect(await factors().use(user, code)).toBe(false);
    expect(await outcome(factors().begin(user, email('operator')))).toBe('AUTHENTICATOR_IS_SET');
  });

  test('the step of now and those beside it are good, each once and never backwards', async () => {
    const { secret } = await confirmed();
    expect(await factors().use(user, codeOf(secret, -2))).toBe(false);
    expect(await factors().use(user, codeOf(secret, 2))).toBe(false);
    expect(await factors().use(user, codeOf(secret, 1))).toBe(true);
    expect(await factors().use(user, codeOf(secret, 1))).toBe(false);
    expect(await factors().use(user, codeOf(secret))).toBe(false); // older than the one that was used
  });

  test('of twenty sign-ins with one code, one gets in', async () => {
    const { secret } = await confirmed();
    const code = codeOf(secret);
    const used = await Promise.all(Array.from({ length: 20 }, () => factors().use(user, code)));
    expect(used.filter(Boolean)).toHaveLength(1);
  });

  test('a recovery code takes its place once', async () => {
    const { recovery } = await confirmed();
    expect(recovery[0]).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/);
    const used = await Promise.all(
      Array.from({ length: 5 }, () => factors().use(user, recovery[0]!.toLowerCase())),
    );
    expect(used.filter(Boolean)).toHaveLength(1);
    expect(await factors().use(user, recovery[1]!.replaceAll('-', ''))).toBe(true);
    expect(await factors().use(user, 'AAAA-AAAA-AAAA-AAAA')).toBe(false);
  });

  test('telephones have the real time, wherever the clock of the business stands', async () => {
    const { secret } = await confirmed();
    const moved = {
      now: () => new Date(c.clock.now().getTime() + 40 * 86_400_000),
      real: () => c.clock.now(),
    };
    const later = createSecondFactors({ knex: c.knex, clock: moved, cipher });
    expect(await later.use(user, codeOf(secret))).toBe(true);
  });

  test.each(['', '12345', '1234567', '१२३४५६', "' or 1=1", '0x1234'])('%j is none', async (text) => {
    await confirmed();
    expect(await factors().use(user, text)).toBe(false);
  });

  test('without the keys a code cannot be checked; a recovery code can', async () => {
    const { secret, recovery } = await confirmed();
    const command = createSecondFactors({ knex: c.knex, clock: c.clock, cipher: undefined });
    expect(await outcome(command.use(user, codeOf(secret)))).toBe('AUTHENTICATOR_NEEDS_KEYS');
    expect(await command.use(user, recovery[0]!)).toBe(true);
  });

  test('neither secret nor recovery codes stand in the tables', async () => {
    const { secret, recovery } = await confirmed();
    const found = await rows<{ text: string }>(
      c.knex,
      'select a::text as text from ops_authenticators a union all select r::text from ops_recovery_codes r',
    );
    const texts = found.map(({ text }) => text).join('\n');
    expect(texts).not.toContain(secret);
    expect(texts).not.toContain(Buffer.from(recovery[0]!.replaceAll('-', '')).toString('hex'));
  });
});

describe('in the console', () => {
  const post = (path: string, cookie: string, fields: Record<string, string>) =>
    request(c.url).post(path).type('form').set('Origin', c.origin).set('Cookie', cookie).send(fields);
  const signIn = (fields: Record<string, string> = {}) =>
    post('/ops/login', '', { email: email('operator'), password: PASSWORD, ...fields });
  const cookieOf = (response: { headers: Record<string, unknown> }): string =>
    ((response.headers['set-cookie'] as string[] | undefined)?.[0] ?? '').split(';')[0]!;

  test('it is set up with the password, asked for at sign-in, and taken away with both', async () => {
    const cookie = cookieOf(await signIn());
    expect((await post(HOME, cookie, { password: 'wrong' })).status).toBe(422);
    const begun = await post(HOME, cookie, { password: PASSWORD });
    const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(begun.text)![1]!.replaceAll(' ', '');
    expect((await post(`${HOME}/code`, cookie, { code: '000000' })).status).toBe(409);
    expect((await signIn()).status).toBe(303); // not confirmed yet
    const set = await post(`${HOME}/code`, cookie, { code: codeOf(secret) });
    expect(set.text.match(/<li><code>/g)).toHaveLength(10);

    c.clock.advance(STEP_MS);
    const asked = await signIn();
    expect(asked.status).toBe(401);
    expect(asked.text).toContain('the code of its authenticator');
    expect(cookieOf(asked)).toBe('');
    expect((await signIn({ code: '000000' })).text).toContain('is wrong');
    expect((await signIn({ password: 'wrong', code: codeOf(secret) })).status).toBe(401);
    expect((await signIn({ code: codeOf(secret) })).status).toBe(303);
    expect((await signIn({ code: codeOf(secret) })).status).toBe(401); // used

    c.clock.advance(STEP_MS);
    expect((await post(`${HOME}/removal`, cookie, { password: PASSWORD, code: '000000' })).status).toBe(422);
    expect((await post(`${HOME}/removal`, cookie, { password: PASSWORD, code: codeOf(secret) })).status).toBe(
      200,
    );
    expect((await signIn()).status).toBe(303);
    const actions = (await c.audit()).map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['ops.authenticator_set', 'ops.authenticator_removed']));
  });

  test('five wrong codes close the account for this address, the right one included', async () => {
    const cookie = cookieOf(await signIn());
    const begun = await post(HOME, cookie, { password: PASSWORD });
    const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(begun.text)![1]!.replaceAll(' ', '');
    await post(`${HOME}/code`, cookie, { code: codeOf(secret) });
    c.clock.advance(STEP_MS);
    for (let n = 0; n < 5; n++) expect((await signIn({ code: '000000' })).status).toBe(401);
    expect((await signIn({ code: codeOf(secret) })).status).toBe(429);
  });

  test('a form of another site sets nothing up', async () => {
    const cookie = cookieOf(await signIn());
    const sent = await request(c.url)
      .post(HOME)
      .type('form')
      .set('Origin', 'https://evil.example')
      .set('Cookie', cookie)
      .send({ password: PASSWORD });
    expect(sent.status).toBe(403);
    expect(await rows<{ id: UserId }>(c.knex, 'select user_id as id from ops_authenticators')).toEqual([]);
  });
});
