/** Money transfers, bills and recharges of people who are signed in: confirmed for their amount and payee, and once. */
import { randomUUID } from 'node:crypto';
import type { Connector } from '../../../domain/connectors';
import { bodyOf, phoneCheck, RECIPIENT, type Part, type Ready } from '../../support/dmt-bodies';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import {
  biller,
  COUNTER_BODY,
  createScriptedBills,
  CUSTOMER,
  paid,
  WATER,
} from '../../support/scripted-bbps';
import { createScriptedDmt, sentOk } from '../../support/scripted-dmt';
import { createScriptedRecharge, recharged } from '../../support/scripted-recharge';
import { codeIn, giveMobile, signIn, textTo } from '../../support/signed-in';
import { until } from '../../support/until';

const PIN = '482915';
const MOBILE = '9876511111';
const CUSTOMER_MOBILE = '9876522222';

let p: Platform;
let user: Awaited<ReturnType<Platform['user']>>;
let key: string;
beforeAll(async () => {
  const eko = createScriptedDmt();
  eko.onSend = () => sentOk();
  eko.profiles.set(CUSTOMER_MOBILE, { state: 'active', name: null, remainingPaise: null });
  const recharges = createScriptedRecharge('setu');
  recharges.onSend = () => recharged();
  const bills = createScriptedBills('setu');
  bills.onInquire = () => paid();
  const setu: Connector = { ...bills, recharge: recharges.recharge };
  p = await startPlatform({ workers: ['maintenance'], connectors: [eko, setu] });
  user = await p.user(100_000_000n);
  await giveMobile(p, user.userId, MOBILE);
  ({ accessToken: key } = await signIn(p, user.userId));
  await p.call('PUT', '/v1/pin', { key, body: { pin: PIN } });
});
afterAll(async () => {
  await p.close();
});

const post = (url: string, body: unknown, headers: Record<string, string> = {}, by = key): Promise<Reply> =>
  p.call('POST', url, { key: by, body, headers });
const idOf = ({ body }: Reply): string => body.id as string;
const reference = (): string => `ref-${randomUUID().slice(0, 18)}`;
const begin = (amount: number, payee: object): Promise<Reply> =>
  post('/v1/confirmations', { amount, currency: 'INR', ...payee, pin: PIN });
const order = (url: string, body: object, confirmation?: string, idempotencyKey: string = randomUUID()) =>
  post(url, body, {
    'idempotency-key': idempotencyKey,
    ...(confirmation === undefined ? {} : { confirmation }),
  });

