/**
 * Recharges through the HTTP API, with providers that the test scripts: the path to success and back, the
 * duplicate rule under load, questions, hostile values.
 */
import { randomUUID } from 'node:crypto';
import { verifyTables } from '../../../domain/verification/verify';
import { execute } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { closeWithCleanBooks } from '../../support/books';
import { HOSTILE_TOKENS } from '../../support/hostile-values';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectNothingInside, expectProblem } from '../../support/problems';
import {
  createScriptedRecharge,
  notLearnt,
  recharged,
  refusedByOperator,
  takenBack,
  type ScriptedRecharge,
} from '../../support/scripted-recharge';
import { until } from '../../support/until';

const FUNDS = 100_000_000n;
let p: Platform;
let setu: ScriptedRecharge;
let user: Awaited<ReturnType<Platform['user']>>;
let numbers = 0;

beforeAll(async () => {
  setu = createScriptedRecharge('setu');
  p = await startPlatform({ connectors: [setu, createScriptedRecharge('eko')] });
  user = await p.user(FUNDS);
});
afterAll(async () => {
  await closeWithCleanBooks(p.c.knex, p);
});
afterEach(() => {
  Object.assign(setu, answersOf(createScriptedRecharge('setu')));
});
const answersOf = (connector: ScriptedRecharge): object =>
  Object.fromEntries(Object.entries(connector).filter(([name]) => name.startsWith('on')));

/** A number that no other test uses. */
const mobile = (): string => `98${String(10_000_000 + (numbers += 1))}`;
const body = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  mobile: mobile(),
  operator: 'jio',
  circle: 'Karnataka',
  amount: 29_900,
  currency: 'INR',
  reference: `r-${randomUUID().slice(0, 20)}`,
  ...over,
});
const post = (
  url: string,
  content: unknown,
  key = user.apiKey,
  headers: Record<string, string> = {},
): Promise<Reply> => p.call('POST', url, { key, body: content, headers });
const recharge = (
  content: unknown,
  idempotencyKey: string = randomUUID(),
  key = user.apiKey,
): Promise<Reply> => post('/v1/recharges', content, key, { 'idempotency-key': idempotencyKey });
const receipt = async (id: unknown): Promise<Record<string, unknown>> =>
  (await p.call('GET', `/v1/recharges/${String(id)}`, { key: user.apiKey })).body;

