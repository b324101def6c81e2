/** Becoming an agent, enquiries, and what may be found nowhere: Aadhaar numbers, PID blocks, one-time passwords. */
import { randomInt, randomUUID } from 'node:crypto';
import { execute, rows } from '../../../platform/database';
import type { ErrorCode } from '../../../domain/error-codes';
import {
  AADHAAR,
  createAepsWorld,
  freshAadhaar,
  orderBody,
  PID,
  SHOP,
  type AepsWorld,
} from '../../support/aeps-world';
import { HOSTILE_TOKENS } from '../../support/hostile-values';
import type { Reply } from '../../support/platform';
import { expectNothingInside, expectProblem } from '../../support/problems';
import { awaited, declined, paid, timedOut } from '../../support/scripted-aeps';

let w: AepsWorld;
let user: Awaited<ReturnType<AepsWorld['user']>>;
let answers = '';
beforeEach(async () => {
  w = await createAepsWorld();
  user = await w.user();
  answers = '';
});
afterEach(async () => {
  await w.close();
});

const DOCUMENT = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(200, 7)]).toString(
  'base64',
);
const activation = (): Record<string, unknown> => ({
  user_code: '20810200',
  device: { model: 'MFS110', number: '1234-ABC' },
  account_number: '000111220000',
  ifsc: 'HDFC0000053',
  shop_type: '4215',
  pan: 'ABCPE1234F',
  aadhaar: AADHAAR,
  office_address: 'Shop 12, Main Road, Nagpur 440001',
  proof_address: 'Plot 3, Civil Lines, Nagpur 440001',
  latlong: SHOP,
  documents: { aadhaar_front: DOCUMENT, aadhaar_back: DOCUMENT, pan_card: DOCUMENT },
});
const me = (): Record<string, unknown> => ({ mobile: '9000000001', latlong: SHOP, aadhaar: AADHAAR });
const withFinger = (): Record<string, unknown> => ({ ...me(), bank: '607152', pid: PID });
const enquiry = (): Record<string, unknown> => {
  const { amount: _a, currency: _c, reference: _r, ...rest } = orderBody();
  return rest;
};

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const reply = await w.call('POST', `/v1/aeps/${path}`, { key: user.apiKey, body, headers });
  answers += `${JSON.stringify([...reply.headers])}${reply.text}\n`;
  return reply;
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
        dormant_on: '2027-01-30',
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
        { ...orderBody(), pid: PID.padEnd(70_000) },
        { 'idempotency-key': randomUUID() },
      ),
      'REQUEST_TOO_LARGE',
    );
  });
});

