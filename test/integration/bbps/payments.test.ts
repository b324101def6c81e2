/**
 * Bill payment on a real database with a clock that the test moves: postings to the paisa, the life of a
 * fetch, every refusal, repeats of the same bytes.
 */
import { transactionId } from '../../../domain/ids/ids';
import { randomUUID } from 'node:crypto';
import type { AppUser } from '../../../domain/users/users';
import { execute, rows } from '../../../platform/database';
import { verifyTables } from '../../../domain/verification/verify';
import { useBillsWorld } from '../../support/bills-world';
import { asked, callerFor, codeOf, fetchBill, paidBill, payBill, REQUEST } from '../../support/bbps-flows';
import { runJob } from '../../support/driver';
import {
  bill,
  biller,
  CUSTOMER,
  fetchedBill,
  no,
  noAnswer,
  ok,
  paid,
  processing,
  WATER,
  type ScriptedBills,
} from '../../support/scripted-bbps';
import { unsignedHeaders } from '../../support/scripted-connector';
import {
  attemptsOf,
  balanceOf,
  balances,
  casesOf,
  movesOf,
  transactionRow,
  type World,
} from '../../support/world';
import { FUNDS_PAISE } from '../../support/use-world';
import { GRACE_MS } from '../../../domain/bbps/fetches';

const used = useBillsWorld();
let world: World;
let setu: ScriptedBills;
let eko: ScriptedBills;
let user: AppUser;
beforeEach(() => {
  ({ world, setu, eko, user } = used);
});
const bbps = (): World['first']['bbps'] => world.first.bbps;
const direct = (over: Record<string, unknown> = {}) => ({
  billerId: WATER.id,
  request: { ...REQUEST, ...over },
});
const state = async (id: string): Promise<string> => (await transactionRow(world.knex, id)).state;

describe('the reference of a payment at the provider', () => {
  test('Eko: the first attempt goes under that of the fetch, the next under its own', async () => {
    eko.onStartFetch = ({ ourReference }) => ok(fetchedBill(ourReference));
    eko.onSend = () => ({ kind: 'unknown', sent: false, rawStatus: '<connect>' });
    const id = await paidBill(world.first, user, '90');
    const ofFetch = eko.fetches[0]!.ourReference;
    expect(eko.sends.map((s) => s.instruction.ourReference)).toEqual([ofFetch]);
    expect(await state(id)).toBe('held');
    eko.onSend = () => paid();
    for (const job of ['send', 'settle'] as const) await runJob(world.first, job, [id]);
    const references = eko.sends.map((s) => s.instruction.ourReference);
    expect(references).toEqual([ofFetch, expect.not.stringMatching(ofFetch)]);
    expect((await attemptsOf(world.knex, id)).map((a) => a.ourReference)).toEqual(references);
    expect(await state(id)).toBe('succeeded');
  });

  test('Setu: always its own', async () => {
    await paidBill(world.first, user);
    expect(setu.sends[0]!.instruction.ourReference).not.toBe(setu.fetches[0]!.ourReference);
  });
});

