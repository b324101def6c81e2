/** The sandbox answers like RazorpayX: formats and texts of its published samples, error by error. */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import Razorpay from 'razorpay';
import { sign } from '../../../sandbox/razorpayx/entities';
import {
  ACCOUNT,
  createClient,
  inputError,
  startTestSandbox,
  WEBHOOK_SECRET,
  type TestSandbox,
} from '../../support/sandbox';
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

describe('contacts and fund accounts', () => {
  it('creates a contact, and gives the same one for the same details', async () => {
    const body = {
      name: 'Test Beneficiary',
      email: 'b@example.com',
      contact: '9000090000',
      type: 'vendor',
      reference_id: 'ben-1',
      notes: { note_key: 'one' },
    };
    const first = await t.client.request('POST', '/v1/contacts', { body });
    expect(first.status).toBe(200);
    expect(first.body).toEqual({
      id: expect.stringMatching(/^cont_[A-Za-z0-9]{14}$/),
      entity: 'contact',
      name: 'Test Beneficiary',
      contact: '9000090000',
      email: 'b@example.com',
      type: 'vendor',
      reference_id: 'ben-1',
      batch_id: null,
      active: true,
      notes: { note_key: 'one' },
      created_at: expect.any(Number),
    });
    expect((await t.client.request('POST', '/v1/contacts', { body })).body.id).toBe(first.body.id);
    expect(
      (await t.client.request('POST', '/v1/contacts', { body: { ...body, reference_id: 'ben-2' } })).body.id,
    ).not.toBe(first.body.id);
  });

  it('creates a bank account once for the same contact and details, also when asked at the same time', async () => {
    const contact = await t.client.request('POST', '/v1/contacts', {
      body: { name: 'Test Beneficiary', reference_id: 'ben-3' },
    });
    const body = {
      contact_id: contact.body.id,
      account_type: 'bank_account',
      bank_account: { name: 'Test Beneficiary', ifsc: 'HDFC0000053', account_number: '765432123456789' },
    };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => t.client.request('POST', '/v1/fund_accounts', { body })),
    );
    expect(new Set(answers.map((a) => a.body.id)).size).toBe(1);
    expect(answers[0]!.body).toEqual({
      id: expect.stringMatching(/^fa_[A-Za-z0-9]{14}$/),
      entity: 'fund_account',
      contact_id: contact.body.id,
      account_type: 'bank_account',
      bank_account: {
        ifsc: 'HDFC0000053',
        bank_name: 'HDFC',
        name: 'Test Beneficiary',
        account_number: '765432123456789',
        notes: [],
      },
      active: true,
      batch_id: null,
      created_at: expect.any(Number),
    });
    const other = await t.client.request('POST', '/v1/fund_accounts', {
      body: { ...body, bank_account: { ...body.bank_account, ifsc: 'ICIC0000001' } },
    });
    expect(other.body.id).not.toBe(answers[0]!.body.id);
  });

  it('creates a VPA', async () => {
    const contact = await t.client.request('POST', '/v1/contacts', {
      body: { name: 'Test Beneficiary', reference_id: 'ben-4' },
    });
    const answer = await t.client.request('POST', '/v1/fund_accounts', {
      body: { contact_id: contact.body.id, account_type: 'vpa', vpa: { address: 'test.trader@okbank' } },
    });
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^fa_/),
      entity: 'fund_account',
      contact_id: contact.body.id,
      account_type: 'vpa',
      vpa: { username: 'test.trader', handle: 'okbank', address: 'test.trader@okbank' },
      active: true,
      batch_id: null,
      created_at: expect.any(Number),
    });
  });

  it.each([
    ['/v1/contacts', {}, 'name', 'The name field is required.'],
    ['/v1/contacts', { name: 'ab' }, 'name', 'The name field is invalid.'],
    ['/v1/contacts', { name: 'Trader <b>' }, 'name', 'The name field is invalid.'],
    ['/v1/contacts', { name: 'x'.repeat(51) }, 'name', 'The name may not be greater than 50 characters.'],
    ['/v1/contacts', { name: 'Test Trader', type: 'Vendor' }, 'type', 'Invalid type: Vendor'],
    [
      '/v1/contacts',
      { name: 'Test Trader', email: 'nobody' },
      'email',
      'The email must be a valid email address.',
    ],
    [
      '/v1/contacts',
      { name: 'Test Trader', contact: 'call me' },
      'contact',
      'The contact format is invalid.',
    ],
    [
      '/v1/contacts',
      { name: 'Test Trader', reference_id: 'r'.repeat(41) },
      'reference_id',
      'The reference id may not be greater than 40 characters.',
    ],
    [
      '/v1/contacts',
      {
        name: 'Test Trader',
        notes: Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`k${i}`, 'v'])),
      },
      'notes',
      'The notes may not have more than 15 key-value pairs.',
    ],
    [
      '/v1/contacts',
      { name: 'Test Trader', nickname: 'T' },
      undefined,
      'nickname is/are not required and should not be sent',
    ],
    ['/v1/fund_accounts', { account_type: 'vpa' }, 'contact_id', 'The contact id field is required.'],
    [
      '/v1/fund_accounts',
      { contact_id: 'cont_00000000000001', account_type: 'card' },
      'account_type',
      'The selected account type is invalid.',
    ],
    [
      '/v1/fund_accounts',
      { contact_id: 'cont_00000000000001', account_type: 'vpa', vpa: { address: 'test.trader@okbank' } },
      undefined,
      'The id provided does not exist',
    ],
    [
      '/v1/fund_accounts',
      { contact_id: 'cont_1', account_type: 'vpa', vpa: { address: 'no at sign' } },
      'vpa.address',
      'Invalid VPA. Please enter a valid Virtual Payment Address',
    ],
    [
      '/v1/fund_accounts',
      { contact_id: 'cont_1', account_type: 'bank_account' },
      'bank_account',
      'The bank account field is required.',
    ],
    [
      '/v1/fund_accounts',
      {
        contact_id: 'cont_1',
        account_type: 'bank_account',
        bank_account: { name: 'Test Trader', ifsc: 'HDFC', account_number: '12345' },
      },
      'bank_account.ifsc',
      'The IFSC must be 11 characters.',
    ],
    [
      '/v1/fund_accounts',
      {
        contact_id: 'cont_1',
        account_type: 'bank_account',
        bank_account: { name: 'Test Trader', ifsc: 'HDFC1000053', account_number: '12345' },
      },
      'bank_account.ifsc',
      'Invalid IFSC Code in Bank Account',
    ],
    [
      '/v1/fund_accounts',
      {
        contact_id: 'cont_1',
        account_type: 'bank_account',
        bank_account: { name: 'Test Trader', ifsc: 'HDFC0000053', account_number: '1234' },
      },
      'bank_account.account_number',
      'The account number format is invalid.',
    ],
    [
      '/v1/fund_accounts',
      {
        contact_id: 'cont_1',
        account_type: 'bank_account',
        vpa: {},
        bank_account: { name: 'Test Trader', ifsc: 'HDFC0000053', account_number: '12345' },
      },
      undefined,
      'vpa is/are not required and should not be sent',
    ],
  ])('%s refuses %j', async (path, body, field, description) => {
    const answer = await t.client.request('POST', path, { body });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(inputError(field, description));
  });
});

