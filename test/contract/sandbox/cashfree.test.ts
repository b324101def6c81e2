/**
 * The sandbox speaks Cashfree Payouts V2: every answer is checked against the published file, and Cashfree's own SDK
 * calls it and accepts what it signs.
 */
import { createHash, randomUUID } from 'node:crypto';
import { startSandbox } from '../../../sandbox/app';
import { sign } from '../../../sandbox/cashfree/entities';
import {
  CASHFREE,
  cashfreeConfig,
  CASHFREE_PREFIX,
  createCashfreeClient,
  startCashfreeSandbox,
  type CashfreeAnswer,
  type CashfreeSandbox,
  type CashfreeWebhook,
} from '../../support/cashfree';
import { cashfreeExample, GOLDEN, type Json } from '../../support/cashfree-examples';
import { askCashfreeSdk } from '../../support/cashfree-oracle';
import { compareTexts } from '../../../platform/order';
import { sandboxOptions } from '../../support/sandbox';
import { until } from '../../support/until';

let t: CashfreeSandbox;

beforeAll(async () => {
  t = await startCashfreeSandbox({}, { slowMs: 200 });
});
afterAll(async () => {
  await t.close();
});

const reference = (): string => randomUUID().replaceAll('-', '').slice(0, 20);
const bodyOf = (transfer_id: string, beneficiary_id: string, more: Json = {}): Json => ({
  transfer_id,
  transfer_amount: 1_500.5,
  transfer_mode: 'imps',
  beneficiary_details: { beneficiary_id },
  transfer_remarks: 'Munim payout',
  ...more,
});
const post = (body: Json, timeoutMs?: number): Promise<CashfreeAnswer> =>
  t.client.call('POST', '/transfers', body, timeoutMs === undefined ? {} : { timeoutMs });
const status = async (transfer_id: string): Promise<Json> =>
  (await t.client.call('GET', `/transfers?transfer_id=${transfer_id}`)).body;
const ended = (transfer_id: string, word: string, code?: string): Promise<Json> =>
  until(
    () => status(transfer_id),
    (seen) => seen.status === word && (code === undefined || seen.status_code === code),
  );
const reportOf = async (transfer_id: string): Promise<Json> =>
  ((await t.client.control('GET', `/book/transfers?transfer_ids=${transfer_id}`)).items as Json[])[0]!;
const webhooksOf = (transfer_id: string): CashfreeWebhook[] =>
  t.receiver.received.filter(({ body }) => body.data.transfer_id === transfer_id);
const isGenuine = ({ raw, headers }: CashfreeWebhook): boolean =>
  headers['x-webhook-signature'] === sign(headers['x-webhook-timestamp']!, raw, CASHFREE.clientSecret);
/** Sends to an account with this ending, and returns the transfer's id with the answer. */
async function sendTo(ending: string, more: Json = {}): Promise<{ id: string; answer: CashfreeAnswer }> {
  const id = reference();
  return { id, answer: await post(bodyOf(id, await t.client.beneficiary(ending), more)) };
}