describe('postings of a bill of 2,870.00 with our fee of 5.00 and GST of 0.90', () => {
  const PAID = {
    'clearing:bbps': 0n,
    'float:setu': 287_000n,
    'income:fee:bbps': 500n,
    'tax:gst-payable': 90n,
  };
  const nonZero = (all: Record<string, bigint>): Record<string, bigint> =>
    Object.fromEntries(Object.entries(all).filter(([, v]) => v !== 0n));
  const moved = async (): Promise<Record<string, bigint>> => {
    const {
      'bank:escrow': _bank,
      [`wallet:${user.userId}:main`]: wallet,
      ...others
    } = await balances(world.knex);
    return { ...others, wallet: (wallet ?? 0n) - FUNDS_PAISE };
  };

  test('hold, success, and a credit adjustment after it', async () => {
    const { id } = await payBill(world.first, user, {
      what: { fetchId: await fetchBill(world.first, user) },
    });
    await runJob(world.first, 'hold', [id]);
    expect(await moved()).toEqual({ 'clearing:bbps': 287_590n, wallet: -287_590n });
    setu.onSend = () => paid();
    await runJob(world.first, 'send', [id]);
    await runJob(world.first, 'settle', [id]);
    expect(await moved()).toEqual({ ...nonZero(PAID), wallet: -287_590n });
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'succeeded',
      utr: 'AX0112299990000001',
      providerReference: 'PAYREF0001',
    });
    setu.onInquire = () => paid({ kind: 'reversed', rawStatus: 'Credit_Adjustment' });
    world.clock.advance(86_400_000);
    await asked(world.first, id);
    expect(await moved()).toEqual({ wallet: 0n });
    expect((await movesOf(world.knex, id)).at(-1)).toBe('succeeded>reversed');
  });

  test('a failure, and a credit adjustment before any success, give all of it back', async () => {
    setu.onSend = () => ({
      kind: 'failed',
      sent: true,
      rawStatus: 'Failure',
      rawReason: 'BRR005',
      providerReference: 'PAYREF0001',
    });
    const refused = await paidBill(world.first, user);
    expect([await state(refused), await moved()]).toEqual(['failed', { wallet: 0n }]);
    setu.onSend = () => ({
      kind: 'pending',
      sent: true,
      rawStatus: '<accepted>',
      providerReference: 'PAYREF0002',
    });
    const adjusted = await paidBill(world.first, user);
    expect(await state(adjusted)).toBe('dispatched');
    setu.onInquire = () =>
      paid({ kind: 'reversed', rawStatus: 'Credit_Adjustment', providerReference: 'PAYREF0002' });
    world.clock.advance(4_000);
    await asked(world.first, adjusted);
    expect([await state(adjusted), await moved()]).toEqual(['failed', { wallet: 0n }]);
  });

  test('the convenience fee of the biller goes to the float with the amount, and is no income', async () => {
    setu.onSend = () => paid();
    const { id } = await payBill(world.first, user, { what: direct(), amountPaise: 100_000n });
    for (const job of ['hold', 'send', 'settle'] as const) await runJob(world.first, job, [id]);
    expect(await moved()).toEqual({
      'float:setu': 100_826n,
      'income:fee:bbps': 500n,
      'tax:gst-payable': 90n,
      wallet: -101_416n,
    });
    expect(setu.sends[0]!.instruction).toMatchObject({
      convenienceFeePaise: 826n,
      ownFeePaise: 590n,
      fetchRef: null,
      bill: null,
      acceptedAt: world.clock.now(),
    });
  });

  test('a convenience fee by slabs is that of the amount: charged, sent, posted and on the receipt', async () => {
    setu.onSend = () => paid();
    const slabs = [
      { flatPaise: 590n, percentBps: 0, fromPaise: 1n, toPaise: 200_000n },
      { flatPaise: 1_180n, percentBps: 0, fromPaise: 200_001n, toPaise: 500_000n },
    ];
    setu.billers = [{ ...WATER, convenienceFees: slabs }];
    const { id, body } = await payBill(world.first, user, { what: direct(), amountPaise: 250_000n });
    expect(JSON.parse(body)).toMatchObject({ amount: 250_000, charge: 1_392 });
    for (const job of ['hold', 'send', 'settle'] as const) await runJob(world.first, job, [id]);
    expect(setu.sends[0]!.instruction).toMatchObject({ amountPaise: 250_000n, convenienceFeePaise: 1_392n });
    expect(await moved()).toEqual({
      'float:setu': 251_392n,
      'income:fee:bbps': 500n,
      'tax:gst-payable': 90n,
      wallet: -251_982n,
    });
    expect(await bbps().receipts.get(user.userId, transactionId(id))).toMatchObject({
      amount: 250_000,
      convenience_fee: 1_392,
      total: 251_982,
    });
  });
});

test('what is not found is repeated byte for byte under the same key, whatever has become of biller, price and fetch', async () => {
  setu.onSend = () => ({ kind: 'unknown', sent: true, rawStatus: '<timeout>' });
  setu.onInquire = () => ({ kind: 'not_found', rawStatus: '<not found>', httpStatus: 200 });
  const id = await paidBill(world.first, user);
  setu.billers = [biller({ name: 'Another Name', isAvailable: false })];
  await execute(
    world.knex,
    "insert into prices values ('bbps', 'bill', 1000000000000, '2026-11-01', 900, 0)",
  );
  await Promise.all([world.first.policies.refresh(), bbps().policies.refresh()]);
  for (let i = 0; i < 4; i += 1) {
    world.clock.advance(900_000);
    await runJob(world.first, 'poll', [id]);
  }
  expect(setu.sends.length).toBeGreaterThan(1);
  expect(new Set(setu.sends.map((s) => s.body)).size).toBe(1);
  expect(await attemptsOf(world.knex, id)).toHaveLength(1);
  expect(await casesOf(world.knex, id)).not.toContain('repeat_differs');
  setu.onInquire = () => paid();
  world.clock.advance(60_000);
  await asked(world.first, id);
  expect(await state(id)).toBe('succeeded');
});

