/** People sign in: what they need, what nobody learns, and what guesses come to. */
import type { UserId } from '../../../domain/ids/ids';
import type { DomainError } from '../../../domain/errors/errors';
import { execute, rows } from '../../../platform/database';
import { createSignInWorld, type SignInWorld } from '../../support/sign-in-world';

const PASSWORD = 'a door in the rain';
const OTHER = 'a window in the sun';
const IP = '192.0.2.1';
const DEVICE = { name: 'Chrome on Android' };
const TEN_MINUTES = 600_000;

let w: SignInWorld;
let next = 6_000_000_000;
const freshMobile = (): string => String(next++);

beforeAll(async () => {
  w = await createSignInWorld();
});
afterAll(() => w.close());
beforeEach(async () => {
  w.clock.advance(24 * 60 * 60_000 + 1); // counts of the day before say nothing
  await w.drive();
});

const outcome = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'done',
    (error: DomainError) => error.code,
  );
const begin = (login: string, password = PASSWORD, token?: string, ip = IP) =>
  w.signIns.begin({ login, password, device: { ...DEVICE, token }, ip });
const wrongOf = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

async function reset(login: string, password = PASSWORD): Promise<void> {
  const { id } = await w.signIns.passwords.ask({ login, deviceToken: undefined });
  await w.signIns.passwords.reset({ id, code: await w.code(), password, ip: IP });
}
async function withPassword(more: { email?: string } = {}): Promise<{ id: UserId; mobile: string }> {
  const mobile = freshMobile();
  const id = await w.user({ mobile, ...more });
  await reset(mobile);
  await w.drive();
  return { id, mobile };
}
async function asksForCode(login: string): Promise<{ id: string; code: string }> {
  const asked = await begin(login);
  if (asked.kind !== 'code') throw new Error('no code was asked for');
  return { id: asked.id, code: await w.code() };
}
/** Signs in on a new device and returns its token. */
async function onDevice(login: string): Promise<{ token: string; sessionId: string }> {
  const { id, code } = await asksForCode(login);
  const { device, sessionId } = await w.signIns.finish({ id, code, device: DEVICE, ip: IP });
  await w.drive();
  return { token: device.token!, sessionId };
}
const openSessions = async (id: UserId): Promise<number> =>
  (
    await rows<{ n: number }>(
      w.knex,
      'select count(*)::int as n from user_sessions where user_id = ? and ended_at is null',
      [id],
    )
  )[0]!.n;
const rests = async (id: UserId): Promise<number> =>
  (
    await rows<{ n: number }>(w.knex, 'select count(*)::int as n from payout_rests where user_id = ?', [id])
  )[0]!.n;

describe('a password and a device', () => {
  test('the first password comes by a code; a new device needs a code besides, and its owner is told', async () => {
    const mobile = freshMobile();
    const email = `shop${mobile}@shop.example`;
    await w.user({ mobile, email });
    expect(await outcome(begin(mobile))).toBe('SIGN_IN_FAILED');
    await reset(mobile);
    expect(await w.drive()).toEqual([]); // nothing was changed that anybody had

    const asked = await begin(`+91 ${mobile}`);
    expect(asked).toMatchObject({
      kind: 'code',
      channel: 'sms',
      hint: `${mobile.slice(0, 2)}XXXXXX${mobile.slice(-2)}`,
    });
    if (asked.kind !== 'code') return;
    const code = await w.code();
    expect(await w.signIns.finish({ id: asked.id, code, device: DEVICE, ip: IP })).toMatchObject({
      device: { isNew: true, token: expect.stringMatching(/^md_/) as string },
    });
    const told = await w.drive();
    expect(told.map(({ to }) => to).toSorted()).toEqual([mobile, email].toSorted());
    for (const { text } of told) expect(text).toContain(DEVICE.name);
  });

  test('a device that is known needs the password alone', async () => {
    const { mobile } = await withPassword();
    const { token } = await onDevice(mobile);
    expect(await begin(mobile, PASSWORD, token)).toMatchObject({
      kind: 'signed_in',
      session: { device: { isNew: false } },
    });
    expect(await w.drive()).toEqual([]);
    const other = await withPassword();
    expect(await begin(other.mobile, PASSWORD, token)).toMatchObject({ kind: 'code' }); // another one's device
  });

  test('by e-mail, in any capitals', async () => {
    const email = `Shop.${freshMobile()}@shop.example`;
    await w.user({ email: email.toLowerCase() });
    await reset(email);
    await onDevice(email.toUpperCase());
    expect(w.sent.at(-1)!.to).toBe(email.toLowerCase());
  });

  test('somebody who is disabled meanwhile is let in by nothing', async () => {
    const { id, mobile } = await withPassword();
    const { token } = await onDevice(mobile);
    const { id: codeId, code } = await asksForCode(mobile);
    await execute(w.db, "update users set status = 'disabled' where id = ?", [id]);
    expect(await outcome(begin(mobile, PASSWORD, token))).toBe('SIGN_IN_FAILED');
    expect(await outcome(w.signIns.finish({ id: codeId, code, device: DEVICE, ip: IP }))).toBe('CODE_WRONG');
    await w.signIns.passwords.ask({ login: mobile, deviceToken: undefined });
    expect(await w.drive()).toEqual([]);
  });
});

