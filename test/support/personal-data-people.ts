/** A day of people with planted values: they sign in, are made known, confirm, move and bring money. */
import { randomUUID } from 'node:crypto';
import { businessDate } from '../../platform/clock';
import { execute } from '../../platform/database';
import { publicId } from '../../platform/ids';
import type { Trip } from './personal-data-flows';
import type { Platform, Reply } from './platform';
import { codeIn, giveMobile, textTo } from './signed-in';
import { plantSettlement } from './settlements';
import { until } from './until';

const HOUR_MS = 3_600_000;
const DEVICE = { name: 'Chrome on Android' };
/** Above it a code is sent to who pays. */
const LARGE_PAISE = 1_000_000;

type User = Awaited<ReturnType<Platform['user']>>;
type Say = (method: string, url: string, body?: object, headers?: Record<string, string>) => Promise<Reply>;

/** Calls of somebody else than the user of the day, all to be answered with 2xx. */
function sayingAs({ p, day }: Trip, key?: string): Say {
  return (method, url, body, headers = {}) =>
    day.good(
      p
        .call(method, `/v1/${url}`, { ...(key === undefined ? {} : { key }), body, headers })
        .then((reply) => day.keep(method, `/v1/${url}`, reply)),
    );
}

const idOf = ({ body }: Reply): string => body.id as string;
const money = (trip: Trip, amount = 100_000) => ({
  amount,
  currency: 'INR',
  reference: trip.day.reference(),
});
const once = () => ({ 'idempotency-key': randomUUID() });

/** The tests of people; the flows come first, since what AEPS has earned is moved. */
export function describePeople(given: () => Trip): void {
  let above: User;
  let below: User;
  let mobile: string;
  let session: Say;
  let accessToken: string;
  let password: string;

  beforeAll(async () => {
    const { p, g } = given();
    [above, below] = [await p.user(10_000_000n), await p.user(0n)];
    await execute(p.db, `update users set type = 'distributor' where id = ?`, [above.userId]);
    await execute(p.db, 'update users set parent_id = ? where id = ?', [above.userId, below.userId]);
    mobile = g.mobile('somebody who signs in', '0000');
    await giveMobile(p, above.userId, mobile);
  });

  it('through wallets: moved, sent, pulled back, stated, asked for', async () => {
    const trip = given();
    await expectMoved(trip, above, below);
    await expectStated(trip, above);
    await expectAskedFor(sayingAs(trip, above.apiKey));
  });

  it('through KYC: of a person, and of a user below', async () => {
    const trip = given();
    await expectKnown(trip, sayingAs(trip, below.apiKey));
    await expectFilledIn(trip, sayingAs(trip, above.apiKey), (await trip.p.user(0n)).userId, above);
  });

  it('through a sign-in on a new device, with a first password', async () => {
    const trip = given();
    const { g, p } = trip;
    const say = sayingAs(trip);
    password = g.password('the first');
    const asked = await say('POST', 'password-resets', { login: mobile });
    const first = g.code('for a password', codeIn(await textTo(p, mobile)));
    await say('POST', 'password-resets/password', { id: idOf(asked), code: first, password });
    const begun = await say('POST', 'sign-ins', { login: mobile, password, device: DEVICE });
    const code = g.code('for a sign-in', await codeTo(p, mobile, [first]));
    const { body } = await say('POST', 'sign-ins/code', { id: idOf(begun), code, device: DEVICE });
    const tokens = body.tokens as { access_token: string; refresh_token: string };
    g.token('access', tokens.access_token);
    g.token('refresh', tokens.refresh_token);
    g.token('device', body.device_token as string);
    accessToken = tokens.access_token;
    session = sayingAs(trip, accessToken);
  });

  it('through confirmations, by a PIN and a code', async () => {
    const { g, p } = given();
    const pin = g.pin('of somebody who signs in');
    await session('PUT', 'pin', { pin });
    expect((await session('GET', 'pin')).body.status).toBe('set');
    const beneficiary = {
      name: g.name('payee who is confirmed'),
      account_number: g.account('payee who is confirmed', '0000'),
      ifsc: 'HDFC0000053',
    };
    const begun = await session('POST', 'confirmations', {
      amount: LARGE_PAISE,
      currency: 'INR',
      beneficiary,
      pin,
    });
    const code = g.code(
      'for a payment',
      await codeTo(
        p,
        mobile,
        g.planted.filter(({ kind }) => kind === 'code').map(({ value }) => value),
      ),
    );
    const { body } = await session('POST', `confirmations/${idOf(begun)}/code`, { code });
    expect(body.status).toBe('confirmed');
  });

  it('through what they ask about their own data', async () => {
    const { p, g, day } = given();
    const asked = await session('POST', 'data-requests', { kind: 'export', reason: 'to see what is kept' });
    await session('GET', 'data-requests');
    const at = `data-requests/${idOf(asked)}`;
    await session('GET', at);
    for (const [method, url, body] of [
      ['POST', `/v1/${at}/confirmation`, { pin: g.pin('for a copy') }],
      ['GET', `/v1/${at}/copy`, undefined],
    ] as const) {
      const call = p.call(method, url, { key: accessToken, body });
      expect((await call.then((reply) => day.keep(method, url, reply))).body.code).toBe(
        'DATA_EXPORT_NOT_GRANTED',
      );
    }
    expect((await session('POST', `${at}/withdrawal`, {})).body.status).toBe('withdrawn');
  });

  it('through a report about themselves', async () => {
    const { day } = given();
    await day.good(day.get('/v1/reports/kinds'));
    const of = { report: 'commission_statement', form: 'pdf', from: '2026-11-01', to: '2026-11-28' };
    const { body } = await day.good(day.post('/v1/reports', of));
    await day.good(day.get('/v1/reports'));
    const made = await until(
      () => day.get(`/v1/reports/${body.id as string}`),
      (reply) => reply.body.status === 'ready',
    );
    await day.good(day.get((made.body.links as { file: string }).file));
  });

  it('through their account: another password, an address and a number, sessions and devices', async () => {
    const trip = given();
    const { g, p } = trip;
    const next = g.password('the next');
    await session('POST', 'account/password', { current_password: password, password: next });
    for (const contact of [g.email('of somebody who signs in'), g.mobile('the next number', '0000')]) {
      const asked = await session('POST', 'account/contact', { contact, password: next });
      const code = g.code('for a number or an address', codeIn(await textTo(p, contact)));
      await session('POST', 'account/contact/code', { id: idOf(asked), code });
    }
    await expectEnded(trip, above, session);
  });
}