describe('the door', () => {
  it.each([
    undefined,
    'Basic wrong',
    `basic ${Buffer.from('rzp_test_sandbox:sandbox secret').toString('base64')}`,
    `Bearer ${Buffer.from('rzp_test_sandbox:sandbox secret').toString('base64')}`,
  ])('refuses the credentials %s', async (authorization) => {
    const status = await new Promise<[number, unknown]>((resolve, reject) => {
      http
        .get(
          `${t.sandbox.url}/v1/payouts?account_number=${ACCOUNT}`,
          { headers: authorization === undefined ? {} : { authorization } },
          (res) => {
            let text = '';
            res.on('data', (chunk: Buffer) => {
              text += chunk.toString();
            });
            res.on('end', () => {
              resolve([res.statusCode ?? 0, JSON.parse(text)]);
            });
          },
        )
        .on('error', reject);
    });
    expect(status).toEqual([
      401,
      {
        error: {
          code: 'BAD_REQUEST_ERROR',
          description: 'Authentication failed',
          source: 'NA',
          step: 'NA',
          reason: 'NA',
          metadata: {},
        },
      },
    ]);
  });

  it.each([
    ['GET', '/v1/nothing'],
    ['DELETE', '/v1/payouts'],
    ['GET', '/'],
    ['POST', '/v1/payouts/pout_1/stop'],
  ] as const)('answers %s %s as an unknown URL', async (method, path) => {
    const answer = await t.client.request(method, path);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({
      code: 'BAD_REQUEST_ERROR',
      description: 'The requested URL was not found on the server.',
    });
  });
});

describe('callbacks', () => {
  it('signs as the published vector says', () => {
    const body =
      '{"entity":"event","account_id":"acc_TEST","event":"payout.processed","contains":["payout"],' +
      '"payload":{"payout":{"entity":{"id":"pout_1Aa00000000001","entity":"payout","amount":100,' +
      '"status":"processed","utr":"000000000001"}}},"created_at":1580811328}';
    expect(sign(body, 'rzp_whsec_test')).toBe(
      'ad78e55eabc27a9eda37ba515b447d2e1e57ebb0e85f5974b0c2827755d11193',
    );
    expect(Razorpay.validateWebhookSignature(body, sign(body, 'rzp_whsec_test'), 'rzp_whsec_test')).toBe(
      true,
    );
  });

  it('sends one for a payout, with an envelope and a signature that the official SDK accepts', async () => {
    const { body: created } = await t.client.payout({
      fund_account_id: fundAccount,
      reference_id: randomUUID(),
    });
    const mine = (): typeof t.receiver.received =>
      t.receiver.received.filter((r) => r.body.payload.payout.entity.id === created.id);
    const [callback] = await until(mine, (seen) => seen.length > 0);
    expect(callback!.body).toEqual({
      entity: 'event',
      account_id: expect.stringMatching(/^acc_[A-Za-z0-9]{14}$/),
      event: 'payout.processed',
      contains: ['payout'],
      payload: { payout: { entity: expect.anything() } },
      created_at: expect.any(Number),
    });
    const fetched = await t.client.request('GET', `/v1/payouts/${String(created.id)}`);
    expect(callback!.body.payload.payout.entity).toEqual(fetched.body);
    expect(callback!.eventId).toMatch(/^[A-Za-z0-9]{14}$/);
    expect(Razorpay.validateWebhookSignature(callback!.raw, callback!.signature, WEBHOOK_SECRET)).toBe(true);
    expect(Razorpay.validateWebhookSignature(`${callback!.raw} `, callback!.signature, WEBHOOK_SECRET)).toBe(
      false,
    );
    await until(
      async () => (await t.client.request('GET', '/__sandbox/webhooks')).body.pending,
      (pending) => pending === 0,
    );
    expect(mine()).toHaveLength(1);
  });
});

it('keeps connections of clients that come again', async () => {
  const other = createClient(t.sandbox.url);
  for (let i = 0; i < 3; i += 1) expect((await other.request('GET', '/__sandbox/health')).status).toBe(200);
  await other.close();
});