describe('nobody learns who is there', () => {
  /** Tables of rules are read again every half minute, whoever asks for something meanwhile. */
  const OF_RULES = /^select in_force_from::text|^select [^;]* from \w+ where profile = \$1$/;
  /** The statements that a request comes to, without their values. */
  async function statementsOf(act: () => Promise<unknown>): Promise<string[]> {
    const seen: string[] = [];
    const note = ({ sql }: { sql: string }): void => void seen.push(sql);
    w.knex.on('query', note);
    await act().catch(() => undefined);
    w.knex.removeListener('query', note);
    return seen.filter((sql) => !OF_RULES.test(sql));
  }

  test('the same answer by the same statements for a code', async () => {
    const { mobile } = await withPassword();
    const ask = (login: string) => () => w.signIns.passwords.ask({ login, deviceToken: undefined });
    const known = await statementsOf(ask(mobile));
    expect(known.length).toBeGreaterThan(0);
    expect(await statementsOf(ask(freshMobile()))).toEqual(known);
    expect((await w.drive()).map(({ to }) => to)).toEqual([mobile]);
  });

  test('on a known device: three statements, and the guess is given back', async () => {
    const { mobile } = await withPassword();
    const { token } = await onDevice(mobile);
    await execute(w.db, 'delete from login_attempts');
    const seen = await statementsOf(() => begin(mobile, PASSWORD, token));
    expect(seen).toHaveLength(3);
    expect(await rows(w.db, 'select attempts from login_attempts')).toEqual([{ attempts: 0 }]);
  });

  test('the same answer by the same statements for a wrong password', async () => {
    const { mobile } = await withPassword();
    const known = await statementsOf(() => begin(mobile, OTHER));
    expect(await statementsOf(() => begin(freshMobile(), OTHER))).toEqual(known);
    expect(await outcome(begin(mobile, OTHER))).toBe(await outcome(begin(freshMobile(), OTHER)));
  });

  test('a code of nobody is like a wrong one', async () => {
    const { id } = await w.signIns.passwords.ask({ login: freshMobile(), deviceToken: undefined });
    await w.drive();
    const given = { id, code: '012345', password: OTHER, ip: IP };
    expect(await outcome(w.signIns.passwords.reset(given))).toBe('CODE_WRONG');
  });
});

