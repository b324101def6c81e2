/**
 * Collections on a real database with a clock that the test moves and a provider that it scripts: postings to the
 * paisa, one credit whatever comes, and nobody credited on the word of a browser.
 */
import { randomUUID } from 'node:crypto';
import type { CollectionRequest } from '../../../domain/collection/collection';
import { transactionId, type TransactionId } from '../../../domain/ids/ids';
import { verifyTables } from '../../../domain/verification/verify';
import { execute, rows } from '../../../platform/database';
import { closeWithCleanBooks } from '../../support/books';
import { claimAll, dispatched, runDue } from '../../support/driver';
import { caseIdOf, createStaff, violationsIn } from '../../support/operations';
import { callbackBody, signedHeaders, unsignedHeaders } from '../../support/scripted-connector';
import {
  CHECKOUT_SIGNATURE,
  collected,
  createScriptedCollection,
  orderOf,
  type ScriptedCollection,
} from '../../support/scripted-collection';
import {
  balances,
  casesOf,
  createWorld,
  movesOf,
  outcomesOf,
  transactionRow,
  type World,
} from '../../support/world';
import type { DomainProcess } from '../../support/world';
import type { AppUser } from '../../../domain/users/users';

const PAY_WITHIN_MS = 1_800_000;
const FINISH_WITHIN_MS = 900_000;
const DAY_MS = 86_400_000;

let world: World;
let provider: ScriptedCollection;
let user: AppUser;
let first: DomainProcess;

beforeEach(async () => {
  provider = createScriptedCollection({ now: () => world.clock.now() });
  world = await createWorld({ others: [provider], start: '2027-01-11T06:30:00Z' });
  first = world.first;
  user = await world.user(0n);
});
afterEach(() => closeWithCleanBooks(world.knex, world));

const accept = async (over: Partial<CollectionRequest> = {}, key: string = randomUUID()): Promise<string> =>
  (
    await first.collections.accept(
      { ...user, keyId: 'key', scopes: ['collection:write'], services: ['collection'], role: 'retailer' },
      key,
      {
        kind: 'wallet_load',
        amountPaise: 100_000n,
        currency: 'INR',
        reference: `load-${randomUUID().slice(0, 18)}`,
        returnUrl: null,
        ...over,
      },
    )
  ).id;
/** The provider has made its order of it. */
async function ordered(over: Partial<CollectionRequest> = {}): Promise<{ id: TransactionId; order: string }> {
  const id = transactionId(await accept(over));
  await dispatched(first, id);
  return { id, order: orderOf(provider.sends.at(-1)!.ourReference) };
}
const view = (id: TransactionId) => first.collections.reader.get(user.userId, id);
const confirm = (id: TransactionId, signature = CHECKOUT_SIGNATURE): Promise<void> =>
  first.collections.confirm(user.userId, id, { payment: 'pay_1', signature });
const pays = (order: string, more: Parameters<typeof collected>[1] = {}): void => {
  provider.onInquire = () => collected(order, more);
};
/** What is due now is done, as the loops would have it done. */
const work = async (p = first): Promise<void> => runDue(p, await claimAll(p));
let events = 0;
/** A webhook comes, and is processed; it says of an order that something became of it. */
async function webhook(
  event: string,
  order: string,
  { isSigned = true, eventId = `e${(events += 1)}` } = {},
) {
  const headers = (isSigned ? signedHeaders : unsignedHeaders)(eventId);
  const body = callbackBody({ event, target: { providerReference: order } });
  const { due } = await first.callbackReceiver.receive(provider.name, headers, body);
  if (due !== undefined) await runDue(first, [due]);
}
const postings = async (id: string): Promise<string[]> =>
  (
    await rows<{ line: string }>(
      world.knex,
      `select d.code || ' -> ' || k.code || ' ' || x.amount_paise || ' ' || x.code as line from ledger_transfers x
      join ledger_accounts d on d.id = x.debit_account_id join ledger_accounts k on k.id = x.credit_account_id
      where x.transaction_id = ? order by x.id`,
      [id],
    )
  ).map(({ line }) => line.replaceAll(user.userId, 'u').replaceAll(provider.name, 'pg'));
const CREDIT = 'receivable:pg:collection -> wallet:u:main 100000 collection_credit';
const GATEWAY = [
  'expense:provider-fee:pg -> receivable:pg:collection 2000 provider_fee',
  'tax:gst-input -> receivable:pg:collection 360 provider_gst',
];

