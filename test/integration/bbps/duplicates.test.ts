/** P4 A bill is not paid twice: not while the first payment has no end, and not soon after it succeeded. */
import { randomUUID } from 'node:crypto';
import type { BillPaymentRequest } from '../../../domain/bbps/payment';
import type { AppUser } from '../../../domain/users/users';
import { execute } from '../../../platform/database';
import { useBillsWorld } from '../../support/bills-world';
import { asked, callerFor, codeOf, fetchBill, payBill, REQUEST } from '../../support/bbps-flows';
import { runJob } from '../../support/driver';
import {
  bill,
  biller,
  CUSTOMER,
  fetchedBill,
  ok,
  paid,
  WATER,
  type ScriptedBills,
} from '../../support/scripted-bbps';
import { FUNDS_PAISE } from '../../support/use-world';
import { transactionRow, type DomainProcess, type World } from '../../support/world';

const WINDOW_MS = 86_400_000;
const SUSPECTED = 'BBPS_DUPLICATE_SUSPECTED';
const used = useBillsWorld();
let world: World;
let setu: ScriptedBills;
let eko: ScriptedBills;
let user: AppUser;
beforeEach(() => {
  ({ world, setu, eko, user } = used);
});

type Over = Partial<BillPaymentRequest>;
/** Fetches the bill and pays it, without a word that a repeat is meant. */
async function payFetched(billerId = biller().id, over: Over = {}, by: DomainProcess = world.first) {
  const fetchId = await fetchBill(by, user, billerId);
  return payBill(by, user, { what: { fetchId }, force: false, ...over });
}
const payDirect = (over: Over = {}, parameters = CUSTOMER.parameters) =>
  payBill(world.first, user, {
    what: { billerId: WATER.id, request: { ...REQUEST, customer: { ...CUSTOMER, parameters } } },
    amountPaise: 100_000n,
    force: false,
    ...over,
  });
async function end(id: string): Promise<string> {
  for (const job of ['hold', 'send', 'settle'] as const) await runJob(world.first, job, [id]);
  return (await transactionRow(world.knex, id)).state;
}

describe.each([
  ['Setu', biller().id],
  ['Eko', '90'],
])('two fetches of one bill at %s, one payment on each', (_provider, billerId) => {
  test('while the first is unfinished, however long that takes', async () => {
    for (const provider of [setu, eko]) {
      provider.onSend = () => ({ kind: 'unknown', sent: true, rawStatus: '<timeout>' });
      provider.onInquire = () => ({ kind: 'pending', sent: true, rawStatus: 'Processing' });
    }
    const { id } = await payFetched(billerId);
    expect(await codeOf(payFetched(billerId))).toBe(SUSPECTED);
    expect(await end(id)).toBe('dispatched');
    expect(await codeOf(payFetched(billerId))).toBe(SUSPECTED);
    world.clock.advance(3 * WINDOW_MS);
    expect(await codeOf(payFetched(billerId))).toBe(SUSPECTED);
    expect([...setu.sends, ...eko.sends]).toHaveLength(1);
    for (const provider of [setu, eko]) provider.onInquire = () => paid();
    await asked(world.first, id);
  });

  test('after the first succeeded, for the time of the policy row', async () => {
    for (const provider of [setu, eko]) provider.onSend = () => paid();
    expect(await end((await payFetched(billerId)).id)).toBe('succeeded');
    world.clock.advance(WINDOW_MS - 1);
    expect(await codeOf(payFetched(billerId))).toBe(SUSPECTED);
    world.clock.advance(1);
    expect(await codeOf(payFetched(billerId))).toBe('done');
  });

  test('a first that failed gave the money back, and stands in nobody’s way', async () => {
    for (const provider of [setu, eko])
      provider.onSend = () => ({ kind: 'failed', sent: true, rawStatus: 'Failure', rawReason: 'BRR005' });
    expect(await end((await payFetched(billerId)).id)).toBe('failed');
    expect(await codeOf(payFetched(billerId))).toBe('done');
  });

  test('at the same instant, in two processes, under different keys: one of them', async () => {
    const other = await world.process();
    const by = [world.first, other, world.first, other];
    const fetches = await Promise.all(by.map((p) => fetchBill(p, user, billerId)));
    const codes = await Promise.all(
      fetches.map((fetchId, i) => codeOf(payBill(by[i]!, user, { what: { fetchId }, force: false }))),
    );
    expect(codes.toSorted()).toEqual([SUSPECTED, SUSPECTED, SUSPECTED, 'done']);
  });

  test('a repeat that is meant is paid; a repeat under the same key is the first answer', async () => {
    const fetchId = await fetchBill(world.first, user, billerId);
    const order = { what: { fetchId }, reference: 'once', force: false };
    const first = await payBill(world.first, user, order, 'the-same-key');
    expect(await payBill(world.first, user, order, 'the-same-key')).toMatchObject({
      id: first.id,
      replayed: true,
    });
    expect(await codeOf(payFetched(billerId, { force: true }))).toBe('done');
  });
});

