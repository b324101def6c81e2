/** Becoming an agent, enquiries, and hostile values in their fields. */
import { randomUUID } from 'node:crypto';
import { execute, rows } from '../../../platform/database';
import type { ErrorCode } from '../../../domain/error-codes';
import { AADHAAR, createAepsWorld, freshPid, orderBody, type AepsWorld } from '../../support/aeps-world';
import { HOSTILE_TOKENS } from '../../support/hostile-values';
import type { Reply } from '../../support/platform';
import { expectNothingInside, expectProblem } from '../../support/problems';
import { declined } from '../../support/scripted-aeps';
import {
  activation,
  DOCUMENT,
  becomingAgent,
  dumpOf,
  enquiry,
  me,
  withFinger,
} from '../../support/aeps-agents';

let w: AepsWorld;
let user: Awaited<ReturnType<AepsWorld['user']>>;
beforeEach(async () => {
  w = await createAepsWorld();
  user = await w.user();
});
afterEach(async () => {
  await w.close();
});

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  return w.call('POST', `/v1/aeps/${path}`, { key: user.apiKey, body, headers });
}
const get = (path: string): Promise<Reply> => w.call('GET', `/v1/aeps/${path}`, { key: user.apiKey });

describe('an agent', () => {
  it('is activated, verified once and each day, and then serves', async () => {
    expectProblem(await get('agent'), 'AEPS_AGENT_NOT_FOUND');
    const active = await post('agent', activation());
    expect([active.status, active.body]).toEqual([
      200,
      {
        object: 'aeps_agent',
        user_code: '20810200',
        state: 'active',
        ekyc: 'none',
        is_verified_today: false,
        dormant_on: '2027-02-02',
        activated_at: '2026-11-01T06:30:00.000Z',
        last_used_at: null,
        created_at: '2026-11-01T06:30:00.000Z',
      },
    ]);
    expect(w.connector.activations[0]).toMatchObject({
      userCode: '20810200',
      aadhaar: AADHAAR,
      aadhaarFront: Buffer.from(DOCUMENT, 'base64'),
    });
    expectProblem(await post('agent/kyc/daily', withFinger()), 'AEPS_KYC_REQUIRED');
    expectProblem(await post('agent/kyc/verification', { ...me(), otp: '482913' }), 'AEPS_KYC_OTP_REQUIRED');
    expect((await post('agent/kyc/otp', me())).body.ekyc).toBe('otp_sent');
    expectProblem(await post('agent/kyc/otp', me()), 'RATE_LIMITED');
    expectProblem(await post('agent/kyc/biometric', withFinger()), 'AEPS_KYC_OTP_REQUIRED');
    expect((await post('agent/kyc/verification', { ...me(), otp: '482913' })).body.ekyc).toBe('otp_verified');
    expect((await post('agent/kyc/biometric', withFinger())).body.ekyc).toBe('done');
    expectProblem(await w.withdraw(user), 'AEPS_DAILY_KYC_REQUIRED');
    expect((await post('agent/kyc/daily', withFinger())).body.is_verified_today).toBe(true);
    expect((await post('agent/kyc/daily', withFinger())).status).toBe(200);
    expect((await w.withdraw(user)).status).toBe(200);
    expect((await get('agent')).body).toMatchObject({
      state: 'active',
      ekyc: 'done',
      last_used_at: '2026-11-01T06:30:00.000Z',
    });
    const wallets = (await w.call('GET', '/v1/wallets', { key: user.apiKey })).body.data as {
      kind: string;
      balance: number;
    }[];
    expect(wallets.map(({ kind, balance }) => [kind, balance])).toEqual([
      ['main', 0],
      ['aeps', 300_000],
    ]);
  });

  it('a password is good for ten minutes', async () => {
    await post('agent', activation());
    await post('agent/kyc/otp', me());
    w.clock.advance(600_000);
    expectProblem(await post('agent/kyc/verification', { ...me(), otp: '482913' }), 'AEPS_KYC_OTP_REQUIRED');
  });

  it("refused or not heard by the provider: may apply again; active: may not; a code is one agent's", async () => {
    w.connector.onActivate = () => ({
      ok: false,
      kind: 'refused',
      rawStatus: '132',
      rawReason: 'pan mismatch',
    });
    expect(
      (expectProblem(await post('agent', activation()), 'PROVIDER_REJECTED'),
      (await get('agent')).body.state),
    ).toBe('refused');
    w.connector.onActivate = () => ({ ok: false, kind: 'unknown', rawStatus: '<timeout>' });
    expectProblem(await post('agent', activation()), 'PROVIDER_UNAVAILABLE');
    expect((await get('agent')).body.state).toBe('activation_pending');
    expectProblem(await post('agent/kyc/otp', me()), 'AEPS_AGENT_NOT_ACTIVE');
    w.connector.onActivate = () => ({ ok: true, value: true });
    expect((await post('agent', activation())).body.state).toBe('active');
    expectProblem(await post('agent', activation()), 'AEPS_AGENT_ACTIVE');
    const other = await w.user();
    expectProblem(
      await w.call('POST', '/v1/aeps/agent', { key: other.apiKey, body: activation() }),
      'AEPS_AGENT_CODE_TAKEN',
    );
  });

  it('documents are bounded, and are documents', async () => {
    const documents = activation().documents as Record<string, string>;
    for (const [bad, code] of [
      ['A'.repeat(533_340), 'FIELD_TOO_LONG'],
      ['AAAA'.repeat(40), 'FIELD_FORM_WRONG'],
      [`${DOCUMENT.slice(0, -2)}!!`, 'FIELD_FORM_WRONG'],
      ['', 'FIELD_TOO_SHORT'],
    ]) {
      const errors = expectProblem(
        await post('agent', { ...activation(), documents: { ...documents, pan_card: bad } }),
        'REQUEST_FIELD_INVALID',
      );
      expect(errors[0]).toMatchObject({ pointer: '#/documents/pan_card', code });
    }
    const big = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(399_996, 7)]).toString('base64');
    expect(
      (
        await post('agent', {
          ...activation(),
          documents: { aadhaar_front: big, aadhaar_back: big, pan_card: big },
        })
      ).status,
    ).toBe(200);
    expectProblem(await post('agent', ' '.repeat(1_700_001)), 'REQUEST_TOO_LARGE');
    expectProblem(
      await post(
        'withdrawals',
        { ...orderBody(), pid: freshPid().padEnd(70_000) },
        { 'idempotency-key': randomUUID() },
      ),
      'REQUEST_TOO_LARGE',
    );
  });
});