describe('scenarios', () => {
  it('0000: received, then completed, with charge, tax, reference, and one webhook', async () => {
    const { id, answer } = await sendTo('0000');
    expect(answer.body).toMatchObject({
      transfer_id: id,
      cf_transfer_id: expect.stringMatching(/^\d{13}$/) as string,
      status: 'RECEIVED',
      status_code: 'RECEIVED',
      transfer_amount: 1_500.5,
      transfer_mode: 'IMPS',
    });
    const found = await ended(id, 'SUCCESS');
    expect(found).toMatchObject({
      status_code: 'COMPLETED',
      transfer_service_charge: 3,
      transfer_service_tax: 0.54,
      transfer_utr: expect.stringMatching(/^\d{12}$/) as string,
    });
    const byTheirs = await t.client.call('GET', `/transfers?cf_transfer_id=${String(found.cf_transfer_id)}`);
    expect(byTheirs.body).toEqual(found);
    const [webhook, ...others] = await until(
      () => webhooksOf(id),
      (seen) => seen.length > 0,
    );
    expect(others).toEqual([]);
    expect(webhook).toMatchObject({ type: 'TRANSFER_SUCCESS', body: { data: found } });
    expect(isGenuine(webhook!)).toBe(true);
    // The trap: two decimals, which are gone when it is parsed and printed.
    expect(webhook!.raw).toContain('"transfer_amount":1500.50,');
    expect(await reportOf(id)).toMatchObject({ net_debit_paise: 150_404, requests_seen: 1 });
  });

  it('1111: failed, and the money is back', async () => {
    const { id } = await sendTo('1111');
    expect(await ended(id, 'FAILED')).toMatchObject({ status_code: 'INVALID_ACCOUNT_FAIL' });
    expect(await reportOf(id)).toMatchObject({ debit_paise: 150_404, net_debit_paise: 0 });
  });

  it('2222: sent to the bank of the beneficiary, then completed', async () => {
    const { id } = await sendTo('2222');
    await ended(id, 'SUCCESS', 'SENT_TO_BENEFICIARY');
    await ended(id, 'SUCCESS', 'COMPLETED');
    const webhooks = await until(
      () => webhooksOf(id),
      (seen) => seen.length === 2,
    );
    expect(
      webhooks
        .map(({ type, body }) => [type, body.data.status_code])
        .toSorted((a, b) => compareTexts(String(a[0]), String(b[0]))),
    ).toEqual([
      ['TRANSFER_ACKNOWLEDGED', 'COMPLETED'],
      ['TRANSFER_SUCCESS', 'SENT_TO_BENEFICIARY'],
    ]);
  });

  it('3333: pending, then failed', async () => {
    const { id } = await sendTo('3333');
    await ended(id, 'PENDING');
    expect(await ended(id, 'FAILED')).toMatchObject({ status_code: 'BENE_BANK_DECLINED' });
  });

  it('4444: completed, then reversed: everything back', async () => {
    const { id } = await sendTo('4444');
    await ended(id, 'REVERSED');
    expect(await reportOf(id)).toMatchObject({ net_debit_paise: 0 });
    await until(
      () => webhooksOf(id).map(({ type }) => type),
      (types) => types.includes('TRANSFER_SUCCESS') && types.includes('TRANSFER_REVERSED'),
    );
  });

  it.each([
    ['5555', 'SUCCESS'],
    ['6666', 'FAILED'],
  ])('%s: booked, never answered, no webhook', async (ending, word) => {
    const id = reference();
    await expect(post(bodyOf(id, await t.client.beneficiary(ending)), 200)).rejects.toThrow(/timeout/i);
    await ended(id, word);
    expect(webhooksOf(id)).toEqual([]);
  });

  it('7777: the first request is answered 500 and booked nowhere; the next one is booked', async () => {
    const id = reference();
    const body = bodyOf(id, await t.client.beneficiary('7777'));
    expect((await post(body)).status).toBe(500);
    expect(await t.client.call('GET', `/transfers?transfer_id=${id}`)).toMatchObject({
      status: 404,
      body: cashfreeExample('transfer_id_not_found'),
    });
    expect((await post(body)).status).toBe(200);
    await ended(id, 'SUCCESS');
    const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
    expect(await reportOf(id)).toMatchObject({ requests_seen: 2, body_sha256: [hash] });
  });

  it('8888: webhooks late, repeated, told anew, and one that somebody else signed', async () => {
    const { id } = await sendTo('8888');
    const webhooks = await until(
      () => webhooksOf(id),
      (seen) => seen.length === 5,
    );
    const genuine = webhooks.filter(isGenuine);
    expect(genuine.map(({ body }) => String(body.data.status_code)).toSorted(compareTexts)).toEqual([
      'COMPLETED',
      'COMPLETED',
      'COMPLETED',
      'SENT_TO_BENEFICIARY',
    ]);
    expect(new Set(genuine.map(({ raw }) => raw)).size).toBe(3);
    expect(webhooks.find((webhook) => !isGenuine(webhook))).toMatchObject({ type: 'TRANSFER_FAILED' });
  });

  it('9999: completed after a second, no webhook', async () => {
    const { id } = await sendTo('9999');
    await ended(id, 'SUCCESS', 'COMPLETED');
    expect(webhooksOf(id)).toEqual([]);
  });

  it('a VPA, and orders of the control API', async () => {
    const beneficiary = await t.client.beneficiary('0000', 'vpa');
    const id = reference();
    await t.client.control('POST', '/scenarios', { match: { transfer_id: id }, scenario: '1111' });
    await post(bodyOf(id, beneficiary, { transfer_mode: 'upi' }));
    expect(await ended(id, 'FAILED')).toMatchObject({ transfer_mode: 'UPI' });
  });
});