describe('the path of a recharge', () => {
  it('is accepted, sent once in clear to the provider alone, and its receipt says SUCCESS', async () => {
    setu.onSend = () => recharged();
    const request = body();
    const accepted = await recharge(request);
    expect(accepted.status).toBe(202);
    expect(accepted.body).toMatchObject({
      object: 'transaction',
      service: 'recharge',
      status: 'PENDING',
      amount: 29_900,
      fee: 0,
      tax: 0,
      recharge: {
        mobile: `98XXXXXX${String(request.mobile).slice(-2)}`,
        operator: 'jio',
        circle: 'Karnataka',
      },
    });
    expect(accepted.headers.get('location')).toBe(`/v1/transactions/${String(accepted.body.id)}`);
    expect(await p.final(user.apiKey, accepted.body.id as string)).toMatchObject({
      status: 'SUCCESS',
      service: 'recharge',
      utr: 'OPR0001',
    });
    const sent = setu.sends.filter((s) => s.instruction.mobile === request.mobile);
    expect(sent).toHaveLength(1);
    expect(sent[0]!.instruction).toMatchObject({
      operator: 'jio',
      circle: 'Karnataka',
      amountPaise: 29_900n,
      acceptedAt: new Date(accepted.body.created_at as string),
      ourReference: expect.stringMatching(/^[0-9a-z]{20}$/),
    });
    expect(await receipt(accepted.body.id)).toEqual({
      id: accepted.body.id,
      object: 'recharge',
      status: 'SUCCESS',
      status_reason: null,
      status_message: null,
      provider_reason: null,
      next_action: null,
      mobile: `98XXXXXX${String(request.mobile).slice(-2)}`,
      operator: 'jio',
      circle: 'Karnataka',
      amount: 29_900,
      currency: 'INR',
      fee: 0,
      tax: 0,
      charge: 0,
      total: 29_900,
      reference: request.reference,
      operator_reference: 'OPR0001',
      expected_by: null,
      overdue: false,
      created_at: accepted.body.created_at,
      finished_at: expect.any(String),
      links: {
        transaction: `/v1/transactions/${String(accepted.body.id)}`,
        events: `/v1/transactions/${String(accepted.body.id)}/events`,
      },
    });
  });

  it('that the operator refuses gives the money back, and the same again is no duplicate', async () => {
    setu.onSend = () => refusedByOperator();
    const request = body();
    const first = await recharge(request);
    expect(await p.final(user.apiKey, first.body.id as string)).toMatchObject({
      status: 'FAILED',
      status_reason: 'PROVIDER_REFUSED',
      provider_reason: 'operator_down',
    });
    setu.onSend = () => recharged();
    const again = await recharge({ ...request, reference: `r-${randomUUID().slice(0, 20)}` });
    expect(again.status).toBe(202);
    expect(await p.final(user.apiKey, again.body.id as string)).toMatchObject({ status: 'SUCCESS' });
  });

  it('that the operator takes back after its success is reversed', async () => {
    setu.onSend = () => recharged();
    const accepted = await recharge(body());
    await p.final(user.apiKey, accepted.body.id as string);
    const before = (await p.call('GET', '/v1/wallets', { key: user.apiKey })).body.data as {
      balance: number;
    }[];
    setu.onInquire = () => takenBack();
    // What an unsigned callback does: the provider is asked.
    await execute(p.c.knex, 'update transactions set next_poll_at = outcome_at where id = ?', [
      parsePublicId('transaction', accepted.body.id as string),
    ]);
    await until(
      () => receipt(accepted.body.id),
      (seen) => seen.status === 'REVERSED',
    );
    const after = (await p.call('GET', '/v1/wallets', { key: user.apiKey })).body.data as {
      balance: number;
    }[];
    expect(after[0]!.balance - before[0]!.balance).toBe(29_900);
  });

  it("P7 is nobody else's, and no other service's transaction is a recharge", async () => {
    const [accepted, payout, other] = [
      await recharge(body()),
      await p.payout(user.apiKey, '0000'),
      await p.user(0n),
    ];
    for (const [id, key] of [
      [accepted.body.id, other.apiKey],
      [payout.body.id, user.apiKey],
      ['x', user.apiKey],
      ['txn_00000000000000000000000000', user.apiKey],
    ] as const) {
      expectProblem(await p.call('GET', `/v1/recharges/${String(id)}`, { key }), 'RECHARGE_NOT_FOUND');
    }
  });

  it('P7 leaves the number in no table', async () => {
    setu.onSend = () => recharged();
    const request = body();
    await p.final(user.apiKey, (await recharge(request)).body.id as string);
    const findings = await p.c.knex.transaction((trx) =>
      verifyTables(trx, { planted: [String(request.mobile)] }),
    );
    expect(findings.find((f) => f.name === 'planted-tables')?.result).toMatchObject({ violations: 0 });
  });
});

describe('P4 the same number and amount within minutes', () => {
  it('is refused softly, and let through by force', async () => {
    const request = body();
    expect((await recharge(request)).status).toBe(202);
    const second = { ...request, reference: `r-${randomUUID().slice(0, 20)}` };
    expectProblem(await recharge(second), 'RECHARGE_DUPLICATE_SUSPECTED');
    expectProblem(await recharge({ ...second, force: false }), 'RECHARGE_DUPLICATE_SUSPECTED');
    expect((await recharge({ ...second, amount: 19_900 })).status).toBe(202);
    expect(
      (await recharge({ ...second, reference: `r-${randomUUID().slice(0, 20)}`, force: true })).status,
    ).toBe(202);
    const other = await p.user(FUNDS);
    expect((await recharge({ ...second, reference: 'theirs' }, randomUUID(), other.apiKey)).status).toBe(202);
  });

  it('replays of one key are no duplicates, also when the provider would refuse it now, and ask it nothing', async () => {
    const [key, request] = [randomUUID(), body()];
    const first = await recharge(request, key);
    const asked = setu.questions.length;
    setu.onValidate = () => ({ ok: false, kind: 'refused', rawStatus: 'ERR007' });
    const again = await recharge(request, key);
    expect([again.status, again.headers.get('idempotent-replayed'), again.text]).toEqual([
      202,
      'true',
      first.text,
    ]);
    expect(setu.questions).toHaveLength(asked);
    setu.onValidate = () => ({ ok: true, value: true });
    expectProblem(await recharge({ ...request, amount: 19_900 }, key), 'IDEMPOTENCY_KEY_REUSED');
    expectProblem(await recharge({ ...request, amount: 19_900 }), 'TRANSACTION_REFERENCE_TAKEN');
  });

  it('60 taps at once on three numbers, half of them replays: one recharge for each', async () => {
    const requests = [body(), body(), body()];
    const keys = requests.map(() => Array.from({ length: 10 }, () => randomUUID()));
    const taps = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const n = i % 3;
        const tap = Math.floor(i / 3) % 10; // each key is used twice
        return {
          n,
          tap,
          reply: await recharge(
            { ...requests[n], reference: `${String(requests[n]!.reference)}-${tap}` },
            keys[n]![tap],
          ),
        };
      }),
    );
    for (const n of [0, 1, 2]) {
      const ours = taps.filter((t) => t.n === n);
      const accepted = ours.filter((t) => t.reply.status === 202);
      expect(new Set(accepted.map((t) => t.reply.body.id)).size).toBe(1);
      expect(new Set(accepted.map((t) => t.tap)).size).toBe(1);
      expect(accepted).toHaveLength(2);
      for (const { reply } of ours.filter((t) => t.reply.status !== 202))
        expectProblem(reply, 'RECHARGE_DUPLICATE_SUSPECTED');
    }
  });

  it('20 forced at once are 20 recharges', async () => {
    const request = body({ force: true });
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        recharge({ ...request, reference: `${String(request.reference)}-${i}` }),
      ),
    );
    expect(new Set(replies.map((r) => r.status))).toEqual(new Set([202]));
    expect(new Set(replies.map((r) => r.body.id)).size).toBe(20);
  });
});