/** The code in a text to a number that is none of those before. */
async function codeTo(p: Platform, to: string, before: readonly string[]): Promise<string> {
  const codes = async (): Promise<string[]> =>
    (await p.outbox.newest(500))
      .filter((text) => text.to === to)
      .flatMap(({ text }) => /\b\d{6}\b/.exec(text) ?? [])
      .filter((code) => !before.includes(code));
  return (await until(codes, (found) => found.length > 0))[0]!;
}

async function expectMoved(trip: Trip, above: User, below: User): Promise<void> {
  const { day } = trip;
  const say = sayingAs(trip, above.apiKey);
  const other = publicId('user', below.userId);
  const sent = await say('POST', 'wallet-transfers', { ...money(trip), to_user: other }, once());
  await say(
    'POST',
    'wallet-pull-backs',
    { ...money(trip, 40_000), from_user: other, reason: 'sent to the wrong shop' },
    once(),
  );
  await say('GET', 'wallet-transfers');
  await say('GET', `wallet-transfers/${idOf(sent)}`);
  await day.good(day.once('/v1/wallet-moves', { ...money(trip, 10_000), from: 'aeps', to: 'main' }));
  await plantSettlement(trip.p.db, day.userId);
  const settled = await day.good(day.get('/v1/settlements'));
  await day.good(day.get(`/v1/settlements/${(settled.body.data as { id: string }[])[0]!.id}`));
}