describe('the postings of a load of 1,000.00 (domain.md 1.6)', () => {
  test('the platform bears what the gateway takes: the wallet gets all of it', async () => {
    const { id, order } = await ordered();
    expect(await postings(id)).toEqual([]);
    pays(order);
    await confirm(id);
    await work();
    expect(await postings(id)).toEqual([CREDIT, ...GATEWAY]);
    expect(await movesOf(world.knex, id)).toEqual([
      'accepted>held',
      'held>dispatched',
      'dispatched>succeeded',
    ]);
    expect(await balances(world.knex)).toMatchObject({
      'receivable:collectpay:collection': -97_640n,
      [`wallet:${user.userId}:main`]: 100_000n,
    });
    expect(await view(id)).toMatchObject({ status: 'SUCCESS', credited: 100_000, utr: '633312345678' });
  });

  test('the user bears 2 % and the tax on it: the wallet gets 976.40', async () => {
    await execute(world.knex, "insert into collection_charges values ('wallet_load', '2027-01-11', 200)");
    await first.collections.rules.refresh();
    const { id, order } = await ordered();
    expect(await view(id)).toMatchObject({ amount: 100_000, fee: 2_000, tax: 360, credited: 97_640 });
    pays(order);
    await confirm(id);
    await work();
    expect(await postings(id)).toEqual([
      'receivable:pg:collection -> wallet:u:main 97640 collection_credit',
      'receivable:pg:collection -> income:fee:collection 2000 fee',
      'receivable:pg:collection -> tax:gst-payable 360 gst',
      ...GATEWAY,
    ]);
  });
});

describe('P4 one credit, whatever comes in which order and number', () => {
  test('webhooks, signed and not, and the return of the browser, twenty times each', async () => {
    const { id, order } = await ordered();
    pays(order);
    for (const event of ['payment.authorized', 'order.paid', 'payment.captured', 'payment.failed'])
      for (let i = 0; i < 20; i++) {
        await webhook(event, order, {
          isSigned: i % 2 === 0,
          ...(i % 5 === 0 ? { eventId: `${event} again` } : {}),
        });
        if (i % 4 === 0) await confirm(id);
        if (i % 7 === 0) await work();
      }
    await work();
    expect(await postings(id)).toEqual([CREDIT, ...GATEWAY]);
    expect((await outcomesOf(world.knex, id)).filter(({ effect }) => effect !== null)).toMatchObject([
      { kind: 'succeeded', source: 'poll', effect: 'success' },
    ]);
    expect(await violationsIn(world.knex)).toEqual([]);
  });

  test('two processes that ask and settle at once', async () => {
    const second = await world.process();
    const orders = [await ordered(), await ordered(), await ordered()];
    provider.onInquire = ({ ourReference }) => collected(orderOf(ourReference));
    const ids = orders.map(({ id }) => id);
    const done = await Promise.all([first, second, first, second].map((p) => p.poller.poll(ids)));
    await Promise.all([first, second].map((p) => p.settler.settle(ids)));
    expect(done.flatMap(({ errors }) => errors)).toEqual([]);
    for (const id of ids) expect(await postings(id)).toEqual([CREDIT, ...GATEWAY]);
  });

  test('the same key is the same collection', async () => {
    const key = randomUUID();
    const request = { reference: 'load-1', returnUrl: 'https://shop.example/wallet' };
    const id = await accept(request, key);
    expect(await accept(request, key)).toBe(id);
    await expect(accept({ ...request, returnUrl: null }, key)).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
    expect((await rows(world.knex, 'select from collection_orders')).length).toBe(1);
  });
});

describe('what the gateway gives back on its dashboard', () => {
  const givenBack = { kind: 'reversed' as const, rawStatus: 'refunded' };

  test('after the credit: found when the success is asked about again; the wallet pays, the fee stays spent', async () => {
    const { id, order } = await ordered();
    pays(order);
    await confirm(id);
    await work();
    pays(order, givenBack);
    world.clock.advance(DAY_MS - 1);
    await work();
    expect(await view(id)).toMatchObject({ status: 'SUCCESS' });
    world.clock.advance(1);
    await work();
    expect(await view(id)).toMatchObject({ status: 'REVERSED' });
    expect(await postings(id)).toEqual([
      CREDIT,
      ...GATEWAY,
      'wallet:u:main -> receivable:pg:collection 100000 collection_credit_reversed',
    ]);
    expect(await balances(world.knex)).toMatchObject({ 'receivable:collectpay:collection': 2_360n });
    expect(await violationsIn(world.knex)).toEqual([]);
  });

  test('before anybody was credited: it has failed, and nothing moves', async () => {
    const { id, order } = await ordered();
    pays(order, givenBack);
    await confirm(id);
    await work();
    expect(await view(id)).toMatchObject({ status: 'FAILED' });
    expect(await postings(id)).toEqual([]);
  });
});