describe('a money transfer', () => {
  const ready = async (ending: string): Promise<Ready> => {
    const sender = idOf(await post('/v1/dmt/senders', { mobile: CUSTOMER_MOBILE }));
    for (const [url, body] of phoneCheck(sender)) await post(url, body);
    const account_number = `00011122${ending}`;
    return {
      sender,
      recipient: idOf(await post(`/v1/dmt/senders/${sender}/recipients`, { ...RECIPIENT, account_number })),
    };
  };
  const otps = async ({ sender, recipient }: Ready, amount: number): Promise<Part[]> =>
    (await post(`/v1/dmt/senders/${sender}/transfer-otps`, { recipient, amount })).body.parts as Part[];
  const send = (to: Ready, parts: Part[], confirmation?: string, idempotencyKey?: string) =>
    order('/v1/dmt/transfers', bodyOf(to, parts), confirmation, idempotencyKey);

  it('is confirmed for the recipient and all its parts together, from 10,000 rupees on by a code', async () => {
    const [to, other] = [await ready('0000'), await ready('4444')];
    const parts = await otps(to, 1_000_000);
    expect(parts).toHaveLength(2);
    expectProblem(await send(to, parts), 'CONFIRMATION_NEEDED');
    const begun = await begin(1_000_000, { recipient: to.recipient });
    expect(begun.body.status).toBe('code_sent');
    expectProblem(await send(to, parts, idOf(begun)), 'CONFIRMATION_NEEDED');
    const text = await textTo(p, MOBILE);
    expect(text).toContain('to pay Rs 10,000.00 to account ending 0000');
    await post(`/v1/confirmations/${idOf(begun)}/code`, { code: codeIn(text) });
    expectProblem(await send(to, parts.slice(1), idOf(begun)), 'CONFIRMATION_FOR_ANOTHER');
    expectProblem(await send(other, await otps(other, 1_000_000), idOf(begun)), 'CONFIRMATION_FOR_ANOTHER');
    const body = bodyOf(to, parts);
    const idempotencyKey = randomUUID();
    const accepted = await order('/v1/dmt/transfers', body, idOf(begun), idempotencyKey);
    expect(accepted.status).toBe(202);
    const repeat = await order('/v1/dmt/transfers', body, idOf(begun), idempotencyKey);
    expect([repeat.status, repeat.text]).toEqual([202, accepted.text]);
    expectProblem(await send(to, await otps(to, 1_000_000), idOf(begun)), 'CONFIRMATION_OVER');
  });

  it('of ten that show one confirmation at once, one is accepted', async () => {
    const to = await ready('1111');
    const parts = await otps(to, 10_000);
    const confirmation = idOf(await begin(10_000, { recipient: to.recipient }));
    const sent = await Promise.all(Array.from({ length: 10 }, () => send(to, parts, confirmation)));
    expect(sent.filter(({ status }) => status === 202)).toHaveLength(1);
  });

  it('is confirmed for a recipient of a sender of their own', async () => {
    const { recipient } = await ready('2222');
    const stranger = await p.user(0n);
    const { accessToken } = await signIn(p, stranger.userId);
    const asked = { amount: 100, currency: 'INR', recipient, pin: PIN };
    const ask = (): Promise<Reply> => post('/v1/confirmations', asked, {}, accessToken);
    expectProblem(await ask(), 'PIN_NOT_SET'); // nothing is looked up before
    await p.call('PUT', '/v1/pin', { key: accessToken, body: { pin: PIN } });
    expectProblem(await ask(), 'DMT_RECIPIENT_NOT_FOUND');
  });

  it('is not confirmed by an API key', async () => {
    const to = await ready('3333');
    const parts = await otps(to, 10_000);
    const headers = { 'idempotency-key': randomUUID() };
    expect((await post('/v1/dmt/transfers', bodyOf(to, parts), headers, user.apiKey)).status).toBe(202);
  });
});

describe('a bill', () => {
  const pay = (amount: number, over: object, confirmation?: string): Promise<Reply> =>
    order(
      '/v1/bbps/payments',
      { amount, currency: 'INR', reference: reference(), payment_mode: 'Cash', force: true, ...over },
      confirmation,
    );
  const fetched = async (): Promise<string> =>
    idOf(await post('/v1/bbps/fetches', { biller: biller().id, customer: CUSTOMER, counter: COUNTER_BODY }));

  it('that was fetched is confirmed for this fetch', async () => {
    const [fetch, other] = [await fetched(), await fetched()];
    expectProblem(await pay(287_000, { fetch }), 'CONFIRMATION_NEEDED');
    const confirmation = idOf(await begin(287_000, { bill: { fetch } }));
    expectProblem(await pay(287_000, { fetch: other }, confirmation), 'CONFIRMATION_FOR_ANOTHER');
    expectProblem(await pay(287_001, { fetch }, confirmation), 'CONFIRMATION_FOR_ANOTHER');
    expect((await pay(287_000, { fetch }, confirmation)).status).toBe(202);
    expectProblem(await pay(287_000, { fetch }, confirmation), 'CONFIRMATION_OVER');
  });

  it('without a fetch is confirmed for the customer of the biller, and the code names the biller', async () => {
    const [value, another] = ['123456789012', '123456789013'];
    const customer = (number: string) => ({
      ...CUSTOMER,
      parameters: [{ name: 'Consumer Number', value: number }],
    });
    const bill = { biller: WATER.id, parameters: customer(value).parameters };
    const begun = await begin(1_000_000, { bill });
    const text = await textTo(p, MOBILE, 2);
    expect(text).toContain(`to pay Rs 10,000.00 to a bill of ${WATER.name}`);
    await post(`/v1/confirmations/${idOf(begun)}/code`, { code: codeIn(text) });
    const of = (number: string) => ({ biller: WATER.id, customer: customer(number), counter: COUNTER_BODY });
    expectProblem(await pay(1_000_000, of(another), idOf(begun)), 'CONFIRMATION_FOR_ANOTHER');
    expect((await pay(1_000_000, of(value), idOf(begun))).status).toBe(202);
  });

  it('that nobody knows is not confirmed', async () => {
    const bill = (asked: object) => begin(100, { bill: asked });
    expectProblem(await bill({ fetch: `bft_${'0'.repeat(26)}` }), 'BBPS_FETCH_UNKNOWN');
    expectProblem(await bill({ biller: 'NOSUCHBILLER', parameters: [] }), 'BBPS_BILLER_UNKNOWN');
    expectProblem(await bill({ biller: WATER.id }), 'REQUEST_FIELD_INVALID');
  });
});