describe('the life of a fetch', () => {
  const view = (id: string) => bbps().fetches.get(user.userId, id);

  test('a call that throws is no answer: at the beginning it has failed, later it may still come', async () => {
    const thrown = (): never => {
      throw new Error('read ECONNRESET');
    };
    setu.onStartFetch = thrown;
    expect(await view(await fetchBill(world.first, user))).toMatchObject({
      state: 'failed',
      reason: 'no answer; fetch again',
      bills: [],
    });
    setu.onStartFetch = () => ok(processing('F1'));
    const id = await fetchBill(world.first, user);
    setu.onFetched = thrown;
    world.clock.advance(3_000);
    expect(await view(id)).toMatchObject({ state: 'processing' });
    setu.onFetched = (refId) => ok(fetchedBill(refId));
    world.clock.advance(3_000);
    expect(await view(id)).toMatchObject({ state: 'fetched' });
    expect(setu.asked.fetches).toEqual(['F1', 'F1']);
  });

  test('the provider is asked at most once a second, by whoever, and less and less without a hint', async () => {
    setu.onStartFetch = () => ok(processing('F1'));
    setu.onFetched = () => ok(processing('F1'));
    const id = await fetchBill(world.first, user);
    const other = await world.process();
    const look = (): Promise<unknown> =>
      Promise.all(
        Array.from({ length: 6 }, (_, i) =>
          (i % 2 === 0 ? world.first : other).bbps.fetches.get(user.userId, id),
        ),
      );
    await look();
    expect(setu.asked.fetches).toEqual([]);
    world.clock.advance(1_000);
    await look();
    expect(setu.asked.fetches).toEqual(['F1']);
    world.clock.advance(1_500); // half of the gap
    await look();
    expect(setu.asked.fetches).toHaveLength(1);
    const raw = Buffer.from('{"event":"BILL_FETCH","hint":{"about":"bill_fetch","reference":"F1"}}');
    const { due } = await world.first.callbackReceiver.receive('setu', unsignedHeaders('e1'), raw);
    await runJob(world.first, 'callback', [due!.id]);
    await look();
    expect(setu.asked.fetches).toHaveLength(2);
    const again = await world.first.callbackReceiver.receive(
      'setu',
      unsignedHeaders('e2'),
      Buffer.concat([raw, Buffer.from(' ')]), // other bytes: the same would be the same callback
    );
    await runJob(world.first, 'callback', [again.due!.id]);
    await look(); // within the second
    expect(setu.asked.fetches).toHaveLength(2);
    setu.onFetched = (refId) => ok(fetchedBill(`${refId}.list`));
    world.clock.advance(3_000);
    expect(await view(id)).toMatchObject({
      state: 'fetched',
      exactness: 'exact',
      bills: [{ amount: 287_000 }],
    });
    world.clock.advance(10_000);
    await look();
    expect(setu.asked.fetches).toHaveLength(3);
    await payBill(world.first, user, { what: { fetchId: id } });
    const [kept] = await rows<{ reference: string }>(
      world.knex,
      'select fetch_reference as reference from bbps_payments',
    );
    expect(kept!.reference).toBe('F1.list');
    expect(await rows(world.knex, "select result from callbacks where result <> 'hint'")).toEqual([]);
  });

  test('a hint about nothing of ours changes nothing', async () => {
    const { due } = await world.first.callbackReceiver.receive(
      'setu',
      unsignedHeaders('e1'),
      Buffer.from('{"event":"BILL_DISPUTE","hint":{"about":"bill_complaint","reference":"nobody"}}'),
    );
    await runJob(world.first, 'callback', [due!.id]);
    expect(await rows(world.knex, 'select state, result from callbacks')).toEqual([
      { state: 'processed', result: 'hint_unmatched' },
    ]);
  });

  test('no answer, a refusal, a process that died and one that never ends have all failed', async () => {
    setu.onStartFetch = () => noAnswer;
    expect(await view(await fetchBill(world.first, user))).toMatchObject({
      state: 'failed',
      reason: 'no answer; fetch again',
      bills: [],
    });
    setu.onStartFetch = () => no('BFR004');
    expect(await view(await fetchBill(world.first, user))).toMatchObject({
      state: 'failed',
      reason: 'BFR004',
    });
    setu.onStartFetch = () => new Promise(() => undefined);
    const { id: dead } = await bbps().fetches.start(callerFor(user), biller().id, REQUEST);
    expect(await view(dead)).toMatchObject({ state: 'processing' });
    world.clock.advance(60_000 + GRACE_MS);
    expect(await view(dead)).toMatchObject({ state: 'failed', reason: 'no answer in time; fetch again' });
    setu.onStartFetch = () => ok(processing('F2'));
    setu.onFetched = () => noAnswer;
    const endless = await fetchBill(world.first, user);
    world.clock.advance(60_000 + GRACE_MS);
    expect(await view(endless)).toMatchObject({ state: 'processing' });
    world.clock.advance(900_000);
    expect(await view(endless)).toMatchObject({ state: 'failed' });
    expect(await codeOf(payBill(world.first, user, { what: { fetchId: endless } }))).toBe(
      'BBPS_FETCH_FAILED',
    );
  });

  test('is paid once, also by two requests at the same moment, and only while it is valid', async () => {
    const fetchId = await fetchBill(world.first, user);
    const codes = await Promise.all(
      Array.from({ length: 4 }, () => codeOf(payBill(world.first, user, { what: { fetchId } }))),
    );
    expect(codes.toSorted()).toEqual(['BBPS_FETCH_USED', 'BBPS_FETCH_USED', 'BBPS_FETCH_USED', 'done']);
    expect(await view(fetchId)).toMatchObject({ used: true });
    const old = await fetchBill(world.first, user);
    world.clock.advance(900_000);
    expect(await codeOf(payBill(world.first, user, { what: { fetchId: old } }))).toBe('BBPS_FETCH_EXPIRED');
  });

  test('a repeat of the request is a replay, also after the fetch is used up and too old; other content under the key is not', async () => {
    const fetchId = await fetchBill(world.first, user);
    const first = await payBill(world.first, user, { what: { fetchId }, reference: 'once' }, 'the-same-key');
    world.clock.advance(2_000_000);
    const again = await payBill(world.first, user, { what: { fetchId }, reference: 'once' }, 'the-same-key');
    expect(again).toMatchObject({ id: first.id, body: first.body, replayed: true, due: [] });
    expect(
      await codeOf(
        payBill(
          world.first,
          user,
          { what: { fetchId: await fetchBill(world.first, user) }, reference: 'once' },
          'the-same-key',
        ),
      ),
    ).toBe('IDEMPOTENCY_KEY_REUSED');
  });
});

