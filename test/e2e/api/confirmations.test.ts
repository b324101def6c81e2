/** What is confirmed from 10,000 rupees on: by a code that comes by SMS and is good for its amount and payee alone. */
import { randomUUID } from 'node:crypto';
import type { AppUser } from '../../../domain/users/users';
import { FakeClock } from '../../../platform/clock';
import { execute, rows } from '../../../platform/database';
import { parsePublicId, publicId } from '../../../platform/ids';
import { payoutBody, startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { codeIn, giveMobile, signIn, textTo } from '../../support/signed-in';
import { until } from '../../support/until';

const PIN = '482915';
const LARGE = 1_000_000;
const MINUTE_MS = 60_000;
const clock = new FakeClock(new Date());

let p: Platform;
let user: AppUser;
let key: string;
let mobile: string;
let users = 0;
beforeAll(async () => {
  p = await startPlatform({ workers: ['maintenance'], clock });
});
afterAll(async () => {
  await p.close();
});
beforeEach(async () => {
  user = await p.user(10_000_000n);
  mobile = `98765${String((users += 1)).padStart(5, '0')}`;
  await giveMobile(p, user.userId, mobile);
  ({ accessToken: key } = await signIn(p, user.userId));
  await p.call('PUT', '/v1/pin', { key, body: { pin: PIN } });
});

const beneficiary = (ending: string) => payoutBody(ending).beneficiary;
const begin = (amount = LARGE, ending = '0000') =>
  p.call('POST', '/v1/confirmations', {
    key,
    body: { amount, currency: 'INR', beneficiary: beneficiary(ending), pin: PIN },
  });
const show = (id: string, code: string) =>
  p.call('POST', `/v1/confirmations/${id}/code`, { key, body: { code } });
const pay = (confirmation: string, amount = LARGE, ending = '0000', idempotencyKey: string = randomUUID()) =>
  p.call('POST', '/v1/payouts', {
    key,
    body: { ...payoutBody(ending), amount },
    headers: { 'idempotency-key': idempotencyKey, confirmation },
  });
const idOf = ({ body }: Reply): string => body.id as string;
const other = (code: string): string => (code === '000000' ? '000001' : '000000');

it('a large payout is paid with the code that came, once', async () => {
  const begun = await begin();
  expect([begun.status, begun.body]).toMatchObject([
    201,
    { status: 'code_sent', sent_to: `98XXXXXX${mobile.slice(-2)}` },
  ]);
  const id = idOf(begun);
  expectProblem(await pay(id), 'CONFIRMATION_NEEDED');
  const text = await textTo(p, mobile);
  expect(text).toContain('to pay Rs 10,000.00 to account ending 0000');
  expectProblem(await show(id, other(codeIn(text))), 'CONFIRMATION_CODE_WRONG');
  expect((await show(id, codeIn(text))).body.status).toBe('confirmed');
  expectProblem(await show(id, codeIn(text)), 'CONFIRMATION_OVER');
  expectProblem(await pay(id, LARGE + 1), 'CONFIRMATION_FOR_ANOTHER');
  expectProblem(await pay(id, LARGE, '1111'), 'CONFIRMATION_FOR_ANOTHER');
  expect((await pay(id)).status).toBe(202);
  expectProblem(await pay(id), 'CONFIRMATION_OVER');
});

it('the code of one confirmation opens no other, also of the same payment', async () => {
  const first = idOf(await begin());
  const code = codeIn(await textTo(p, mobile));
  const second = idOf(await begin(LARGE * 2));
  expectProblem(await show(second, code), 'CONFIRMATION_CODE_WRONG');
  expect((await show(first, code)).status).toBe(200);
  expectProblem(await pay(first, LARGE * 2), 'CONFIRMATION_FOR_ANOTHER');
});

it('of payouts that show one confirmation at once, one is paid', async () => {
  const id = idOf(await begin());
  const code = codeIn(await textTo(p, mobile));
  const shown = await Promise.all(Array.from({ length: 5 }, () => show(id, code)));
  expect(shown.filter(({ status }) => status === 200)).toHaveLength(1);
  const paid = await Promise.all(Array.from({ length: 10 }, () => pay(id)));
  expect(paid.filter(({ status }) => status === 202)).toHaveLength(1);
  const { body } = await p.call('GET', '/v1/transactions', { key });
  expect(body.data).toHaveLength(1);
});

it('a code that comes late, and a confirmation that is used late, are over', async () => {
  const [late, used] = [idOf(await begin()), idOf(await begin(LARGE, '2222'))];
  await textTo(p, mobile, 2);
  const texts = (await p.outbox.newest(500)).filter(({ to }) => to === mobile).map(({ text }) => text);
  const codeTo = (ending: string): string => codeIn(texts.find((text) => text.includes(`ending ${ending}`))!);
  expect((await show(used, codeTo('2222'))).status).toBe(200);
  clock.advance(5 * MINUTE_MS);
  expectProblem(await show(late, codeTo('0000')), 'CONFIRMATION_OVER');
  expectProblem(await pay(used, LARGE, '2222'), 'CONFIRMATION_OVER');
});

it('after five wrong codes neither the right one nor the next one is looked at', async () => {
  const id = idOf(await begin());
  const code = codeIn(await textTo(p, mobile));
  for (let i = 0; i < 5; i += 1) expectProblem(await show(id, other(code)), 'CONFIRMATION_CODE_WRONG');
  expectProblem(await show(id, code), 'OTP_TRIES_USED_UP');
  const next = idOf(await begin(LARGE + 1));
  expectProblem(await show(next, '000000'), 'OTP_TRIES_USED_UP');
});

it('without a number of their own nobody gets a code', async () => {
  const { userId } = await p.user(10_000_000n);
  ({ accessToken: key } = await signIn(p, userId));
  await p.call('PUT', '/v1/pin', { key, body: { pin: PIN } });
  expectProblem(await begin(), 'CONFIRMATION_NO_CONTACT');
  expect((await begin(LARGE - 1)).body.status).toBe('confirmed');
});

it('what was sent is nowhere to be read afterwards', async () => {
  const id = idOf(await begin());
  const code = codeIn(await textTo(p, mobile));
  expect((await show(id, code)).status).toBe(200);
  const kept = () =>
    rows<{ state: string; text: string | null }>(
      p.db,
      `select state, message_sealed as text from notifications where user_id = ? and kind = 'payment_code'`,
      [user.userId],
    );
  const [row] = await until(kept, ([told]) => told?.state === 'sent');
  expect(row!.text).toBeNull();
});

describe('a transfer to a user of the network', () => {
  const below = async (): Promise<string> => {
    const { userId } = await p.user(0n);
    await execute(p.db, `update users set type = 'distributor' where id = ?`, [user.userId]);
    await execute(p.db, 'update users set parent_id = ? where id = ?', [user.userId, userId]);
    return publicId('user', userId);
  };
  const beginFor = (to: string, amount = LARGE) =>
    p.call('POST', '/v1/confirmations', {
      key,
      body: { amount, currency: 'INR', to_user: to, pin: PIN },
    });
  const send = (to: string, amount: number, confirmation?: string, by = key) =>
    p.call('POST', '/v1/wallet-transfers', {
      key: by,
      body: { amount, currency: 'INR', to_user: to, reference: `ref-${randomUUID().slice(0, 18)}` },
      headers: { 'idempotency-key': randomUUID(), ...(confirmation === undefined ? {} : { confirmation }) },
    });

  it('is confirmed by whoever is signed in, for that user and amount', async () => {
    const [to, another] = [await below(), await below()];
    expectProblem(await send(to, 100), 'CONFIRMATION_NEEDED');
    const small = idOf(await beginFor(to, 100));
    expectProblem(await send(another, 100, small), 'CONFIRMATION_FOR_ANOTHER');
    expectProblem(await send(to, 101, small), 'CONFIRMATION_FOR_ANOTHER');
    expect((await send(to, 100, small)).status).toBe(201);
    const large = idOf(await beginFor(to));
    const text = await textTo(p, mobile);
    expect(text).toContain(`to pay Rs 10,000.00 to user ending ${to.slice(-6)}`);
    expectProblem(await send(to, LARGE, large), 'CONFIRMATION_NEEDED');
    expect((await show(large, codeIn(text))).status).toBe(200);
    expectProblem(await pay(large), 'CONFIRMATION_FOR_ANOTHER');
    const sent = await Promise.all(Array.from({ length: 5 }, () => send(to, LARGE, large)));
    expect(sent.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('is not asked of an API key', async () => {
    const { userId, apiKey } = await p.user(1_000n);
    const to = await below();
    await execute(p.db, `update users set type = 'distributor' where id = ?`, [userId]);
    await execute(p.db, 'update users set parent_id = ? where id = ?', [userId, parsePublicId('user', to)]);
    expect((await send(to, 100, undefined, apiKey)).status).toBe(201);
  });

  it('has one payee', async () => {
    const asked = { amount: 100, currency: 'INR', pin: PIN };
    for (const payee of [{}, { to_user: await below(), beneficiary: beneficiary('0000') }])
      expectProblem(
        await p.call('POST', '/v1/confirmations', { key, body: { ...asked, ...payee } }),
        'REQUEST_FIELD_INVALID',
      );
  });
});