describe('what the operator would refuse is refused at once, what is not known is not', () => {
  it.each([
    ['an amount that is no plan of a plan-only operator', { amount: 29_901 }, 'RECHARGE_PLAN_UNKNOWN'],
    ['too little', { amount: 999 }, 'RECHARGE_AMOUNT_OUT_OF_RANGE'],
    ['too much', { amount: 1_000_001 }, 'RECHARGE_AMOUNT_OUT_OF_RANGE'],
  ] as const)('%s', async (_name, over, code) => {
    expect(expectProblem(await recharge(body(over)), code)[0]).toMatchObject({ pointer: '#/amount' });
  });

  it('an amount of another operator need be no plan', async () => {
    expect((await recharge(body({ operator: 'vi', amount: 12_300 }))).status).toBe(202);
  });

  it('a validation that says no', async () => {
    setu.onValidate = () => ({ ok: false, kind: 'refused', rawStatus: 'error', rawReason: 'ERR011' });
    expect((await recharge(body())).body).toMatchObject({
      code: 'RECHARGE_NOT_POSSIBLE',
      detail: expect.stringContaining('ERR011'),
    });
    setu.onValidate = () => ({
      ok: false,
      kind: 'refused',
      rawStatus: 'error',
      rawReason: 'The number of Test Beneficiary is closed',
    });
    const reply = await recharge(body());
    expectProblem(reply, 'RECHARGE_NOT_POSSIBLE');
    expect(reply.text).not.toContain('Beneficiary');
  });

  it('plans and validation that throw were not learnt either: it is accepted, and nothing of the error is shown', async () => {
    const request = body({ amount: 29_901 });
    const lost = (): never => {
      throw new Error(`connect ECONNREFUSED while ${String(request.mobile)} was asked about`);
    };
    setu.onPlans = lost;
    setu.onValidate = lost;
    setu.onSend = () => recharged();
    const accepted = await recharge(request);
    expect(accepted.status).toBe(202);
    expect(setu.questions.slice(-2)).toEqual(['plans', 'validate']);
    expect(await p.final(user.apiKey, accepted.body.id as string)).toMatchObject({ status: 'SUCCESS' });
  });

  it('neither plans nor validation can be had: it is accepted', async () => {
    setu.onPlans = () => notLearnt;
    setu.onValidate = () => notLearnt;
    expect((await recharge(body({ amount: 29_901 }))).status).toBe(202);
  });
});