describe('refusals before anything is stored', () => {
  afterEach(async () => {
    const stored = await rows(world.knex, 'select id from transactions');
    if (stored.length > 0) throw new Error(`${stored.length} refused payments were stored`);
  });
  const payFetched = async (over: Partial<Parameters<typeof payBill>[2]> = {}): Promise<string> =>
    codeOf(payBill(world.first, user, { what: { fetchId: await fetchBill(world.first, user) }, ...over }));

  test('amounts', async () => {
    expect(await payFetched({ amountPaise: 286_999n })).toBe('BBPS_AMOUNT_NOT_ALLOWED');
    setu.onStartFetch = () =>
      ok(fetchedBill('F1', { exactness: 'any', bills: [bill({ amountPaise: 99n })] }));
    expect(await payFetched({ amountPaise: 99n })).toBe('BBPS_AMOUNT_OUT_OF_RANGE');
    expect(await codeOf(payBill(world.first, user, { what: direct(), amountPaise: 9_999n }))).toBe(
      'BBPS_AMOUNT_NOT_ALLOWED',
    );
  });
  test('bills', async () => {
    setu.onStartFetch = () => ok(fetchedBill('F1', { bills: [bill(), bill({ billNumber: 'B-7002' })] }));
    expect(await payFetched()).toBe('BBPS_BILL_UNKNOWN');
    expect(await payFetched({ billNumber: 'B-7003' })).toBe('BBPS_BILL_UNKNOWN');
    expect(await codeOf(payBill(world.first, user, { what: direct(), billNumber: 'B-7001' }))).toBe(
      'BBPS_BILL_UNKNOWN',
    );
  });
  test('modes and billers', async () => {
    expect(await payFetched({ paymentMode: 'Wallet' })).toBe('BBPS_MODE_NOT_ALLOWED');
    expect(await codeOf(payBill(world.first, user, { what: { ...direct(), billerId: biller().id } }))).toBe(
      'BBPS_FETCH_REQUIRED',
    );
    expect(
      await codeOf(payBill(world.first, user, { what: { ...direct(), billerId: 'NOSUCHBILLER' } })),
    ).toBe('BBPS_BILLER_UNKNOWN');
    expect(await codeOf(fetchBill(world.first, user, 'NOSUCHBILLER'))).toBe('BBPS_BILLER_UNKNOWN');
    expect(await codeOf(fetchBill(world.first, user, WATER.id))).toBe('BBPS_FETCH_NOT_SUPPORTED');
    setu.billers = [biller({ id: 'DOWN00000DEL01', isAvailable: false })];
    expect(await codeOf(fetchBill(world.first, user, 'DOWN00000DEL01'))).toBe('BBPS_BILLER_UNAVAILABLE');
  });
  test('parameters, and fetches of others', async () => {
    const wrong = { customer: { ...CUSTOMER, parameters: [{ name: 'Consumer Number', value: '12' }] } };
    expect(await codeOf(payBill(world.first, user, { what: direct(wrong), amountPaise: 20_000n }))).toBe(
      'BBPS_PARAMETER_INVALID',
    );
    expect(await codeOf(bbps().fetches.start(callerFor(user), biller().id, { ...REQUEST, ...wrong }))).toBe(
      'BBPS_PARAMETER_INVALID',
    );
    const fetchId = await fetchBill(world.first, await world.user(0n));
    expect(await codeOf(payBill(world.first, user, { what: { fetchId } }))).toBe('BBPS_FETCH_UNKNOWN');
    expect(await codeOf(payBill(world.first, user, { what: { fetchId: randomUUID() } }))).toBe(
      'BBPS_FETCH_UNKNOWN',
    );
    expect(await codeOf(bbps().fetches.get(user.userId, fetchId))).toBe('BBPS_FETCH_NOT_FOUND');
    expect(setu.fetches).toHaveLength(1);
  });
});

