/** Bodies over HTTP: one that is too large holds nobody up, and numbers are taken as they are written. */
import { randomUUID } from 'node:crypto';
import { publicId } from '../../../platform/ids';
import { payoutBody, startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { answersIn, exchange, requestText } from '../../support/raw-http';
import { COUNTER_BODY, CUSTOMER, WATER } from '../../support/scripted-bbps';

let p: Platform;
let key: string;
beforeAll(async () => {
  p = await startPlatform({ workers: [] });
  ({ apiKey: key } = await p.user(10_000_000n));
});
afterAll(async () => {
  await p.close();
});

const chunked = (size: number): string =>
  `${`2710\r\n${'x'.repeat(10_000)}\r\n`.repeat(Math.ceil(size / 10_000))}0\r\n\r\n`;

describe('after a body that is too large, in chunks, the next request on the connection is answered', () => {
  it.each([
    ['/v1/payouts', 200_000],
    ['/v1/recharges', 200_000],
    ['/v1/bbps/fetches', 200_000],
    ['/v1/bbps/payments', 200_000],
    ['/v1/dmt/senders', 200_000],
    ['/v1/aeps/withdrawals', 200_000],
    ['/callbacks/razorpayx', 600_000],
  ])('%s', async (path, size) => {
    const headers = [
      `Authorization: Bearer ${key}`,
      `Idempotency-Key: ${randomUUID()}`,
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
    ];
    const large = `${requestText(`POST ${path}`, headers)}${chunked(size)}`;
    const { text } = await exchange(
      p.apiUrl,
      [large, requestText('GET /healthz', ['Connection: close'])],
      20_000,
    );
    const answers = answersIn(text);
    expect(answers.map(({ status }) => status)).toEqual([413, 200]);
    expectProblem(answers[0]!, 'REQUEST_TOO_LARGE');
  });
});

describe('an amount that comes out whole and is not written so is refused, and nothing is accepted', () => {
  const reference = (): string => `r-${randomUUID().slice(0, 20)}`;
  const id = (kind: 'dmtSender' | 'dmtRecipient' | 'dmtOtp'): string =>
    publicId(kind, '0190a0a0-0000-7000-8000-000000000001');
  const BODIES: [string, () => Record<string, unknown>, string][] = [
    ['/v1/payouts', () => ({ ...payoutBody('0000'), amount: 'AMOUNT' }), '#/amount'],
    [
      '/v1/recharges',
      () => ({
        mobile: '9876500001',
        operator: 'jio',
        circle: 'Karnataka',
        amount: 'AMOUNT',
        currency: 'INR',
        reference: reference(),
      }),
      '#/amount',
    ],
    [
      '/v1/bbps/payments',
      () => ({
        biller: WATER.id,
        customer: CUSTOMER,
        counter: COUNTER_BODY,
        amount: 'AMOUNT',
        currency: 'INR',
        reference: reference(),
        payment_mode: 'Cash',
      }),
      '#/amount',
    ],
    [
      '/v1/dmt/transfers',
      () => ({
        sender: id('dmtSender'),
        recipient: id('dmtRecipient'),
        reference: reference(),
        currency: 'INR',
        parts: [{ amount: 'AMOUNT', otp_reference: id('dmtOtp'), otp: '4321' }],
      }),
      '#/parts/0/amount',
    ],
  ];
  const post = (path: string, body: Record<string, unknown>, literal: string): Promise<Reply> =>
    p.call('POST', path, {
      key,
      body: JSON.stringify(body).replace('"AMOUNT"', literal),
      headers: { 'idempotency-key': randomUUID(), 'content-type': 'application/json' },
    });

  it.each(BODIES)('%s', async (path, body, pointer) => {
    for (const literal of ['1500.00', '1e5', '150000.00000000000001']) {
      const reply = await post(path, body(), literal);
      expectProblem(reply, 'REQUEST_FIELD_INVALID');
      expect(reply.body.errors).toEqual([
        {
          pointer,
          code: 'FIELD_NOT_WHOLE',
          detail: expect.stringContaining('written in digits only') as unknown,
        },
      ]);
    }
  });

  it('the same payout, with its amount in digits, is accepted; nothing else was', async () => {
    expect((await post('/v1/payouts', { ...payoutBody('0000'), amount: 'AMOUNT' }, '150000')).status).toBe(
      202,
    );
    const list = await p.call('GET', '/v1/transactions', { key });
    expect((list.body.data as unknown[]).length).toBe(1);
  });
});

describe('a bank or a branch that our list does not know', () => {
  it.each([
    ['ZZZZ0000001', 'IFSC_BANK_UNKNOWN'],
    ['SBIN0999999', 'IFSC_BRANCH_UNKNOWN'],
  ])('%s is warned of in the answer, also when it is repeated, and refuses nothing', async (ifsc, code) => {
    const body = {
      ...payoutBody('0000'),
      beneficiary: { name: 'Test Name', account_number: '001122334455', ifsc },
    };
    const headers = { 'idempotency-key': randomUUID() };
    const first = await p.call('POST', '/v1/payouts', { key, body, headers });
    expect(first.status).toBe(202);
    expect(first.body.warnings).toMatchObject([{ pointer: '#/beneficiary/ifsc', code }]);
    expect((await p.call('POST', '/v1/payouts', { key, body, headers })).text).toBe(first.text);
  });
});

test('an IFSC that has ended is refused with what followed it', async () => {
  const to = (ifsc: string) => ({
    ...payoutBody('0000'),
    beneficiary: { name: 'Test Name', account_number: '001122334455', ifsc },
  });
  const reply = await p.call('POST', '/v1/payouts', {
    key,
    body: to('ORBC0100001'),
    headers: { 'idempotency-key': randomUUID() },
  });
  expectProblem(reply, 'IFSC_ENDED');
  expect(reply.status).toBe(422);
  const detail =
    'Oriental Bank of Commerce (ORBC) is now Punjab National Bank (its IFSCs begin with PUNB); ' +
    'ask the beneficiary for the new IFSC';
  expect(reply.body.errors).toEqual([{ pointer: '#/beneficiary/ifsc', code: 'IFSC_ENDED', detail }]);
});