describe('nobody is credited on the word of a browser or of a webhook', () => {
  test('what a checkout signed makes us ask, what it did not sign nothing; the provider decides', async () => {
    const { id, order } = await ordered();
    const { nextPollAt } = await transactionRow(world.knex, id);
    await expect(confirm(id, 'made up')).rejects.toMatchObject({ code: 'COLLECTION_CONFIRMATION_REFUSED' });
    expect((await transactionRow(world.knex, id)).nextPollAt).toEqual(nextPollAt);
    expect(provider.told).toEqual([{ order, payment: 'pay_1', signature: 'made up' }]);
    await confirm(id);
    await webhook('payment.captured', order);
    await work();
    expect(provider.inquiries.length).toBeGreaterThan(0);
    expect(await postings(id)).toEqual([]);
    expect(await view(id)).toMatchObject({
      status: 'PENDING',
      status_reason: 'WAITING_FOR_PAYER',
      checkout: { provider: 'collectpay', order, key: 'pk_test', url: `https://pay.example/${order}` },
    });
  });

  test('of another user’s collection nothing is shown, and nothing is confirmed', async () => {
    const { id } = await ordered();
    const other = await world.user(0n);
    const payout = await world.accept(await world.user(1_000_000n));
    const { collections } = first;
    const told = { payment: 'pay_1', signature: CHECKOUT_SIGNATURE };
    for (const refused of [
      () => collections.reader.get(other.userId, id),
      () => collections.reader.get(user.userId, transactionId(payout)),
      () => collections.confirm(other.userId, id, told),
    ])
      await expect(refused()).rejects.toMatchObject({ code: 'COLLECTION_NOT_FOUND' });
  });

  test('another amount than was asked for is no payment of it: a case for a person, and nothing moves', async () => {
    const { id, order } = await ordered();
    pays(order, { amountPaise: 99_000n });
    await confirm(id);
    await work();
    expect(await postings(id)).toEqual([]);
    expect(await casesOf(world.knex, id)).toEqual(['amount_mismatch']);
    expect(await rows(world.knex, 'select summary from ops_cases where transaction_id = ?', [id])).toEqual([
      { summary: 'the provider speaks of 99000 paise, and ours are 100000' },
    ]);
    expect(await view(id)).toMatchObject({ status: 'PENDING', status_reason: 'ANSWER_OUTSTANDING' });
    pays(order);
    await confirm(id);
    await work();
    expect(await postings(id)).toEqual([CREDIT, ...GATEWAY]);
  });
});