async function becomeAgent(): Promise<void> {
  for (const [path, body] of becomingAgent()) expect((await post(path, body)).status).toBe(200);
}

describe('enquiries', () => {
  it('show what the provider says, and keep none of it', async () => {
    await becomeAgent();
    const balance = await post('balance-enquiries', enquiry());
    expect([balance.status, balance.body]).toEqual([
      200,
      {
        id: expect.stringMatching(/^enq_/),
        object: 'aeps_enquiry',
        kind: 'balance',
        status: 'SUCCESS',
        status_reason: null,
        status_message: null,
        provider_reason: null,
        rrn: '620415011745',
        created_at: '2026-11-01T06:30:00.000Z',
        customer_balance: 4_512_345,
      },
    ]);
    expect((await post('mini-statements', enquiry())).body).toMatchObject({
      status: 'SUCCESS',
      customer_balance: null,
      lines: [{ date: '01/11', direction: 'debit', amount: 30_000, narration: 'ATM WDL' }],
    });
    w.connector.onBalance = () => ({
      ok: false,
      kind: 'refused',
      rawStatus: '1464',
      rawReason: 'no account linked',
    });
    expect((await post('balance-enquiries', enquiry())).body).toMatchObject({
      status: 'FAILED',
      status_reason: 'PROVIDER_REFUSED',
      provider_reason: 'no account linked',
    });
    w.connector.onBalance = () => {
      throw new Error('a bug');
    };
    expectProblem(await post('balance-enquiries', enquiry()), 'PROVIDER_UNAVAILABLE');
    expect(await rows(w.knex, 'select kind, state from aeps_enquiries order by id')).toEqual([
      { kind: 'balance', state: 'succeeded' },
      { kind: 'mini_statement', state: 'succeeded' },
      { kind: 'balance', state: 'failed' },
      { kind: 'balance', state: 'unknown' },
    ]);
    expect(await dumpOf(w)).not.toMatch(/4512345|45123\.45|ATM WDL/);
  });

  it('need an agent who is verified today, an admission and the scope', async () => {
    expectProblem(await post('balance-enquiries', enquiry()), 'AEPS_AGENT_NOT_FOUND');
    await becomeAgent();
    w.connector.onAdmit = () => ({ ok: false, rawStatus: '<breaker open>', retryAfterMs: 4_100 });
    for (const reply of [
      await post('mini-statements', enquiry()),
      await post('withdrawals', orderBody(), { 'idempotency-key': randomUUID() }),
    ]) {
      expectProblem(reply, 'PROVIDER_UNAVAILABLE');
      expect(reply.headers.get('retry-after')).toBe('5');
    }
    expect(await rows(w.knex, 'select id from requests union all select id from aeps_enquiries')).toEqual([]);
    await execute(w.knex, "update api_keys set scopes = '{payouts:write,transactions:read}'");
    expectProblem(
      await w.call('POST', '/v1/aeps/mini-statements', { key: (await renewed()).apiKey, body: enquiry() }),
      'AUTH_SCOPE_MISSING',
    );
  });
  async function renewed(): Promise<{ apiKey: string }> {
    const other = await w.user();
    await execute(w.knex, "update api_keys set scopes = '{transactions:read}'");
    return other;
  }
});