describe('codes are not guessed', () => {
  test('five wrong ones, and the right one is refused, and a new one too', async () => {
    const { mobile } = await withPassword();
    const { id, code } = await asksForCode(mobile);
    const finish = (of: string, given: string) =>
      outcome(w.signIns.finish({ id: of, code: given, device: DEVICE, ip: IP }));
    for (let n = 0; n < 5; n++) expect(await finish(id, wrongOf(code))).toBe('CODE_WRONG');
    expect(await finish(id, code)).toBe('OTP_TRIES_USED_UP');
    const renewed = await asksForCode(mobile);
    expect(await finish(renewed.id, renewed.code)).toBe('OTP_TRIES_USED_UP');
    w.clock.advance(TEN_MINUTES + 1);
    const later = await asksForCode(mobile);
    expect(await finish(id, code)).toBe('CODE_WRONG'); // dead for good
    expect(await finish(later.id, later.code)).toBe('done');
  });

  test('of a hundred guesses at once, five at most are compared', async () => {
    const { mobile } = await withPassword();
    const { id, code } = await asksForCode(mobile);
    const guesses = Array.from({ length: 100 }, (_, n) =>
      String((Number(code) + 1 + n) % 1_000_000).padStart(6, '0'),
    );
    const outcomes = await Promise.all(
      guesses.map((guess) => outcome(w.signIns.finish({ id, code: guess, device: DEVICE, ip: IP }))),
    );
    expect(outcomes.filter((one) => one === 'CODE_WRONG').length).toBeLessThanOrEqual(5);
    const [{ tries }] = (await rows<{ tries: number }>(
      w.knex,
      'select tries from sign_in_codes where id = ?',
      [id],
    )) as [{ tries: number }];
    expect(tries).toBeLessThanOrEqual(5);
    expect(await outcome(w.signIns.finish({ id, code, device: DEVICE, ip: IP }))).not.toBe('done');
  });

  test('of twenty with the right one, one is signed in', async () => {
    const { id: user, mobile } = await withPassword();
    const { id, code } = await asksForCode(mobile);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => outcome(w.signIns.finish({ id, code, device: DEVICE, ip: IP }))),
    );
    expect(outcomes.filter((one) => one === 'done')).toHaveLength(1);
    expect(await openSessions(user)).toBe(1);
  });

  test('a code is good for its purpose, for some minutes, and once', async () => {
    const { mobile } = await withPassword();
    const { id, code } = await asksForCode(mobile);
    const given = { id, code, password: OTHER, ip: IP };
    expect(await outcome(w.signIns.passwords.reset(given))).toBe('CODE_WRONG');
    w.clock.advance(299_999);
    expect(await outcome(w.signIns.finish({ id, code, device: DEVICE, ip: IP }))).toBe('done');
    expect(await outcome(w.signIns.finish({ id, code, device: DEVICE, ip: IP }))).toBe('CODE_WRONG');
    w.clock.advance(TEN_MINUTES);
    const late = await asksForCode(mobile);
    w.clock.advance(300_000);
    expect(await outcome(w.signIns.finish({ ...late, device: DEVICE, ip: IP }))).toBe('CODE_WRONG');
  });

  test('no more than five are sent in ten minutes', async () => {
    const { mobile } = await withPassword();
    const ask = () => outcome(w.signIns.passwords.ask({ login: mobile, deviceToken: undefined }));
    w.clock.advance(TEN_MINUTES);
    const outcomes = [];
    for (let n = 0; n < 6; n++) outcomes.push(await ask());
    expect(outcomes).toEqual([...Array.from({ length: 5 }, () => 'done'), 'RATE_LIMITED']);
  });

  test('nothing of it stands in the tables in clear', async () => {
    const { mobile } = await withPassword({ email: `shop${freshMobile()}@shop.example` });
    const { code } = await asksForCode(mobile);
    for (const table of ['sign_in_codes', 'notifications', 'otp_tries', 'otp_sends', 'login_attempts']) {
      const found = await rows<{ text: string }>(w.db, `select t::text as text from ${table} t`);
      const texts = found.map(({ text }) => text).join('\n');
      expect(texts).not.toContain(mobile);
      expect(texts).not.toMatch(new RegExp(`\\b${code}\\b`));
      expect(texts).not.toContain('@shop.example');
    }
  });
});

describe('guesses of passwords', () => {
  test('five from one address stop that address; thirty from anywhere stop all but known devices', async () => {
    const { mobile } = await withPassword();
    const { token } = await onDevice(mobile);
    for (let n = 0; n < 5; n++) expect(await outcome(begin(mobile, OTHER))).toBe('SIGN_IN_FAILED');
    expect(await outcome(begin(mobile))).toBe('AUTH_RATE_LIMITED');
    for (let n = 0; n < 30; n++) await outcome(begin(mobile, OTHER, undefined, `198.51.100.${n}`));
    expect(await outcome(begin(mobile, PASSWORD, undefined, '203.0.113.9'))).toBe('AUTH_RATE_LIMITED');
    expect(await outcome(begin(mobile, PASSWORD, token, '203.0.113.9'))).toBe('done'); // the owner
  });

  test('a device that is known has five of its own', async () => {
    const { mobile } = await withPassword();
    const { token } = await onDevice(mobile);
    for (let n = 0; n < 5; n++) expect(await outcome(begin(mobile, OTHER, token))).toBe('SIGN_IN_FAILED');
    expect(await outcome(begin(mobile, PASSWORD, token))).toBe('AUTH_RATE_LIMITED');
    w.clock.advance(15 * 60_000 + 1);
    expect(await outcome(begin(mobile, PASSWORD, token))).toBe('done');
  });

  test('one password for many people is stopped by its address', async () => {
    const outcomes = [];
    for (let n = 0; n < 51; n++)
      outcomes.push(await outcome(begin(freshMobile(), PASSWORD, undefined, '2001:db8::1')));
    expect(outcomes.at(49)).toBe('SIGN_IN_FAILED');
    expect(outcomes.at(50)).toBe('AUTH_RATE_LIMITED');
    expect(await outcome(begin(freshMobile(), PASSWORD, undefined, '2001:db8::ffff'))).toBe(
      'AUTH_RATE_LIMITED',
    );
  }, 300_000);
});