describe('money', () => {
  it('what the wallet does not hold is queued until it does, or rejected, as the account is set', async () => {
    const { balance_paise } = await t.client.control('GET', '/book/summary');
    await t.client.control('POST', '/withdrawals', { amount_paise: balance_paise });
    const { id, answer } = await sendTo('0000');
    expect(answer.body).toMatchObject({ status: 'QUEUED' });
    await t.client.control('POST', '/settings', { queue_low_balance: false });
    const rejected = await sendTo('0000');
    expect(rejected.answer.body).toMatchObject({ status: 'REJECTED', status_code: 'INSUFFICIENT_BALANCE' });
    await until(
      () => webhooksOf(rejected.id),
      (seen) => seen.some(({ type }) => type === 'TRANSFER_REJECTED'),
    );
    await t.client.control('POST', '/deposits', { amount_paise: balance_paise });
    await ended(id, 'SUCCESS');
    await t.client.control('POST', '/settings', { queue_low_balance: true });
    expect(await reportOf(rejected.id)).toMatchObject({ debit_paise: 0 });
    const { credits_paise, debits_paise, ...after } = await t.client.control('GET', '/book/summary');
    expect((credits_paise as number) - (debits_paise as number)).toBe(after.balance_paise);
  });

  it.each([
    ['imps', 500_000.01],
    ['rtgs', 199_999.99],
  ])('%s does not take %s rupees', async (transfer_mode, transfer_amount) => {
    const { answer } = await sendTo('0000', { transfer_mode, transfer_amount });
    expect(answer.body).toMatchObject({ status: 'REJECTED', status_code: 'INVALID_AMOUNT_FAIL' });
  });
});

describe('refusals', () => {
  it('a used id is refused, whatever else is asked, and pays nobody twice', async () => {
    const beneficiary = await t.client.beneficiary('0000');
    const id = reference();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => post(bodyOf(id, beneficiary, { transfer_amount: 10 + i }))),
    );
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array<number>(7).fill(409),
    ]);
    expect(answers.find((answer) => answer.status === 409)!.body).toEqual({
      type: 'invalid_request_error',
      code: 'transfer_id_already_exists',
      message: 'Transfer Id already exists',
    });
    const { requests_seen, body_sha256 } = await reportOf(id);
    expect([requests_seen, (body_sha256 as string[]).length]).toEqual([8, 8]);
  });

  it.each([
    [{ transfer_id: undefined }, 'transfer_id_missing'],
    [{ transfer_id: 'a-b' }, 'transfer_id_invalid'],
    [{ transfer_id: 'x'.repeat(41) }, 'transfer_id_invalid'],
    [{ transfer_amount: undefined }, 'transfer_amount_missing'],
    [{ transfer_amount: 0.99 }, 'transfer_amount_invalid'],
    [{ transfer_amount: 1.001 }, 'transfer_amount_invalid'],
    [{ transfer_amount: '10' }, 'transfer_amount_invalid'],
    [{ transfer_mode: 'IMPS' }, 'transfer_mode_invalid'],
    [{ transfer_currency: 'USD' }, 'transfer_currency_invalid'],
    [{ transfer_remarks: 'a, b' }, 'transfer_remarks_invalid'],
    [{ transfer_mode: 'upi' }, 'beneficiary_details.beneficiary_instrument_details.vpa_invalid'],
    [{ beneficiary_details: {} }, 'beneficiary_details.beneficiary_id_invalid'],
  ])('%j: 400 %s', async (fields, code) => {
    const body = bodyOf(reference(), await t.client.beneficiary('0000'), fields);
    expect(await post(body)).toMatchObject({ status: 400, body: { type: 'invalid_request_error', code } });
  });

  it('a body that is no object, and an unknown beneficiary', async () => {
    for (const raw of ['', '[]', '{', 'null'])
      expect(await t.client.call('POST', '/transfers', undefined, { raw })).toMatchObject({ status: 400 });
    expect(await post(bodyOf(reference(), 'nobody'))).toMatchObject({
      status: 404,
      body: cashfreeExample('BeneficiaryNotFoundV2'),
    });
    expect(await t.client.call('GET', '/transfers?cf_transfer_id=1234567890123')).toMatchObject({
      status: 404,
      body: cashfreeExample('cf_transfer_id_not_found'),
    });
  });

  it('wrong keys, another version, and faults to order', async () => {
    for (const headers of [{ 'x-client-id': 'CF0' }, { 'x-client-secret': '' }] as Record<string, string>[])
      expect((await t.client.call('GET', '/transfers?transfer_id=T1', undefined, { headers })).status).toBe(
        401,
      );
    const later = { headers: { 'x-api-version': '2030-01-01' } };
    expect((await t.client.call('POST', '/transfers', {}, later)).status).toBe(400);
    for (const [ordered, answered] of [
      [400, 403],
      [429, 429],
      [500, 500],
      [503, 503],
    ]) {
      await t.client.control('POST', '/faults', { status: ordered });
      expect((await post(bodyOf(reference(), 'nobody'))).status).toBe(answered);
    }
  });
});