async function becomeAgent(): Promise<void> {
  for (const [path, body] of [
    ['agent', activation()],
    ['agent/kyc/otp', me()],
    ['agent/kyc/verification', { ...me(), otp: '482913' }],
    ['agent/kyc/biometric', withFinger()],
    ['agent/kyc/daily', withFinger()],
  ] as const)
    expect((await post(path, body)).status).toBe(200);
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
      status_reason: 'no account linked',
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
    expect(await dump()).not.toMatch(/4512345|45123\.45|ATM WDL/);
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

/** Every row of every table, as text; bytes are in hex. */
async function dump(): Promise<string> {
  const tables = await rows<{ name: string }>(
    w.knex,
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
  );
  const texts = await Promise.all(
    tables.map(async ({ name }) =>
      (await rows<{ row: string }>(w.knex, `select t::text as row from "${name}" t`)).map(
        (r) => `${name} ${r.row}`,
      ),
    ),
  );
  return texts.flat().join('\n');
}

/** A value as it is, and as hex, base64 (at any offset) and a URL would carry it. */
function formsOf(value: string): string[] {
  const raw = Buffer.from(value);
  const base64 = [0, 1, 2].flatMap((shift) =>
    ['base64', 'base64url'].map((encoding) =>
      Buffer.concat([Buffer.alloc(shift), raw])
        .toString(encoding as 'base64')
        .slice(shift === 0 ? 0 : shift + 1, -4)
        .replace(/=+$/, ''),
    ),
  );
  return [
    value,
    raw.toString('hex'),
    raw.toString('hex').toUpperCase(),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    ...base64.filter((t) => t.length >= 6),
  ];
}
const found = (text: string, planted: readonly string[]): string[] =>
  planted.filter((value) => formsOf(value).some((form) => text.includes(form)));

describe('P7 what may be found nowhere', () => {
  it('Aadhaar number, PID and one-time password, after every flow and every fault', async () => {
    const planted: string[] = [];
    const plant = (value: string): string => {
      planted.push(value);
      return value;
    };
    const secrets = (): { aadhaar: string; pid: string } => {
      const token = Array.from({ length: 48 }, () => String.fromCodePoint(97 + randomInt(26))).join('');
      plant(token);
      return {
        aadhaar: plant(freshAadhaar()),
        pid: plant(`<PidData><Data type="X">${token}</Data><Hmac>${'x'.repeat(40)}</Hmac></PidData>`),
      };
    };
    const echo = (given: unknown): string =>
      JSON.stringify(given, (_k, v: unknown) => (typeof v === 'bigint' ? v.toString() : v));
    const otp = (): string => plant(`${randomInt(10_000_000, 99_999_999)}`);
    const faults = [
      (given: unknown) => ({
        ok: false as const,
        kind: 'refused' as const,
        rawStatus: '1600',
        rawReason: `refused ${echo(given)}`,
      }),
      (given: unknown) => ({
        ok: false as const,
        kind: 'unknown' as const,
        rawStatus: `<${echo(given).slice(0, 2_000)}>`,
      }),
      (given: unknown): never => {
        throw new Error(`a bug with ${echo(given)}`);
      },
    ];
    const step = async (path: string, body: () => Record<string, unknown>): Promise<void> => {
      await post(path, body());
    };
    const agentSteps: [string, () => Record<string, unknown>][] = [
      ['agent', () => ({ ...activation(), aadhaar: secrets().aadhaar })],
      ['agent/kyc/otp', () => ({ ...me(), aadhaar: secrets().aadhaar })],
      ['agent/kyc/verification', () => ({ ...me(), aadhaar: secrets().aadhaar, otp: otp() })],
      ['agent/kyc/biometric', () => ({ ...withFinger(), ...secrets() })],
      ['agent/kyc/daily', () => ({ ...withFinger(), ...secrets() })],
    ];
    const honest = { ...w.connector };
    for (const [path, body] of agentSteps) {
      for (const fault of faults) {
        w.connector.onActivate = fault;
        w.connector.onKyc = (_step, given) => fault(given);
        await step(path, body);
      }
      Object.assign(w.connector, honest);
      await step(path, body);
      w.clock.advance(31_000);
    }
    expect((await get('agent')).body).toMatchObject({
      state: 'active',
      ekyc: 'done',
      is_verified_today: true,
    });

    const order = (key: string = randomUUID(), fields: Record<string, unknown> = {}): Promise<Reply> =>
      post(
        'withdrawals',
        { ...orderBody(), terminal: { id: `t-${randomInt(1e9)}`, latlong: SHOP }, ...secrets(), ...fields },
        { 'idempotency-key': key },
      );
    const outcomes: AepsWorld['connector']['onWithdraw'][] = [
      () => paid(),
      () => awaited(),
      () => timedOut(),
      (request) => declined({ rawReason: `declined ${echo(request)}`, description: echo(request) }),
      (request) => paid({ amountPaise: 1n, description: echo(request) }),
      (request) => ({ kind: 'unknown', sent: false, rawStatus: '<refused>', rawReason: echo(request) }),
      (request) => awaited({ rawReason: echo(request) }),
      (request): never => {
        throw new Error(echo(request));
      },
    ];
    const replay = randomUUID();
    for (const outcome of outcomes) {
      w.connector.onWithdraw = outcome;
      await order();
      w.clock.advance(1_000);
    }
    const same = { reference: 'replayed', terminal: { id: 't-replayed', latlong: SHOP } };
    const [first, again] = [await order(replay, same), await order(replay, same)];
    expect([first.status, again.body.id, again.headers.get('idempotent-replayed')]).toEqual([
      202,
      first.body.id,
      'true',
    ]);
    expect(w.connector.withdrawals).toHaveLength(outcomes.length + 1);
    for (const fault of faults) {
      w.connector.onBalance = fault;
      w.connector.onStatement = fault;
      for (const path of ['balance-enquiries', 'mini-statements'])
        await step(path, () => ({ ...enquiry(), ...secrets() }));
    }
    Object.assign(w.connector, honest);
    for (const path of ['balance-enquiries', 'mini-statements'])
      await step(path, () => ({ ...enquiry(), ...secrets() }));

    // Where they do not belong, and through refusals of ours and of the database.
    const stray = secrets();
    for (const fields of [
      { reference: stray.aadhaar },
      { terminal: { id: stray.aadhaar, latlong: SHOP } },
      { customer: { mobile: '9000000002', bank: stray.aadhaar } },
    ])
      expectProblem(await order(undefined, { ...stray, ...fields }), 'REQUEST_FIELD_INVALID');
    expectProblem(await order(`key-${stray.aadhaar}`, stray), 'REQUEST_HEADER_INVALID');
    for (const fields of [
      { [stray.aadhaar]: 1 },
      { pid: stray.aadhaar },
      { aadhaar: stray.pid },
      { currency: stray.aadhaar },
      { amount: stray.pid },
      { customer: stray.aadhaar },
    ])
      expect([400, 422]).toContain((await order(undefined, { ...stray, ...fields })).status);
    await post('withdrawals', JSON.stringify({ ...orderBody(), ...stray }).slice(0, -1), {
      'idempotency-key': randomUUID(),
    });
    w.connector.onWithdraw = () => paid();
    for (const [i, [table, check]] of [
      ['aeps_withdrawals', 'false'],
      ['dispatch_attempts', 'false'],
      ['transaction_outcomes', "kind <> 'succeeded'"],
      ['ledger_transfers', 'false'],
    ].entries()) {
      await w.knex.raw(`alter table ${table!} add constraint closed_${i} check (${check!}) not valid`);
      expect(
        (
          await order(undefined, {
            customer: { mobile: `92${randomInt(10_000_000, 99_999_999)}`, bank: '607152' },
          })
        ).status,
      ).toBe(i < 2 ? 500 : 202);
      await w.knex.raw(`alter table ${table!} drop constraint closed_${i}`);
    }

    expect(planted.length).toBeGreaterThan(90);
    const logs = w.logged.join('');
    expect(logs).toMatch(/a request failed/);
    expect(logs).toMatch(/left to its row/);
    expect({
      database: found(await dump(), planted),
      logs: found(logs, planted),
      answers: found(answers, planted),
    }).toEqual({ database: [], logs: [], answers: [] });
    // Nor does a mobile number, a PAN or an account number lie anywhere in clear.
    expect({
      database: found(await dump(), ['9000000001', '9000000002', 'ABCPE1234F', '000111220000']),
      logs: found(logs, ['9000000001', '9000000002', 'ABCPE1234F', '000111220000']),
    }).toEqual({ database: [], logs: [] });
    for (const form of formsOf(planted[0]!)) expect(found(`x${form}y`, planted)).toEqual([planted[0]]); // the test would see it
  });
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
