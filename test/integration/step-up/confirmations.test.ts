/** PINs and confirmations: what is guessed at, what is used twice, and what a confirmation is good for. */
import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { Caller } from '../../../domain/auth/api-keys';
import { createPasswords } from '../../../domain/auth/passwords';
import type { DomainError } from '../../../domain/errors/errors';
import { createOtpSends } from '../../../domain/otp/sends';
import { createOtpTries } from '../../../domain/otp/tries';
import { createPolicies, type Policies } from '../../../domain/policies/policies';
import {
  createConfirmations,
  type CodeOfPayment,
  type ShownRisk,
} from '../../../domain/step-up/confirmations';
import { createPins } from '../../../domain/step-up/pins';
import { createStepUpRules, type StepUpRules } from '../../../domain/step-up/rules';
import { enterDevice } from '../../../domain/tokens/devices';
import { createAppUser } from '../../../domain/users/users';
import { FakeClock } from '../../../platform/clock';
import { execute, makeKnex, rows, sqlState } from '../../../platform/database';
import { createFieldCipher, createKeyedDigest } from '../../../platform/encryption';
import { systemIds } from '../../../platform/ids';
import { insertOne } from '../../../platform/sql';
import { freshDatabase, type TestDatabase } from '../../support/database';

const PIN = '482915';
const OTHER_PIN = '907316';
const IP = '192.0.2.1';
const SMALL: ShownRisk = {
  action: 'payout',
  amountPaise: 999_999n,
  payee: 'account 1',
  payeeShown: 'account ending 1',
};
const LARGE: ShownRisk = { ...SMALL, amountPaise: 1_000_000n };
const clock = new FakeClock();
const cipher = createFieldCipher({ keys: new Map([['k', randomBytes(32)]]), activeKid: 'k' });
const digest = createKeyedDigest(randomBytes(32));

let database: TestDatabase;
let knex: Knex;
let policies: Policies;
let rules: StepUpRules;
let sent: CodeOfPayment[];
let caller: Caller;

beforeAll(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.appUrl, { max: 12 });
  policies = await createPolicies({ knex, clock, profile: 'production' });
  rules = await createStepUpRules({ knex, clock, profile: 'production' });
});
afterAll(async () => {
  policies.close();
  rules.close();
  await knex.destroy();
  await database.drop();
});
beforeEach(async () => {
  sent = [];
  caller = await signedIn();
});

/** Somebody new who has just signed in. */
async function signedIn(): Promise<Caller> {
  const user = await knex.transaction((trx) => createAppUser(trx, systemIds, { name: 'Test Trader' }));
  const now = clock.now();
  const id = systemIds.uuid();
  await knex.transaction(async (trx) => {
    const device = await enterDevice(trx, { clock, ids: systemIds }, user.userId, { name: 'Phone', ip: IP });
    await insertOne(trx, 'user_sessions', {
      id,
      user_id: user.userId,
      device_id: device.id,
      methods: ['pwd'],
      ip: IP,
      started_at: now,
      family_hash: randomBytes(32),
      refresh_hash: randomBytes(32),
      refreshed_at: now,
      refresh_until: new Date(now.getTime() + 1_000_000),
      ends_at: new Date(now.getTime() + 1_000_000),
    });
  });
  return { ...user, by: 'session', keyId: id, scopes: [], services: [], role: 'retailer' };
}

const pins = () => createPins({ knex, clock, cipher, passwords: createPasswords() });
const confirmations = (tells = true) =>
  createConfirmations({
    knex,
    clock,
    ids: systemIds,
    digest,
    rules,
    pins: { check: async () => undefined },
    otpSends: createOtpSends({ knex, clock, policies }),
    otpTries: createOtpTries({ knex, clock, policies }),
    teller: {
      async tell(_trx, code) {
        if (!tells) throw new Error('nobody to tell');
        sent.push(code);
        return { to: '98XXXXXX10' };
      },
    },
  });
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'fine',
    (error: unknown) => (error as DomainError).code,
  );
const change = (pin: string, present?: string, by = caller): Promise<string> =>
  codeOf(pins().change(by, pin, { present, ip: IP }));
const require_ = (risk: ShownRisk, id: string | undefined, key = 'order-1', by = caller): Promise<string> =>
  codeOf(confirmations().require(by, risk, { id, key }));
const wrong = (code: string): string => (code === '000000' ? '000001' : '000000');

