/**
 * Who has not served a customer learns nothing by their phone number: a registered sender and a number that
 * nobody knows are answered alike, until the customer has told a one-time password.
 */
import { createApiKey } from '../../../domain/auth/api-keys';
import { execute } from '../../../platform/database';
import { closeWithCleanBooks } from '../../support/books';
import { AADHAAR, ADDRESS, freshPid, phoneCheck, RECIPIENT, ROUTES_OF_SCOPE } from '../../support/dmt-bodies';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import {
  createScriptedDmt,
  deskRefused,
  deskUnknown,
  GOOD_OTP,
  type ScriptedDmt,
} from '../../support/scripted-dmt';

const KNOWN = '9876543210';
const UNKNOWN = '9876543211';
let p: Platform;
let eko: ScriptedDmt;
let served: Awaited<ReturnType<Platform['user']>>;
let stranger: Awaited<ReturnType<Platform['user']>>;
beforeEach(async () => {
  eko = createScriptedDmt();
  p = await startPlatform({ workers: [], connectors: [eko] });
  [served, stranger] = [await p.user(0n), await p.user(0n)];
  eko.profiles.set(KNOWN, { state: 'active', name: 'Test Remitter', remainingPaise: 1_200_000n });
  const sender = await senderOf(served, KNOWN);
  for (const [url, body] of phoneCheck(sender)) await post(served, url, body);
  await post(served, `/v1/dmt/senders/${sender}/recipients`, RECIPIENT);
  eko.asked.length = 0;
});
afterEach(() => closeWithCleanBooks(p.c.knex, p));

type By = { apiKey: string };
const post = (by: By, url: string, body: unknown): Promise<Reply> =>
  p.call('POST', url, { key: by.apiKey, body });
const get = (by: By, url: string): Promise<Reply> => p.call('GET', url, { key: by.apiKey });
const senderOf = async (by: By, mobile: string): Promise<string> =>
  (await post(by, '/v1/dmt/senders', { mobile })).body.id as string;
const asked = (name: string): number => eko.asked.filter(({ call }) => call === name).length;

/** What a stranger is told of a number, at every place that goes by one; without what differs anyhow. */
async function toldOf(mobile: string): Promise<unknown[]> {
  const id = await senderOf(stranger, mobile);
  const at = `/v1/dmt/senders/${id}`;
  const replies = [
    await post(stranger, '/v1/dmt/senders', { mobile }),
    await get(stranger, at),
    await get(stranger, `${at}/recipients`),
    await post(stranger, `${at}/recipients`, RECIPIENT),
    await post(stranger, `${at}/transfer-otps`, { recipient: `rcp_${'0'.repeat(26)}`, amount: 100 }),
    await post(stranger, `${at}/phone-otp/verification`, { otp: GOOD_OTP }),
    await post(stranger, `${at}/ekyc`, { aadhaar: AADHAAR, pid: freshPid() }),
    await post(stranger, `${at}/enrolment`, {
      name: 'Test Remitter',
      born_on: '1990-02-28',
      address: ADDRESS,
    }),
    await get(stranger, at),
    await get(stranger, `${at}/recipients`),
  ];
  return replies.map(({ status, body }) => {
    const {
      id: _id,
      hint: _hint,
      checked_at: _c,
      created_at: _a,
      request_id: _r,
      instance: _i,
      ...rest
    } = body;
    return { status, ...rest };
  });
}

it('a registered sender and an unknown number are told apart by nothing, and the provider is asked for no profile', async () => {
  // as Eko does: neither a registered sender nor an unknown number goes through the eKYC, each for a reason of its own
  eko.onDesk = (call, [mobile]) =>
    call === 'startEkyc' ? deskRefused(mobile === KNOWN ? '2135' : '463') : undefined;
  const [known, unknown] = [await toldOf(KNOWN), await toldOf(UNKNOWN)];
  expect(known).toEqual(unknown);
  expect(JSON.stringify(known)).not.toMatch(/Test Recipient|"active"|1200000/);
  expect(eko.asked.map(({ call }) => call)).toEqual(['startEkyc', 'enrolSender', 'startEkyc', 'enrolSender']);
});

