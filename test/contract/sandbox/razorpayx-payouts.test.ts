/**
 * Payouts are answered as RazorpayX answers them: formats and texts of its published samples, error by error.
 */
import { randomUUID } from 'node:crypto';
import { ACCOUNT, inputError, PAYOUT, startTestSandbox, type TestSandbox } from '../../support/sandbox';
import { until } from '../../support/until';

let t: TestSandbox;
let fundAccount: string;

beforeAll(async () => {
  t = await startTestSandbox();
  fundAccount = await t.client.fundAccount('0000');
});
afterAll(async () => {
  await t.close();
});

describe('payouts', () => {
  it('answers processing with fees and tax, then shows it processed with a UTR', async () => {
    const reference = randomUUID();
    const created = await t.client.payout({
      fund_account_id: fundAccount,
      reference_id: reference,
      notes: { note_key: 'x' },
    });
    expect(created.status).toBe(200);
    const entity = {
      id: expect.stringMatching(/^pout_[A-Za-z0-9]{14}$/),
      entity: 'payout',
      fund_account_id: fundAccount,
      amount: 1_000_000,
      currency: 'INR',
      notes: { note_key: 'x' },
      fees: 354,
      tax: 54,
      status: 'processing',
      utr: null,
      mode: 'IMPS',
      purpose: 'payout',
      reference_id: reference,
      narration: 'Munim payout',
      batch_id: null,
      status_details: {
        description: expect.any(String),
        source: 'gateway',
        reason: 'payout_bank_processing',
      },
      created_at: expect.any(Number),
      fee_type: '',
    };
    expect(created.body).toEqual(entity);
    const done = await until(
      () => t.client.request('GET', `/v1/payouts/${String(created.body.id)}`),
      (a) => a.body.status === 'processed',
    );
    expect(done.body).toEqual({
      ...created.body,
      debit_account_number: ACCOUNT,
      status: 'processed',
      utr: expect.stringMatching(/^\d{12}$/),
      status_details: {
        description: expect.any(String),
        source: 'beneficiary_bank',
        reason: 'payout_processed',
      },
    });
    const byReference = await t.client.request(
      'GET',
      `/v1/payouts?account_number=${ACCOUNT}&reference_id=${reference}`,
    );
    expect(byReference.body).toEqual({ entity: 'collection', count: 1, items: [done.body] });
    expect(
      (await t.client.request('GET', `/v1/payouts?account_number=${ACCOUNT}&reference_id=nothing`)).body,
    ).toEqual({ entity: 'collection', count: 0, items: [] });
  });

  it.each([
    ['NEFT', 1_000_000, /^[A-Z0-9]{16}$/, '0000'],
    ['RTGS', 20_000_001, /^[A-Z]{4}[RH]\d{17}$/, '0000'],
    ['UPI', 1_000, /^\d{12}$/, 'vpa'],
  ])('gives %s its kind of UTR', async (mode, amount, form, to) => {
    const account = to === 'vpa' ? await t.client.fundAccount('0000', 'vpa') : fundAccount;
    const { body } = await t.client.payout({ fund_account_id: account, mode, amount });
    const done = await until(
      () => t.client.request('GET', `/v1/payouts/${String(body.id)}`),
      (a) => a.body.status === 'processed',
    );
    expect(done.body.utr).toMatch(form);
  });

  it('shows defaults for what was left out', async () => {
    const { narration: _narration, ...rest } = PAYOUT;
    const answer = await t.client.request('POST', '/v1/payouts', {
      body: { ...rest, fund_account_id: fundAccount },
      headers: { 'x-payout-idempotency': randomUUID() },
    });
    expect(answer.body).toMatchObject({ reference_id: null, notes: [], narration: 'Munim Sandbox' });
  });

  it('books one payout for fifty requests with one key, at the same time and later', async () => {
    const key = randomUUID();
    const fields = { fund_account_id: fundAccount, reference_id: randomUUID() };
    const answers = await Promise.all(Array.from({ length: 50 }, () => t.client.payout(fields, key)));
    expect(answers.map((a) => a.status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(new Set(answers.map((a) => a.body.id)).size).toBe(1);
    await until(
      () => t.client.payout(fields, key),
      (a) => a.body.status === 'processed',
    );
    const { body } = await t.client.request(
      'GET',
      `/__sandbox/book/payouts?reference_ids=${fields.reference_id}`,
    );
    expect(body.items).toHaveLength(1);
    expect(body.items![0]).toMatchObject({
      net_debit_paise: 1_000_354,
      requests_seen: expect.any(Number),
      body_sha256: [expect.stringMatching(/^[0-9a-f]{64}$/)],
    });
    expect(body.items![0]!.requests_seen).toBeGreaterThanOrEqual(51);
  });

  it('refuses another body under a used key', async () => {
    const key = randomUUID();
    await t.client.payout({ fund_account_id: fundAccount }, key);
    const answer = await t.client.payout({ fund_account_id: fundAccount, amount: 1_000_001 }, key);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(
      inputError('X-Payout-Idempotency', 'Different request body sent for the same Idempotency Header.'),
    );
  });

  it('wants an idempotency key, in the words of the docs', async () => {
    const answer = await t.client.request('POST', '/v1/payouts', {
      body: { ...PAYOUT, fund_account_id: fundAccount },
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      error: {
        code: 'BAD_REQUEST_ERROR',
        description: 'Idempotency key is missing. Include idempotency header and key in the request.',
        source: 'business',
        step: null,
        reason: 'null',
        metadata: {},
        field: 'X-Payout-Idempotency',
      },
    });
  });

  it.each(['abc', 'x'.repeat(37), 'key+with+plus', 'clé-accentuée'.normalize('NFC')])(
    'refuses the key %j',
    async (key) => {
      const answer = await t.client.payout(
        { fund_account_id: fundAccount },
        Buffer.from(key).toString('latin1'),
      );
      expect(answer.body.error).toMatchObject({
        field: 'X-Payout-Idempotency',
        reason: 'input_validation_failed',
      });
    },
  );

  it.each([
    [{ account_number: undefined }, 'account_number', 'The account number field is required.'],
    [{ account_number: '9999999999999999' }, 'account_number', 'The account number is invalid.'],
    [{ account_number: 2_323_230_012_345_678 }, 'account_number', 'The account number must be a string.'],
    [{ fund_account_id: null }, 'fund_account_id', 'The fund account id field is required.'],
    [{ fund_account_id: 'fa_00000000000001' }, undefined, 'The id provided does not exist'],
    [{ amount: undefined }, 'amount', 'The amount field is required.'],
    [{ amount: 99 }, 'amount', 'The amount must be at least INR 1.00'],
    [{ amount: -100 }, 'amount', 'The amount must be at least INR 1.00'],
    [{ amount: 100.5 }, 'amount', 'The amount must be an integer.'],
    [{ amount: '1000' }, 'amount', 'The amount must be an integer.'],
    [{ amount: 1e21 }, 'amount', 'The amount must be an integer.'],
    [{ amount: 50_000_001 }, 'amount', 'The amount is outside the limits of IMPS.'],
    [{ amount: 20_000_000, mode: 'RTGS' }, 'amount', 'The amount is outside the limits of RTGS.'],
    [{ currency: 'USD' }, 'currency', 'The selected currency is invalid.'],
    [{ mode: 'imps' }, 'mode', 'The selected mode is invalid.'],
    [{ mode: 'toString' }, 'mode', 'The selected mode is invalid.'],
    [{ mode: 'UPI' }, 'mode', 'The mode UPI is not supported for a fund account of type bank_account.'],
    [{ purpose: 'gift' }, 'purpose', 'Invalid purpose: gift'],
    [
      { queue_if_low_balance: 1 },
      'queue_if_low_balance',
      'The queue if low balance field must be true or false.',
    ],
    [
      { reference_id: 'r'.repeat(41) },
      'reference_id',
      'The reference id may not be greater than 40 characters.',
    ],
    [{ narration: 'n'.repeat(31) }, 'narration', 'The narration may not be greater than 30 characters.'],
    [{ narration: 'rent/2026' }, 'narration', 'The narration format is invalid.'],
    [{ notes: 'text' }, 'notes', 'The notes must be an array.'],
    [{ notes: { a: 'v'.repeat(257) } }, 'notes', 'The notes must be texts of 256 characters at most.'],
    [
      { fund_account: {}, surprise: true },
      undefined,
      'fund_account, surprise is/are not required and should not be sent',
    ],
  ])('refuses %j and books nothing', async (change, field, description) => {
    const before = (await t.client.request('GET', '/__sandbox/book/summary')).body;
    const answer = await t.client.payout({ fund_account_id: fundAccount, ...change });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(inputError(field, description));
    const after = (await t.client.request('GET', '/__sandbox/book/summary')).body;
    expect([after.payouts, after.balance_paise]).toEqual([before.payouts, before.balance_paise]);
  });

  it.each(['', '[]', 'null', '"x"', '{', '{"amount": 1,}', '\u0000'])('refuses the body %j', async (raw) => {
    const answer = await t.client.request('POST', '/v1/payouts', {
      raw,
      headers: { 'x-payout-idempotency': randomUUID() },
    });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({
      code: 'BAD_REQUEST_ERROR',
      description: 'The request body could not be parsed as a JSON object.',
    });
  });

  it('refuses a body of more than 64 kB', async () => {
    const answer = await t.client.payout({ fund_account_id: fundAccount, notes: { a: 'x'.repeat(70_000) } });
    expect(answer.status).toBe(413);
    expect(answer.body.error).toMatchObject({ code: 'BAD_REQUEST_ERROR' });
  });

  it.each(['pout_00000000000001', 'pout_x', 'fa_00000000000001', '%00'])(
    'does not know the payout %s',
    async (id) => {
      const answer = await t.client.request('GET', `/v1/payouts/${id}`);
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual(inputError(undefined, 'The id provided does not exist'));
    },
  );

  it.each([
    ['', 'account_number', 'The account number field is required.'],
    ['?account_number=1', 'account_number', 'The account number is invalid.'],
    [`?account_number=${ACCOUNT}&count=101`, 'count', 'The count must be between 1 and 100.'],
    [`?account_number=${ACCOUNT}&count=x`, 'count', 'The count must be an integer.'],
    [`?account_number=${ACCOUNT}&skip=-1`, 'skip', 'The skip must be an integer.'],
    [`?account_number=${ACCOUNT}&count=1&count=2`, 'count', 'The count must be a string.'],
    [`?account_number=${ACCOUNT}&page=2`, undefined, 'page is/are not required and should not be sent'],
  ])('refuses the list %s', async (query, field, description) => {
    for (const path of ['/v1/payouts', '/v1/transactions']) {
      const answer = await t.client.request('GET', `${path}${query}`);
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual(inputError(field, description));
    }
  });
});