describe('what is the same bill', () => {
  const SEVERAL = [bill({ billNumber: 'B-1' }), bill({ billNumber: 'B-2' }), bill({ billNumber: null })];

  test('its number; its amount where one of the two has no number', async () => {
    setu.onStartFetch = ({ ourReference }) =>
      ok(fetchedBill(`F${ourReference}`, { bills: SEVERAL.slice(0, 2) }));
    expect(await codeOf(payFetched(undefined, { billNumber: 'B-1' }))).toBe('done');
    expect(await codeOf(payFetched(undefined, { billNumber: 'B-1' }))).toBe(SUSPECTED);
    expect(await codeOf(payFetched(undefined, { billNumber: 'B-2' }))).toBe('done');
    setu.onStartFetch = ({ ourReference }) =>
      ok(fetchedBill(`F${ourReference}`, { bills: SEVERAL.slice(2) }));
    expect(await codeOf(payFetched())).toBe(SUSPECTED);
  });

  test('a part of a bill that was paid is the same bill, whatever its amount', async () => {
    setu.onStartFetch = ({ ourReference }) =>
      ok(fetchedBill(`F${ourReference}`, { exactness: 'exact_and_below' }));
    expect(await codeOf(payFetched(undefined, { amountPaise: 200_000n }))).toBe('done');
    expect(await codeOf(payFetched(undefined, { amountPaise: 87_000n }))).toBe(SUSPECTED);
  });

  test('without a fetch: biller, parameters in any letters, and amount', async () => {
    const named = (value: string) => [{ name: 'Consumer Number', value }];
    expect(await codeOf(payDirect())).toBe('done');
    expect(await codeOf(payDirect())).toBe(SUSPECTED);
    expect(await codeOf(payDirect({ amountPaise: 100_001n }))).toBe('done');
    expect(await codeOf(payDirect({}, named('123456780')))).toBe('done');
    const together = await Promise.all(
      Array.from({ length: 4 }, () => codeOf(payDirect({ amountPaise: 55_500n }))),
    );
    expect(together.toSorted()).toEqual([SUSPECTED, SUSPECTED, SUSPECTED, 'done']);
  });

  test('somebody else’s payment is their own', async () => {
    await payFetched();
    const other = await world.user(FUNDS_PAISE);
    const { id: fetchId, begun } = await world.first.bbps.fetches.start(
      callerFor(other),
      biller().id,
      REQUEST,
    );
    await begun;
    expect(await codeOf(payBill(world.first, other, { what: { fetchId }, force: false }))).toBe('done');
  });
});

test('the database refuses a payment that cannot be known again', async () => {
  const { id } = await payFetched();
  const copy = (column: string) =>
    execute(
      world.knex,
      `insert into bbps_payments (transaction_id, biller_id, biller_name, category, payment_mode,
          instruction_sealed, subject_fingerprint, bill_fingerprint)
        select ?, biller_id, biller_name, category, payment_mode, instruction_sealed, ${column} from bbps_payments
        where transaction_id = ?`,
      [randomUUID(), id],
    );
  await expect(copy('null, bill_fingerprint')).rejects.toMatchObject({
    constraint: 'bbps_payments_have_a_subject',
  });
  await expect(copy("'\\x00'::bytea, null")).rejects.toMatchObject({
    constraint: 'bbps_payments_fingerprints_are_hmacs',
  });
});