test('P7 what a request says of persons is in no table; P3 each payment is stored whole', async () => {
  setu.onSend = () => paid();
  setu.onStartFetch = () => ok(fetchedBill('F1', { bills: [bill({ customerName: 'Planted Payer Name' })] }));
  const planted = ['Planted Payer Name', 'Planted Sender', '9812345670', '987654321012', '9823456781'];
  const request = {
    customer: {
      mobile: '9812345670',
      name: 'Planted Sender',
      parameters: [{ name: 'Consumer Number', value: '987654321012' }],
    },
    counter: { ...REQUEST.counter, mobile: '9823456781' },
  };
  const { id: fetchId, begun } = await bbps().fetches.start(callerFor(user), biller().id, request);
  await begun;
  const { id } = await payBill(world.first, user, { what: { fetchId } });
  for (const job of ['hold', 'send', 'settle'] as const) await runJob(world.first, job, [id]);
  expect(await bbps().receipts.get(user.userId, transactionId(id))).toMatchObject({
    customer: { name: 'Planted Payer Name', mobile: '9812345670' },
  });
  // P6 speaks of the real time, and the clock of this world stands still.
  const findings = await world.knex.transaction((trx) => verifyTables(trx, { accepted: [id], planted }));
  expect(findings.filter((f) => f.promise !== 'P6' && (f.result?.violations ?? 0) > 0)).toEqual([]);
  await expect(execute(world.knex, 'delete from bbps_payments')).rejects.toMatchObject({
    constraint: 'bbps_payments_stay',
  });
  await expect(execute(world.knex, "update bbps_payments set payment_mode = 'UPI'")).rejects.toMatchObject({
    constraint: 'bbps_payments_stay',
  });
  expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE - 287_590n);
  let broken: unknown;
  await world.knex.transaction(async (trx) => {
    await execute(trx, 'alter table bbps_payments disable trigger bbps_payments_stay');
    await execute(trx, 'delete from bbps_payments');
    const found = await verifyTables(trx, {});
    broken = found.find((f) => f.name === 'accepted-whole')!.result!.offenders;
    await trx.rollback();
  });
  expect(broken).toEqual([{ id: `transaction ${id}`, detail: 'has no row of its bbps' }]);
});