/** A refusal that says what is wrong, or an answer; never a fault of ours, and nothing of the inside. */
function expectSane(reply: Reply, what: string): void {
  if (reply.status < 200 || reply.status >= 500)
    throw new Error(`${what} answered ${reply.status}: ${reply.text.slice(0, 200)}`);
  expectNothingInside(reply.text);
  if (reply.status >= 400) expectProblem(reply, reply.body.code as ErrorCode);
}

describe('hostile values', () => {
  it('in every field of every body: a refusal that says what is wrong, or an answer', async () => {
    await becomeAgent();
    await w.knex.raw('delete from aeps_velocity_rules');
    await w.aeps.policies.refresh();
    w.connector.onWithdraw = () => declined();
    const bodies: [string, Record<string, unknown>, readonly string[]][] = [
      [
        'withdrawals',
        orderBody(),
        [
          'amount',
          'currency',
          'reference',
          'customer',
          'customer.mobile',
          'customer.bank',
          'terminal',
          'terminal.id',
          'terminal.latlong',
          'aadhaar',
          'pid',
          'unknown',
          '__proto__',
        ],
      ],
      ['mini-statements', enquiry(), ['customer.mobile', 'terminal.latlong', 'aadhaar', 'pid', 'unknown']],
      [
        'agent',
        activation(),
        [
          'user_code',
          'device',
          'device.model',
          'device.number',
          'account_number',
          'ifsc',
          'shop_type',
          'pan',
          'aadhaar',
          'office_address',
          'proof_address',
          'latlong',
          'documents',
          'documents.pan_card',
          'unknown',
        ],
      ],
      [
        'agent/kyc/verification',
        { ...me(), otp: '482913' },
        ['mobile', 'latlong', 'aadhaar', 'otp', 'unknown'],
      ],
      ['agent/kyc/daily', withFinger(), ['mobile', 'bank', 'latlong', 'aadhaar', 'pid', 'unknown']],
    ];
    const canary = randomUUID();
    const tokens = HOSTILE_TOKENS.filter((t) => t.length < 12_000);
    const cases = bodies.flatMap(([path, body, fields]) =>
      fields.flatMap((field, i) =>
        tokens.filter((_t, k) => k % 3 === i % 3).map((token) => [path, body, field, token] as const),
      ),
    );
    const rest = cases.values();
    const statuses = new Map<number, number>();
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (const [path, body, field, token] of rest) {
          const [head, tail] = field.split('.') as [string, string | undefined];
          const marked =
            tail === undefined
              ? { ...body, [head]: canary }
              : { ...body, [head]: { ...(body[head] as object), [tail]: canary } };
          const reply = await post(
            path,
            JSON.stringify(marked).replace(JSON.stringify(canary), () => token),
            { 'idempotency-key': randomUUID() },
          );
          expectSane(reply, `${path} ${field} ${token.slice(0, 80)}`);
          statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
        }
      }),
    );
    expect([...statuses.keys()].every((s) => [200, 202, 400, 409, 422].includes(s))).toBe(true);
    expect(statuses.get(422)).toBeGreaterThan(500);
  });

  it('as an id, and as the acknowledgement', async () => {
    await becomeAgent();
    const { body } = await w.withdraw(user);
    for (const id of ['x', 'txn_', '%00', '../x', (body.id as string).toUpperCase(), `${body.id as string}0`])
      expectProblem(await get(`withdrawals/${encodeURIComponent(id)}`), 'TRANSACTION_NOT_FOUND');
    for (const token of HOSTILE_TOKENS.filter((t) => t.length < 200 && t !== 'true' && t !== 'false'))
      expect(
        (await post(`withdrawals/${body.id as string}/acknowledgement`, `{"cash_handed_out":${token}}`))
          .status,
      ).toBeLessThan(500);
    expect((await get(`withdrawals/${body.id as string}`)).body.acknowledgement).toBeNull();
  });
});