describe('beneficiaries', () => {
  const register = (fields: Json) =>
    t.client.call('POST', '/beneficiary', {
      beneficiary_id: reference(),
      beneficiary_name: 'Test Beneficiary',
      beneficiary_instrument_details: {
        bank_account_number: reference().slice(0, 12),
        bank_ifsc: 'HDFC0000053',
      },
      ...fields,
    });

  it('are found by their id, and by account and IFSC', async () => {
    const { status: created, body } = await register({});
    expect([created, body.beneficiary_status]).toEqual([201, 'VERIFIED']);
    const { beneficiary_id, beneficiary_instrument_details } = body as {
      beneficiary_id: string;
      beneficiary_instrument_details: Record<string, string>;
    };
    const { bank_account_number, bank_ifsc } = beneficiary_instrument_details;
    for (const query of [
      `beneficiary_id=${beneficiary_id}`,
      `bank_account_number=${bank_account_number}&bank_ifsc=${bank_ifsc}`,
    ])
      expect((await t.client.call('GET', `/beneficiary?${query}`)).body).toEqual(body);
    expect((await register({ beneficiary_id })).body).toEqual(
      cashfreeExample('duplicate_bene_creation_response'),
    );
    expect((await register({ beneficiary_instrument_details })).body).toEqual(
      cashfreeExample('bene_exist_for_bank_account_and_ifsc'),
    );
    const removed = await t.client.call('DELETE', `/beneficiary?beneficiary_id=${beneficiary_id}`);
    expect(removed.body).toMatchObject({ beneficiary_status: 'DELETED' });
    expect((await t.client.call('GET', `/beneficiary?beneficiary_id=${beneficiary_id}`)).status).toBe(404);
  });

  it.each([
    [{ beneficiary_id: undefined }, 'beneficiary_id_missing'],
    [{ beneficiary_id: 'a b' }, 'beneficiary_id_invalid'],
    [{ beneficiary_id: 'x'.repeat(51) }, 'beneficiary_id_length_exceeded'],
    [{ beneficiary_name: 'R2 D2' }, 'beneficiary_name_invalid'],
    [{ beneficiary_instrument_details: {} }, 'vpa_invalid'],
    [{ beneficiary_instrument_details: { vpa: 'test@ok-bank' } }, 'vpa_invalid'],
    [{ beneficiary_instrument_details: { bank_ifsc: 'HDFC0000053' } }, 'bank_account_number_missing'],
    [{ beneficiary_instrument_details: { bank_account_number: '0001112' } }, 'bank_ifsc_missing'],
  ])('%j: 400 %s', async (fields, code) => {
    expect(await register(fields)).toMatchObject({ status: 400, body: { code } });
  });
});

it.each([
  [{ bank_account_number: '12' }, 'bank_account_number_length_short'],
  [{ bank_account_number: '1'.repeat(26) }, 'bank_account_number_length_exceeded'],
  [{ bank_account_number: '123@' }, 'bank_account_number_invalid'],
  [{ bank_ifsc: 'SBIN00708410' }, 'bank_ifsc_invalid'],
])('an account with %j: 400 %s', async (fields, code) => {
  const refused = await t.client.call('POST', '/beneficiary', {
    beneficiary_id: reference(),
    beneficiary_name: 'Test Beneficiary',
    beneficiary_instrument_details: { bank_account_number: '0001112', bank_ifsc: 'HDFC0000053', ...fields },
  });
  expect(refused).toMatchObject({ status: 400, body: { code } });
});