describe('the PIN', () => {
  test('is set after a sign-in, and changed with the present one', async () => {
    expect(await pins().state(caller.userId)).toBe('not_set');
    expect(await codeOf(pins().check(caller.userId, PIN))).toBe('PIN_NOT_SET');
    expect(await change('123456')).toBe('PIN_TOO_EASY');
    expect(await change(PIN)).toBe('fine');
    clock.advance(11 * 60_000);
    expect(await change(OTHER_PIN)).toBe('PIN_NEEDS_SIGN_IN');
    expect(await change(OTHER_PIN, OTHER_PIN)).toBe('PIN_WRONG');
    expect(await change(OTHER_PIN, PIN)).toBe('fine');
    expect(await codeOf(pins().check(caller.userId, OTHER_PIN))).toBe('fine');
  });

  test('is not set by a key, however new its user is', async () => {
    const { by: _, ...key } = caller;
    expect(await change(PIN, undefined, key)).toBe('PIN_NEEDS_SIGN_IN');
  });

  test('of a hundred wrong guesses at once five are looked at, and then the right one is none', async () => {
    await change(PIN);
    const looked: string[] = [];
    const passwords = createPasswords();
    const counting = createPins({
      knex,
      clock,
      cipher,
      passwords: {
        ...passwords,
        matches: async (pin, stored) => {
          looked.push(pin);
          return passwords.matches(pin, stored);
        },
      },
    });
    const codes = await Promise.all(
      Array.from({ length: 100 }, () => codeOf(counting.check(caller.userId, OTHER_PIN))),
    );
    expect(looked).toHaveLength(5);
    expect(codes.filter((code) => code === 'PIN_WRONG')).toHaveLength(5);
    expect(await codeOf(pins().check(caller.userId, PIN))).toBe('PIN_DEAD');
    expect(await pins().state(caller.userId)).toBe('dead');
    expect(await change(OTHER_PIN, PIN)).toBe('fine'); // minutes after the sign-in, whatever it was
    expect(await codeOf(pins().check(caller.userId, OTHER_PIN))).toBe('fine');
  });

  test('right again, the count begins anew', async () => {
    await change(PIN);
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 4; i += 1)
        expect(await codeOf(pins().check(caller.userId, OTHER_PIN))).toBe('PIN_WRONG');
      expect(await codeOf(pins().check(caller.userId, PIN))).toBe('fine');
    }
  });

  test('is kept as a sealed hash', async () => {
    await change(PIN);
    const [row] = await rows<{ sealed: string }>(
      knex,
      'select pin_sealed as sealed from transaction_pins where user_id = ?',
      [caller.userId],
    );
    expect(row!.sealed).not.toContain('argon2');
    expect(cipher.open(row!.sealed, `transaction_pins|pin_sealed|${caller.userId}`)).toMatch(/^\$argon2id\$/);
  });
});

describe('what is confirmed', () => {
  test('keys and programs are asked for nothing, people always', async () => {
    const { by: _, ...key } = caller;
    expect(await require_(LARGE, undefined, 'order-1', key)).toBe('fine');
    expect(await require_(LARGE, undefined, 'order-1', { ...caller, by: 'client' })).toBe('fine');
    expect(await require_(SMALL, undefined)).toBe('CONFIRMATION_NEEDED');
  });

  test('a small amount by the PIN alone', async () => {
    const { id, isConfirmed, sentTo } = await confirmations().begin(caller, SMALL, PIN);
    expect([isConfirmed, sentTo, sent]).toEqual([true, null, []]);
    expect(await require_(SMALL, id)).toBe('fine');
  });

  test('from 10,000 rupees on by a code for this amount and payee', async () => {
    const { id, isConfirmed, sentTo } = await confirmations().begin(caller, LARGE, PIN);
    expect([isConfirmed, sentTo]).toEqual([false, '98XXXXXX10']);
    expect(sent).toMatchObject([
      { userId: caller.userId, amountPaise: 1_000_000n, payeeShown: 'account ending 1' },
    ]);
    expect(await require_(LARGE, id)).toBe('CONFIRMATION_NEEDED');
    expect(await codeOf(confirmations().confirm(caller, id, wrong(sent[0]!.code)))).toBe(
      'CONFIRMATION_CODE_WRONG',
    );
    expect(await codeOf(confirmations().confirm(caller, id, sent[0]!.code))).toBe('fine');
    expect(await require_({ ...LARGE, amountPaise: 1_000_001n }, id)).toBe('CONFIRMATION_FOR_ANOTHER');
    expect(await require_({ ...LARGE, payee: 'account 2' }, id)).toBe('CONFIRMATION_FOR_ANOTHER');
    expect(await require_({ ...LARGE, action: 'transfer' }, id)).toBe('CONFIRMATION_FOR_ANOTHER');
    expect(await require_(LARGE, id)).toBe('fine');
  });

  test('is good once, and for a repeat of the same order', async () => {
    const { id } = await confirmations().begin(caller, SMALL, PIN);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => require_(SMALL, id, `order-${i}`).then((code) => ({ code, i }))),
    );
    const won = answers.filter(({ code }) => code === 'fine');
    expect(won).toHaveLength(1);
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['fine', 'CONFIRMATION_OVER']));
    clock.advance(3_600_000);
    expect(await require_(SMALL, id, `order-${won[0]!.i}`)).toBe('fine');
  });

  test('is good for five minutes, in its session, for its user', async () => {
    const [first, second] = [
      await confirmations().begin(caller, SMALL, PIN),
      await confirmations().begin(caller, SMALL, PIN),
    ];
    const stranger = await signedIn();
    expect(await require_(SMALL, first.id, 'order-1', stranger)).toBe('CONFIRMATION_NEEDED');
    expect(await require_(SMALL, first.id, 'order-1', { ...caller, keyId: stranger.keyId })).toBe(
      'CONFIRMATION_NEEDED',
    );
    clock.advance(299_000);
    expect(await require_(SMALL, first.id)).toBe('fine');
    clock.advance(1_000);
    expect(await require_(SMALL, second.id, 'order-2')).toBe('CONFIRMATION_OVER');
  });
});