describe('questions', () => {
  it('whose number it is, and what its plans are', async () => {
    expect((await post('/v1/recharge/operators', { mobile: mobile() })).body).toEqual({
      object: 'recharge_operator',
      operator: 'jio',
      circle: 'Karnataka',
    });
    const plans = await post('/v1/recharge/plans', {
      mobile: mobile(),
      operator: 'jio',
      circle: 'Karnataka',
    });
    expect(plans.body).toEqual({
      object: 'list',
      has_more: false,
      next_cursor: null,
      url: '/v1/recharge/plans',
      data: [
        { object: 'recharge_plan', amount: 29_900, validity: '28 days', description: 'Data 2 GB a day' },
        { object: 'recharge_plan', amount: 19_900, validity: null, description: 'Talk time' },
      ],
    });
  });

  it('what cannot be learnt is 503, what is refused 422', async () => {
    setu.onOperator = () => ({ ...notLearnt, retryAfterMs: 2_500 }) as typeof notLearnt;
    const reply = await post('/v1/recharge/operators', { mobile: mobile() });
    expectProblem(reply, 'PROVIDER_UNAVAILABLE');
    expect(reply.headers.get('retry-after')).toBe('3');
    const number = mobile();
    setu.onOperator = () => {
      throw new Error(`read ECONNRESET while ${number} was asked about`);
    };
    setu.onPlans = () => {
      throw new Error(`read ECONNRESET while ${number} was asked about`);
    };
    for (const thrown of [
      await post('/v1/recharge/operators', { mobile: number }),
      await post('/v1/recharge/plans', { mobile: number, operator: 'vi', circle: 'Karnataka' }),
    ]) {
      expectProblem(thrown, 'PROVIDER_UNAVAILABLE');
      expect([
        thrown.headers.get('retry-after'),
        thrown.text.includes(number),
        thrown.text.includes('ECONN'),
      ]).toEqual(['1', false, false]);
    }
    setu.onOperator = () => ({ ok: false, kind: 'refused', rawStatus: 'ERR012' });
    expectProblem(await post('/v1/recharge/operators', { mobile: mobile() }), 'RECHARGE_LOOKUP_REFUSED');
  });
});

describe('hostile values', () => {
  it.each(['mobile', 'operator', 'circle', 'amount', 'currency', 'reference', 'force'])(
    'in %s: refused, or accepted within the rules, and never a fault of ours',
    async (field) => {
      setu.onPlans = () => notLearnt;
      const faults: string[] = [];
      for (let i = 0; i < HOSTILE_TOKENS.length; i += 25) {
        await Promise.all(
          HOSTILE_TOKENS.slice(i, i + 25).map(async (token) => {
            const { [field]: _gone, ...rest } = body();
            const reply = await recharge(
              `${JSON.stringify(rest).slice(0, -1)},${JSON.stringify(field)}:${token}}`,
            );
            expectNothingInside(reply.text);
            if (![202, 400, 409, 413, 422].includes(reply.status))
              faults.push(`${reply.status} ${token.slice(0, 40)}`);
          }),
        );
      }
      expect(faults).toEqual([]);
    },
  );

  it.each([
    '1234567890',
    '5876543210',
    '987654321',
    '98765432100',
    '+919876543210',
    '09876543210',
    '98 76543210',
    '９８７６５４３２１０',
    9_876_543_210,
  ])('%s is no number, and is not repeated', async (wrong) => {
    for (const url of ['/v1/recharges', '/v1/recharge/operators', '/v1/recharge/plans']) {
      const content =
        url === '/v1/recharges'
          ? body({ mobile: wrong })
          : url.endsWith('plans')
            ? { mobile: wrong, operator: 'jio', circle: 'Karnataka' }
            : { mobile: wrong };
      const reply = await post(url, content, user.apiKey, { 'idempotency-key': randomUUID() });
      expect(expectProblem(reply, 'REQUEST_FIELD_INVALID')[0]).toMatchObject({ pointer: '#/mobile' });
      expect(reply.text).not.toContain(String(wrong));
    }
  });

  it('unknown fields, queries and a missing key', async () => {
    expectProblem(await recharge(body({ fee: 0 })), 'REQUEST_FIELD_UNKNOWN');
    expectProblem(
      await post('/v1/recharge/operators', { mobile: mobile(), extra: 1 }),
      'REQUEST_FIELD_UNKNOWN',
    );
    expectProblem(await post('/v1/recharges', body()), 'IDEMPOTENCY_KEY_MISSING');
    expectProblem(
      await post('/v1/recharges?mobile=1', body(), user.apiKey, { 'idempotency-key': randomUUID() }),
      'REQUEST_FIELD_UNKNOWN',
    );
    expectProblem(
      await p.call('GET', '/v1/recharge/plans', { key: user.apiKey }),
      'REQUEST_METHOD_NOT_ALLOWED',
    );
  });
});