it('a recharge is confirmed for its number', async () => {
  const recharge = (mobile: string, confirmation?: string): Promise<Reply> =>
    order(
      '/v1/recharges',
      {
        mobile,
        operator: 'jio',
        circle: 'Karnataka',
        amount: 29_900,
        currency: 'INR',
        reference: reference(),
      },
      confirmation,
    );
  expectProblem(await recharge('9876533333'), 'CONFIRMATION_NEEDED');
  const confirmation = idOf(await begin(29_900, { mobile: '9876533333' }));
  expectProblem(await recharge('9876533334', confirmation), 'CONFIRMATION_FOR_ANOTHER');
  expect((await recharge('9876533333', confirmation)).status).toBe(202);
});

describe('a file of payouts', () => {
  const bring = async (by = user.apiKey): Promise<Reply> => {
    const lines = ['0000', '0001'].map(
      (ending) => `1500.00,${reference()},Test Payee,00011122${ending},HDFC0000053`,
    );
    const file = ['amount,reference,name,account_number,ifsc', ...lines].join('\n');
    return post('/v1/payout-files?lines=2&amount=300000', file, { 'idempotency-key': randomUUID() }, by);
  };
  const release = (file: string, confirmation?: string, by = key): Promise<Reply> =>
    post(
      `/v1/payout-files/${file}/release`,
      { lines: 2, amount: 300_000 },
      confirmation === undefined ? {} : { confirmation },
      by,
    );

  it('of a program is released by a person, who confirms it whole and by a code', async () => {
    const brought = await bring();
    expect([brought.status, brought.body.state, brought.body.ready_amount]).toEqual([
      202,
      'waiting',
      300_000,
    ]);
    const file = idOf(brought);
    expectProblem(await release(file, undefined, user.apiKey), 'PAYOUT_FILE_OWN');
    expectProblem(await release(file), 'CONFIRMATION_NEEDED');
    const begun = await begin(300_000, { payout_file: file });
    expect(begun.body.status).toBe('code_sent');
    const text = await textTo(p, MOBILE, 3);
    expect(text).toContain('to pay Rs 3,000.00 to 2 payouts of a file');
    await post(`/v1/confirmations/${idOf(begun)}/code`, { code: codeIn(text) });
    expectProblem(await release(idOf(await bring()), idOf(begun)), 'CONFIRMATION_FOR_ANOTHER');
    expect((await release(file, idOf(begun))).status).toBe(200);
    expect((await release(file, idOf(begun))).status).toBe(200);
    const done = await until(
      () => p.call('GET', `/v1/payout-files/${file}`, { key }),
      ({ body }) => body.state === 'finished',
    );
    expect(done.body).toMatchObject({ accepted_lines: 2, accepted_amount: 300_000, ready_lines: 0 });
    const { body } = await p.call('GET', `/v1/payout-files/${file}/lines`, { key });
    expect(body.data).toMatchObject([
      { line: 2, state: 'accepted', status: 'PENDING' },
      { line: 3, state: 'accepted', status: 'PENDING' },
    ]);
    const { body: list } = await p.call('GET', '/v1/payout-files?limit=1', { key });
    expect(list.data).toMatchObject([{ state: 'waiting' }]);
  });

  it('of a person is called off, and not released by the same person', async () => {
    const file = idOf(await bring(key));
    const confirmation = idOf(await begin(300_000, { payout_file: file }));
    await post(`/v1/confirmations/${confirmation}/code`, { code: codeIn(await textTo(p, MOBILE, 4)) });
    expectProblem(await release(file, confirmation), 'PAYOUT_FILE_OWN');
    for (let i = 0; i < 2; i++)
      expect((await post(`/v1/payout-files/${file}/cancel`, {})).body.state).toBe('cancelled');
    expectProblem(await release(file, confirmation), 'PAYOUT_FILE_OVER');
  });
});
