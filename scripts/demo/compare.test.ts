import type { StatementLine } from '../../domain/provider/provider';
import { payoutBody } from '../../api/schemas/payouts';
import { bookProblems, endProblems, payoutsByTransaction, quantile } from './compare';
import { statementProblems } from './float';
import type { OurTransaction } from './our-rows';
import { makePlan } from './plan';
import type { BookPayout } from './sandbox-book';
import { SCENARIOS } from './scenarios';
import { SCENARIO_CODES } from '../../sandbox/scenarios';

const scenario = (ending: string) => SCENARIOS.find((s) => s.ending === ending)!;
const attempt = { ourReference: 'ref1', idempotencyKey: 'key1', bodyHash: 'aa', sendCount: 1 };
const ours = (over: Partial<OurTransaction> = {}): OurTransaction => ({
  id: 't1',
  state: 'succeeded',
  amountPaise: 10_000n,
  floatNetPaise: 10_354n,
  walletNetPaise: 10_590n,
  effectsPosted: 1,
  decidedBy: 'callback',
  attempts: [attempt],
  ...over,
});
const booked = (over: Partial<BookPayout> = {}): BookPayout => ({
  id: 'pout_1',
  reference: 'ref1',
  idempotencyKey: 'key1',
  status: 'processed',
  amountPaise: 10_000n,
  netDebitPaise: 10_354n,
  debitPaise: 10_354n,
  requestsSeen: 1,
  bodyHashes: ['aa'],
  ...over,
});
const failedOurs = (over: Partial<OurTransaction> = {}) =>
  ours({ state: 'failed', floatNetPaise: 0n, walletNetPaise: 0n, ...over });
const failedBooked = (over: Partial<BookPayout> = {}) =>
  booked({ status: 'failed', netDebitPaise: 0n, ...over });