it('after the one-time password of the customer everything is shown', async () => {
  const id = await senderOf(stranger, KNOWN);
  for (const [url, body] of phoneCheck(id)) expect((await post(stranger, url, body)).status).toBe(200);
  expect((await post(stranger, '/v1/dmt/senders', { mobile: KNOWN })).body).toMatchObject({
    id,
    state: 'active',
    remaining: 1_200_000,
  });
  const list = await get(stranger, `/v1/dmt/senders/${id}/recipients`);
  expect(list.body.data).toMatchObject([{ name: 'Test Recipient' }]);
});

it('after the eKYC of a new customer, too', async () => {
  const at = `/v1/dmt/senders/${await senderOf(stranger, UNKNOWN)}`;
  await post(stranger, `${at}/enrolment`, { name: 'Test Remitter', born_on: '1990-02-28', address: ADDRESS });
  await post(stranger, `${at}/ekyc`, { aadhaar: AADHAAR, pid: freshPid() });
  expectProblem(await get(stranger, `${at}/recipients`), 'DMT_SENDER_NOT_ACTIVE');
  expect((await post(stranger, `${at}/ekyc/verification`, { otp: GOOD_OTP })).body.state).toBe('active');
  expect((await get(stranger, `${at}/recipients`)).status).toBe(200);
});

it('50 guesses of the phone at once: five reach the provider, and none opens the door', async () => {
  const at = `/v1/dmt/senders/${await senderOf(stranger, KNOWN)}`;
  expectProblem(
    await post(stranger, `${at}/phone-otp/verification`, { otp: GOOD_OTP }),
    'DMT_PHONE_OTP_MISSING',
  );
  expect((await post(stranger, `${at}/phone-otp`, {})).status).toBe(200);
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      post(stranger, `${at}/phone-otp/verification`, { otp: String(100_000 + i) }),
    ),
  );
  expect(asked('verifyPhoneOtp')).toBe(5);
  expect(replies.filter(({ body }) => body.code === 'OTP_TRIES_USED_UP')).toHaveLength(45);
  const refused = await post(stranger, `${at}/phone-otp/verification`, { otp: GOOD_OTP });
  expectProblem(refused, 'OTP_TRIES_USED_UP');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expectProblem(await get(stranger, `${at}/recipients`), 'DMT_SENDER_NOT_ACTIVE');
});

it('a stranger has three passwords sent to a phone, and leaves the rest of them to others', async () => {
  const at = `/v1/dmt/senders/${await senderOf(stranger, KNOWN)}`;
  const replies = await Promise.all(Array.from({ length: 10 }, () => post(stranger, `${at}/phone-otp`, {})));
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(3);
  for (const reply of replies.filter(({ status }) => status !== 200)) expectProblem(reply, 'RATE_LIMITED');
  expect(asked('sendPhoneOtp')).toBe(3);
  const other = await p.user(0n);
  const theirs = `/v1/dmt/senders/${await senderOf(other, KNOWN)}`;
  expect((await post(other, `${theirs}/phone-otp`, {})).status).toBe(200);
});

it('a right password counts, also when the look-up after it gets no answer', async () => {
  const id = await senderOf(stranger, KNOWN);
  const [[send], [verify, right]] = phoneCheck(id) as [[string], [string, object]];
  await post(stranger, send, {});
  eko.onDesk = (call) => (call === 'sender' ? deskUnknown() : undefined);
  expectProblem(await post(stranger, verify, right), 'PROVIDER_UNAVAILABLE');
  eko.onDesk = () => undefined;
  expect((await post(stranger, '/v1/dmt/senders', { mobile: KNOWN })).body.state).toBe('active');
});

it('the database keeps nothing of a sender for a user who has not served them', async () => {
  await senderOf(stranger, KNOWN);
  for (const set of [
    "state = 'active', kyc_level = 'ekyc', verified_at = now()",
    'provider_remaining_paise = 1',
  ])
    await expect(
      execute(p.c.knex, `update dmt_senders set ${set} where user_id = ?`, [stranger.userId]),
    ).rejects.toMatchObject({ constraint: 'dmt_senders_shown_when_served' });
});

it('needs the scope dmt:write', async () => {
  const { secret } = await createApiKey(p.c.knex, p.c.ids, {
    userId: served.userId,
    mode: 'test',
    scopes: ['payouts:write', 'transactions:read'],
  });
  for (const [method, url] of ROUTES_OF_SCOPE)
    expectProblem(
      await p.call(method, url, { key: secret, body: method === 'POST' ? {} : undefined }),
      'AUTH_SCOPE_MISSING',
    );
});