async function expectStated(trip: Trip, user: User): Promise<void> {
  const { p } = trip;
  const say = sayingAs(trip, user.apiKey);
  await execute(p.db, `update wallets set created_at = created_at - interval '1 day' where id = ?`, [
    user.walletId,
  ]);
  const at = `wallets/${publicId('wallet', user.walletId)}`;
  const today = businessDate(p.c.clock.now());
  for (const form of ['/summary', '.csv', '.pdf'])
    await say('GET', `${at}/statement${form}?from=${today}&to=${today}`);
  const before = new Date(p.c.clock.now().getTime() - HOUR_MS).toISOString();
  await say('GET', `${at}/balance?at=${before}`);
  await say('GET', 'commissions/preview?service=dmt&category=IMPS&amount=200000');
  await say('GET', `commissions/statement?from=${today}&to=${today}`);
  await say('GET', `tax-documents?from=${today}&to=${today}`);
  await trip.day.get('/v1/tax-documents/pdf?number=INV/2627/0000001');
  await say('GET', 'disputes');
  const unknown = `/v1/disputes/${publicId('dispute', user.userId)}`;
  await trip.day.get(unknown);
  await trip.day.post(`${unknown}/answer`, { answer: 'accepted' });
}

async function expectAskedFor(say: Say): Promise<void> {
  const asked = await say(
    'POST',
    'fund-requests',
    {
      amount: 50_000,
      currency: 'INR',
      bank: 'escrow',
      mode: 'IMPS',
      utr: '569690930707',
      paid_on: businessDate(new Date()),
    },
    once(),
  );
  await say('GET', 'fund-requests');
  await say('GET', `fund-requests/${idOf(asked)}`);
  expect((await say('POST', `fund-requests/${idOf(asked)}/withdrawal`, {})).body.status).toBe('withdrawn');
}

function detailsOf({ g }: Trip, label: string): Record<string, string> {
  const pan = g.pan(label);
  return {
    tier: 'small',
    holder: 'individual',
    name: g.name(label),
    born_on: '1990-12-31',
    address: g.address(label),
    pan,
    gstin: g.gstin(label, pan),
    aadhaar_last4: '7058',
  };
}

async function expectKnown(trip: Trip, say: Say): Promise<void> {
  const { g } = trip;
  await say('PUT', 'kyc', detailsOf(trip, 'who is made known'));
  await say('GET', 'consent-words');
  for (const purpose of ['kyc', 'bank_account'])
    await say('POST', 'consents', { purpose, version: 1, language: 'en' });
  for (const kind of ['pan_card', 'address_proof'])
    await say('POST', 'kyc/documents', { kind, content: g.scan(`${kind} of who is made known`) });
  await say('PUT', 'kyc/bank-account', {
    account_number: g.account('of who is made known', '0000'),
    ifsc: 'HDFC0000053',
  });
  await until(
    () => say('GET', 'kyc'),
    ({ body }) => (body.record as { bank_account: { state: string } }).bank_account.state !== 'checking',
  );
  const { body } = await say('POST', 'kyc/submission');
  expect(body.record).toMatchObject({ state: 'submitted', missing: [] });
  await say('GET', 'consents');
  await say('DELETE', 'consents/bank_account');
}

async function expectFilledIn(trip: Trip, say: Say, userId: User['userId'], above: User): Promise<void> {
  await execute(trip.p.db, 'update users set parent_id = ? where id = ?', [above.userId, userId]);
  const at = `users/${publicId('user', userId)}/kyc`;
  await say('PUT', at, detailsOf(trip, 'who is below'));
  await say('POST', `${at}/documents`, { kind: 'pan_card', content: trip.g.scan('of who is below') });
  await say('GET', at);
}

/** Another session of the same user with its device, and all others. */
async function expectEnded(trip: Trip, { userId }: User, say: Say): Promise<void> {
  const { p } = trip;
  const start = () =>
    p.c.knex.transaction((trx) =>
      p.c.userSessions.start(trx, { userId, device: { ...DEVICE, ip: '192.0.2.1' }, methods: ['pwd'] }),
    );
  const [one, two] = [await start(), await start()];
  await say('GET', 'sessions');
  await say('DELETE', `sessions/${publicId('session', one.sessionId)}`);
  await say('GET', 'devices');
  await say('DELETE', `devices/${publicId('device', two.device.id)}`);
  await say('DELETE', 'sessions');
}