describe('the plan', () => {
  const plan = makePlan(300, '1234567');

  it('has every scenario of the sandbox, for bank accounts and VPAs, as often as the others', () => {
    expect(SCENARIOS.map((s) => s.ending)).toEqual(SCENARIO_CODES);
    const counts = new Map<string, number>();
    for (const p of plan) {
      const kind = 'vpa' in (p.body.beneficiary as object) ? 'vpa' : 'bank';
      counts.set(`${p.scenario.ending} ${kind}`, (counts.get(`${p.scenario.ending} ${kind}`) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual(Array.from({ length: 20 }, () => 15));
  });

  it('holds requests that the API takes, each with a key, a reference and a beneficiary of its own', () => {
    for (const { body } of plan) expect(payoutBody.validate(body, { convert: false }).error).toBeUndefined();
    expect(new Set(plan.map((p) => p.idempotencyKey)).size).toBe(300);
    expect(new Set(plan.map((p) => p.body.reference)).size).toBe(300);
    expect(new Set(plan.flatMap((p) => p.planted)).size).toBe(600);
    expect(new Set(plan.map((p) => p.body.mode))).toEqual(
      new Set(['IMPS', undefined, 'NEFT', 'RTGS', 'UPI']),
    );
  });

  it('ends each account, or VPA before the @, in the digits of its scenario', () => {
    for (const { scenario: s, planted } of plan) expect(planted[1]!.split('@')[0]!.slice(-4)).toBe(s.ending);
  });
});

describe('what the provider says of a payout', () => {
  it.each([
    ['0000', ours(), booked()],
    ['1111', failedOurs(), failedBooked()],
    ['4444', failedOurs({ state: 'reversed', effectsPosted: 2 }), failedBooked({ status: 'reversed' })],
    ['7777', ours(), booked({ requestsSeen: 2, bodyHashes: ['aa', 'aa'] })],
  ])('agrees for %s', (ending, t, p) => {
    expect(bookProblems(scenario(ending), t, [p])).toEqual([]);
  });

  it.each<[string, string, OurTransaction, BookPayout[], RegExp]>([
    [
      'paid twice, across keys',
      '0000',
      ours(),
      [booked(), booked({ id: 'pout_2', idempotencyKey: 'key2' })],
      /has 2 payouts for it/,
    ],
    ['never paid', '0000', ours(), [], /has 0 payouts for it/],
    ['failed with us, paid there', '6666', failedOurs(), [booked()], /kept money for 1 payouts/],
    [
      'another fee',
      '0000',
      ours({ floatNetPaise: 10_000n }),
      [booked()],
      /took ₹103.54, our float gave ₹100.00/,
    ],
    ['another amount', '0000', ours(), [booked({ amountPaise: 1n })], /₹0.01 instead of ₹100.00/],
    [
      'a wallet not made whole',
      '4444',
      failedOurs({ state: 'reversed', walletNetPaise: 590n, effectsPosted: 2 }),
      [failedBooked({ status: 'reversed' })],
      /wallet is ₹5.90 short/,
    ],
    ['settled twice', '8888', ours({ effectsPosted: 2 }), [booked()], /2 effects were posted/],
    [
      'other bytes the second time',
      '7777',
      ours(),
      [booked({ requestsSeen: 2, bodyHashes: ['aa', 'bb'] })],
      /other bytes/,
    ],
    [
      'a repeat nobody needed',
      '0000',
      ours(),
      [booked({ requestsSeen: 2, bodyHashes: ['aa', 'aa'] })],
      /saw 2 requests, expected 1/,
    ],
    [
      'another key',
      '0000',
      ours(),
      [booked({ idempotencyKey: 'key9' })],
      /key that its attempt does not have/,
    ],
    ['another state', '2222', ours({ state: 'dispatched' }), [booked()], /its row says dispatched/],
    ['another status', '0000', ours(), [booked({ status: 'processing' })], /the provider says processing/],
  ])('disagrees when it was %s', (_what, ending, t, payouts, said) => {
    expect(bookProblems(scenario(ending), t, payouts).join('; ')).toMatch(said);
  });

  it("is found by reference, or by key; the rest is others'", () => {
    const second = booked({ id: 'pout_2', reference: 'somebody', idempotencyKey: 'key1' });
    const strange = booked({ id: 'pout_3', reference: null, idempotencyKey: 'key9' });
    const { of, others } = payoutsByTransaction(
      [ours(), ours({ id: 't2', attempts: [] })],
      [booked(), second, strange],
    );
    expect(of).toEqual(
      new Map([
        ['t1', [booked(), second]],
        ['t2', []],
      ]),
    );
    expect(others).toEqual([strange]);
  });

  it('is compared with the scenario table', () => {
    const [planned] = makePlan(1);
    expect(endProblems({ planned: planned!, id: 't1', status: 'SUCCESS', toFinalMs: 5 })).toEqual([]);
    expect(endProblems({ planned: planned!, id: 't1', status: 'PENDING', toFinalMs: undefined })).toEqual([
      'ended as PENDING, not as SUCCESS',
    ]);
    expect(
      endProblems({
        planned: planned!,
        id: undefined,
        status: 'NOT ACCEPTED',
        toFinalMs: undefined,
        problem: 'a payout was refused',
      }),
    ).toEqual(['a payout was refused']);
  });
});

describe('the statement', () => {
  const line = (n: number, over: Partial<StatementLine>): StatementLine => ({
    id: `txn_${n}`,
    creditPaise: 0n,
    debitPaise: 0n,
    balancePaise: 0n,
    sourceKind: 'payout',
    sourceId: '',
    at: new Date(0),
    ...over,
  });
  const good = [
    line(1, { debitPaise: 10_354n, balancePaise: 89_646n, sourceId: 'pout_1' }),
    line(2, { creditPaise: 10_354n, balancePaise: 100_000n, sourceKind: 'reversal', sourceId: 'rvrsl_1' }),
  ];

  it('has one line for each payout, and its balances chain', () => {
    expect(statementProblems(good, [booked()])).toEqual([]);
    expect(statementProblems(good, [booked(), booked({ id: 'pout_2' })]).join()).toMatch(
      /pout_2 has 0 lines/,
    );
    expect(statementProblems(good, [booked({ debitPaise: 1n })]).join()).toMatch(/another amount/);
    expect(
      statementProblems(
        [good[0]!, line(2, { debitPaise: 10_354n, balancePaise: 79_292n, sourceId: 'pout_1' })],
        [booked()],
      ).join(),
    ).toMatch(/pout_1 has 2 lines/);
    expect(statementProblems([good[0]!, { ...good[1]!, balancePaise: 1n }], [booked()]).join()).toMatch(
      /jumps at txn_2/,
    );
  });
});

it('quantiles: the value below which so many lie', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile([7], 0.99), quantile([], 0.5)]).toEqual([
    50,
    99,
    7,
    undefined,
  ]);
});