describe('a code', () => {
  test('is shown by its user in its session; to others there is no such confirmation', async () => {
    const { id } = await confirmations().begin(caller, LARGE, PIN);
    const stranger = await signedIn();
    for (const by of [stranger, { ...caller, keyId: stranger.keyId }])
      expect(await codeOf(confirmations().confirm(by, id, sent[0]!.code))).toBe('CONFIRMATION_NOT_FOUND');
    expect(await codeOf(confirmations().confirm(caller, systemIds.uuid(), sent[0]!.code))).toBe(
      'CONFIRMATION_NOT_FOUND',
    );
  });

  test('of many who show it at once one confirms', async () => {
    const { id } = await confirmations().begin(caller, LARGE, PIN);
    const codes = await Promise.all(
      Array.from({ length: 5 }, () => codeOf(confirmations().confirm(caller, id, sent[0]!.code))),
    );
    expect(codes.filter((code) => code === 'fine')).toHaveLength(1);
  });

  test('of a hundred wrong ones at once five are counted, and then the right one is none, nor one of the next', async () => {
    const { id } = await confirmations().begin(caller, LARGE, PIN);
    const guesses = await Promise.all(
      Array.from({ length: 100 }, () => codeOf(confirmations().confirm(caller, id, wrong(sent[0]!.code)))),
    );
    expect(guesses.filter((code) => code === 'CONFIRMATION_CODE_WRONG').length).toBeLessThanOrEqual(5);
    expect(await codeOf(confirmations().confirm(caller, id, sent[0]!.code))).toBe('OTP_TRIES_USED_UP');
    const next = await confirmations().begin(caller, LARGE, PIN);
    expect(await codeOf(confirmations().confirm(caller, next.id, sent[1]!.code))).toBe('OTP_TRIES_USED_UP');
    expect(await codeOf(confirmations().confirm(caller, id, sent[0]!.code))).toBe('OTP_TRIES_USED_UP');
  });

  test('is sent ten times in ten minutes at most', async () => {
    for (let i = 0; i < 10; i += 1) await confirmations().begin(caller, LARGE, PIN);
    expect(await codeOf(confirmations().begin(caller, LARGE, PIN))).toBe('RATE_LIMITED');
    expect(await codeOf(confirmations().begin(caller, SMALL, PIN))).toBe('fine');
  });

  test('that could not be told leaves no confirmation', async () => {
    await expect(confirmations(false).begin(caller, LARGE, PIN)).rejects.toThrow('nobody to tell');
    expect(await rows(knex, 'select id from confirmations where user_id = ?', [caller.userId])).toEqual([]);
  });
});

test('the database keeps what a confirmation is for, and takes no use of one that is not confirmed', async () => {
  const { id } = await confirmations().begin(caller, LARGE, PIN);
  const refused = (set: string): Promise<string | undefined> =>
    execute(knex, `update confirmations set ${set} where id = ?`, [id]).then(() => 'done', sqlState);
  for (const set of [
    'amount_paise = 1',
    `subject_digest = sha256('x')`,
    `used_at = now(), used_for = 'order-1'`,
    'confirmed_at = now()',
    'tries = 6',
  ])
    expect([set, await refused(set)]).toEqual([set, '23514']);
});

test('the rules: every way that money leaves is confirmed by the PIN, from 10,000 rupees on by a code', () => {
  for (const action of ['payout', 'transfer', 'dmt', 'bbps', 'recharge'] as const)
    expect([action, rules.of(action)]).toMatchObject([
      action,
      { pinFromPaise: 0n, codeFromPaise: 1_000_000n, goodForS: 300, rests: action !== 'recharge' },
    ]);
});

test('a row of a later day switches a way off, and none is for a way that does not exist', async () => {
  const db = makeKnex(database.url, { max: 1 });
  const insert = (action: string, from: string): Promise<string | undefined> =>
    execute(
      db,
      `insert into step_up_rules (action, profile, in_force_from, good_for_s, source)
       values (:action, 'production', :from, 300, 'a test')`,
      { action, from },
    ).then(() => 'done', sqlState);
  const today = new Date(clock.now().getTime()).toISOString().slice(0, 10);
  expect(await insert('cash', today)).toBe('23514');
  expect(await insert('recharge', today)).toBe('done');
  await db.destroy();
  const changed = await createStepUpRules({ knex, clock, profile: 'production' });
  expect(changed.of('recharge').pinFromPaise).toBeNull();
  expect(changed.of('bbps').pinFromPaise).toBe(0n);
  changed.close();
});