it('a restart loses nothing: transfers go on, ids stay used, webhooks arrive', async () => {
  const own = await startCashfreeSandbox({}, { slowMs: 300 });
  own.receiver.answer = () => 503;
  const beneficiary = await own.client.beneficiary('2222');
  const id = reference();
  const body = bodyOf(id, beneficiary);
  const { body: sent } = await own.client.call('POST', '/transfers', body);
  await own.sandbox.close();
  own.receiver.answer = () => 200;
  const again = await startSandbox({
    ...sandboxOptions(own.dir, 'http://127.0.0.1:9/callbacks/razorpayx'),
    cashfree: cashfreeConfig(own.receiver.url),
    slowMs: 0,
  });
  const client = createCashfreeClient(again.url);
  expect((await client.call('POST', '/transfers', body)).status).toBe(409);
  const found = await until(
    async () => (await client.call('GET', `/transfers?cf_transfer_id=${String(sent.cf_transfer_id)}`)).body,
    (seen) => seen.status_code === 'COMPLETED',
  );
  expect(found.transfer_id).toBe(id);
  await until(
    () => own.receiver.received.filter(({ type }) => type === 'TRANSFER_ACKNOWLEDGED'),
    (seen) => seen.length > 0,
  );
  await client.close();
  await again.close();
  await own.close();
});

describe("Cashfree's own SDK", () => {
  it('registers, pays and asks, and accepts what the sandbox signs', async () => {
    const [id, account] = [reference(), '1000222200000000'];
    const details = { bank_account_number: account, bank_ifsc: 'HDFC0000053' };
    const beneficiary = {
      beneficiary_id: 'sdk_1',
      beneficiary_name: 'Test Beneficiary',
      beneficiary_instrument_details: details,
    };
    const { id: told } = await sendTo('8888');
    const webhooks = await until(
      () => webhooksOf(told),
      (seen) => seen.length === 5,
    );
    const { answers, types } = await askCashfreeSdk({
      ...CASHFREE,
      baseUrl: `${t.sandbox.url}${CASHFREE_PREFIX}`,
      calls: [
        { method: 'PayoutCreateBeneficiary', given: [beneficiary] },
        { method: 'PayoutCreateBeneficiary', given: [beneficiary] },
        { method: 'PayoutFetchBeneficiary', given: ['sdk_1'] },
        { method: 'PayoutInitiateTransfer', given: [bodyOf(id, 'sdk_1')] },
        { method: 'PayoutInitiateTransfer', given: [bodyOf(id, 'sdk_1')] },
        { method: 'PayoutFetchTransfer', given: [null, id] },
        { method: 'PayoutFetchTransfer', given: ['1234567890123'] },
        { method: 'PayoutDeleteBeneficiary', given: ['sdk_1'] },
      ],
      webhooks: webhooks.map(({ raw, headers }) => ({
        raw,
        signature: headers['x-webhook-signature']!,
        timestamp: headers['x-webhook-timestamp']!,
      })),
    });
    expect(answers.map((answer) => answer.status)).toEqual([201, 409, 200, 200, 409, 200, 404, 200]);
    expect(answers[2]!.data).toMatchObject(beneficiary);
    expect(answers[5]!.data).toMatchObject({ transfer_id: id, transfer_amount: 1_500.5 });
    expect(types.map((type, i) => [type !== null, isGenuine(webhooks[i]!)])).toEqual(
      webhooks.map((webhook) => [isGenuine(webhook), isGenuine(webhook)]),
    );
    expect(types.filter((type) => type === null)).toHaveLength(1);
  });

  it('agrees with the golden vector, and so does the sandbox', async () => {
    const { secret, raw, timestamp, signature } = GOLDEN;
    expect(sign(timestamp, raw, secret)).toBe(signature);
    const printed = JSON.stringify(JSON.parse(raw));
    const { types } = await askCashfreeSdk({
      baseUrl: 'http://127.0.0.1:9',
      clientId: 'CF00000SANDBOX',
      clientSecret: secret,
      calls: [],
      webhooks: [
        { raw, timestamp, signature },
        { raw: printed, timestamp, signature },
      ],
    });
    expect(types).toEqual(['TRANSFER_SUCCESS', null]);
  });
});

it('every call of the contract that is spoken here was checked', () => {
  expect(t.client.contract.seen()).toEqual([
    'DELETE /beneficiary',
    'GET /beneficiary',
    'GET /transfers',
    'POST /beneficiary',
    'POST /transfers',
  ]);
});