describe('a new password', () => {
  test('by code ends all sessions, rests payouts, and is told everywhere', async () => {
    const email = `shop${freshMobile()}@shop.example`;
    const { id, mobile } = await withPassword({ email });
    await onDevice(mobile);
    expect([await openSessions(id), await rests(id)]).toEqual([1, 0]);
    w.clock.advance(TEN_MINUTES);
    await reset(mobile, OTHER);
    expect([await openSessions(id), await rests(id)]).toEqual([0, 1]);
    expect((await w.drive()).map(({ to }) => to).toSorted()).toEqual([mobile, email].toSorted());
    expect(await outcome(begin(mobile))).toBe('SIGN_IN_FAILED');
    expect(await begin(mobile, OTHER)).toMatchObject({ kind: 'code' });
  });

  test('that is refused leaves the code good', async () => {
    const mobile = freshMobile();
    await w.user({ mobile, name: 'Lotus Traders' });
    const { id } = await w.signIns.passwords.ask({ login: mobile, deviceToken: undefined });
    const code = await w.code();
    const set = (password: string) => outcome(w.signIns.passwords.reset({ id, code, password, ip: IP }));
    expect(await set('lotus1234')).toBe('PASSWORD_REFUSED');
    expect(await set('short')).toBe('PASSWORD_REFUSED');
    expect(await set(PASSWORD)).toBe('done');
  });

  test('by the present one ends the other sessions', async () => {
    const { id, mobile } = await withPassword();
    const { sessionId } = await onDevice(mobile);
    w.clock.advance(TEN_MINUTES);
    await onDevice(mobile);
    const change = (current: string, password = OTHER) =>
      outcome(w.signIns.passwords.change({ userId: id, sessionId }, { current, password, ip: IP }));
    expect(await change(OTHER)).toBe('PASSWORD_WRONG');
    expect(await change(PASSWORD, 'password1')).toBe('PASSWORD_REFUSED');
    expect(await change(PASSWORD)).toBe('done');
    expect([await openSessions(id), await rests(id)]).toEqual([1, 0]);
    expect((await w.drive()).map(({ to }) => to)).toEqual([mobile]);
  });
});

describe('a new number or address', () => {
  test('is confirmed by a code to it; both are told, sessions end, payouts rest', async () => {
    const { id, mobile } = await withPassword();
    const { sessionId } = await onDevice(mobile);
    w.clock.advance(TEN_MINUTES);
    await onDevice(mobile);
    const who = { userId: id, sessionId };
    const wanted = freshMobile();
    const ask = (password: string) => w.signIns.contacts.ask(who, { contact: wanted, password, ip: IP });
    expect(await outcome(ask(OTHER))).toBe('PASSWORD_WRONG');
    const asked = await ask(PASSWORD);
    const code = await w.code();
    expect(w.sent.at(-1)!.to).toBe(wanted);
    const stranger = await withPassword();
    expect(
      await outcome(
        w.signIns.contacts.confirm({ userId: stranger.id, sessionId }, { id: asked.id, code, ip: IP }),
      ),
    ).toBe('CODE_WRONG');
    await w.signIns.contacts.confirm(who, { id: asked.id, code, ip: IP });
    expect((await w.drive()).map(({ to }) => to).toSorted()).toEqual([mobile, wanted].toSorted());
    expect([await openSessions(id), await rests(id)]).toEqual([1, 1]);
    expect(await outcome(begin(mobile))).toBe('SIGN_IN_FAILED');
    expect(await begin(wanted)).toMatchObject({ kind: 'code' });
  });

  test('of somebody else is told only to whoever holds it', async () => {
    const [one, other] = [await withPassword(), await withPassword()];
    const { sessionId } = await onDevice(one.mobile);
    const who = { userId: one.id, sessionId };
    w.clock.advance(TEN_MINUTES);
    const asked = await w.signIns.contacts.ask(who, { contact: other.mobile, password: PASSWORD, ip: IP });
    const code = await w.code();
    expect(w.sent.at(-1)!.to).toBe(other.mobile);
    expect(await outcome(w.signIns.contacts.confirm(who, { id: asked.id, code, ip: IP }))).toBe(
      'CONTACT_TAKEN',
    );
    expect(await rests(one.id)).toBe(0);
    expect(await begin(other.mobile)).toMatchObject({ kind: 'code' });
  });

  test('that was there already is only confirmed', async () => {
    const { id, mobile } = await withPassword();
    const { sessionId } = await onDevice(mobile);
    w.clock.advance(TEN_MINUTES);
    const who = { userId: id, sessionId };
    const asked = await w.signIns.contacts.ask(who, { contact: mobile, password: PASSWORD, ip: IP });
    await w.signIns.contacts.confirm(who, { id: asked.id, code: await w.code(), ip: IP });
    expect([await openSessions(id), await rests(id)]).toEqual([1, 0]);
  });
});

test('codes that are over are deleted', async () => {
  await w.signIns.passwords.ask({ login: freshMobile(), deviceToken: undefined });
  w.clock.advance(2 * 24 * 60 * 60_000);
  expect(await w.signIns.codes.deleteOld(10_000)).toBeGreaterThan(0);
  expect(await rows<{ id: string }>(w.knex, 'select id from sign_in_codes')).toEqual([]);
});