describe('an order ends by the clock, and money that comes after is for a person', () => {
  const over = async (): Promise<{ id: TransactionId; order: string }> => {
    const one = await ordered();
    world.clock.advance(PAY_WITHIN_MS + FINISH_WITHIN_MS);
    await work();
    return one;
  };

  test('a try that failed is no end; what was begun in time may be finished; then it is FAILED', async () => {
    const { id, order } = await ordered();
    world.clock.advance(PAY_WITHIN_MS - 1);
    await webhook('payment.failed', order);
    await work();
    expect((await view(id)).checkout).not.toBeNull();
    world.clock.advance(1);
    expect(await view(id)).toMatchObject({ status: 'PENDING', checkout: null });
    world.clock.advance(FINISH_WITHIN_MS - 1);
    await confirm(id);
    await work();
    expect(await view(id)).toMatchObject({ status: 'PENDING' });
    world.clock.advance(1);
    await confirm(id);
    await work();
    expect(await view(id)).toMatchObject({
      status: 'FAILED',
      status_reason: 'COLLECTION_EXPIRED',
      checkout: null,
    });
    expect(provider.inquiries.at(-1)!.payableUntil).toEqual(
      new Date(provider.sends[0]!.expiresAt.getTime() + FINISH_WITHIN_MS),
    );
    expect(await postings(id)).toEqual([]);
  });

  test('one that came in time is credited, however late we hear of it', async () => {
    const { id, order } = await ordered();
    pays(order);
    world.clock.advance(PAY_WITHIN_MS + FINISH_WITHIN_MS + DAY_MS);
    await work();
    expect(await postings(id)).toEqual([CREDIT, ...GATEWAY]);
  });

  test.each(['a webhook', 'the return of the browser', 'nobody: it is asked about after a day'])(
    'a payment after the end, told by %s, goes to suspense and to two persons',
    async (how) => {
      const { id, order } = await over();
      expect((await transactionRow(world.knex, id)).nextPollAt).toEqual(
        new Date(world.clock.now().getTime() + DAY_MS),
      );
      world.clock.advance(1_000);
      pays(order);
      if (how === 'a webhook') await webhook('payment.captured', order);
      else if (how === 'the return of the browser') await confirm(id);
      else world.clock.advance(DAY_MS);
      await work();
      const [, ...gateway] = [CREDIT, ...GATEWAY];
      const late = ['receivable:pg:collection -> suspense:pg 100000 late_credit', ...gateway];
      expect(await postings(id)).toEqual(late);
      expect(await casesOf(world.knex, id)).toEqual(['late_success']);
      expect(await view(id)).toMatchObject({ status: 'FAILED', status_reason: 'UNDER_REVIEW' });
      const staff = await createStaff(world);
      try {
        const proposal = await staff.operations.cases.proposal({
          caseId: await caseIdOf(world.knex, id, 'late_success'),
          choice: 'succeeded',
          reason: 'the payer wants it in the wallet',
          evidence: 'mail of the payer',
        });
        const { id: proposed } = await staff.operations.approvals.propose(proposal, staff.asha);
        await staff.operations.approvals.approve(proposed, staff.ravi);
      } finally {
        staff.close();
      }
      expect(await postings(id)).toEqual([...late, 'suspense:pg -> wallet:u:main 100000 collection_credit']);
      expect(await violationsIn(world.knex)).toEqual([]);
    },
  );

  test('one that nobody pays is asked about again after a day and after three, and then no more', async () => {
    const { id } = await over();
    for (const days of [1, 2]) {
      expect((await transactionRow(world.knex, id)).nextPollAt).not.toBeNull();
      world.clock.advance(days * DAY_MS);
      await work();
    }
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'failed', nextPollAt: null });
  });
});

describe('what the database and verification refuse', () => {
  test('another fee than the row says, and any change', async () => {
    await accept();
    const refusalOf = (sql: string): Promise<string> =>
      execute(world.knex, sql).then(
        () => 'done',
        (error: { constraint?: string; message: string }) => error.constraint ?? error.message,
      );
    expect(await refusalOf('update collection_orders set fee_bps = 200')).toContain('collection_orders');
    const trx = await world.knex.transaction();
    const [row] = await rows<Record<string, unknown>>(trx, 'select * from collection_orders');
    await trx.raw('set local session_replication_role = replica; delete from collection_orders;');
    await trx.raw('set local session_replication_role = origin');
    await expect(trx('collection_orders').insert({ ...row, fee_bps: 200 })).rejects.toMatchObject({
      constraint: 'collection_orders_match_transaction',
    });
    await trx.rollback();
  });

  test('a payment that was believed without a question, and an order that paid two collections, are seen red', async () => {
    const orders = [await ordered(), await ordered()];
    provider.onInquire = ({ ourReference }) => collected(orderOf(ourReference));
    for (const { id } of orders) await confirm(id);
    await work();
    const trx = await world.knex.transaction();
    try {
      await trx.raw(`set local session_replication_role = replica;
        update transaction_outcomes set source = 'callback' where effect = 'success';
        update transactions set provider_reference = 'order_1' where service = 'collection'`);
      const findings = await verifyTables(trx, {});
      const offendersOf = (name: string): string[] =>
        findings.find((one) => one.name === name)!.result!.offenders.map(({ id }) => id);
      expect(offendersOf('collected-when-asked')).toEqual(
        orders.map(({ id }) => `transaction ${id}`).toSorted(),
      );
      expect(offendersOf('one-collection-for-an-order')).toEqual(['order order_1']);
    } finally {
      await trx.rollback();
    }
  });
});
