/**
 * Batches: at a cut-off, what a wallet had then goes to the bank once, by a payout of ours; on the days on which the
 * rail runs, from the least amount on, and what fails or comes back is in the wallet again.
 */
import type { NightContext } from '../../../domain/night/step';
import { gatherSupplies } from '../../../domain/gst/supplies';
import { createSettlementStep } from '../../../domain/settlements/night-step';
import { execute, rows } from '../../../platform/database';
import { closeWithCleanBooks } from '../../support/books';
import { runDue, runJob } from '../../support/driver';
import { doNights, nightOf } from '../../support/nights';
import { createCloseStep } from '../../../domain/night/close';
import { violationsIn } from '../../support/operations';
import { failed, reversed, succeeded } from '../../support/scripted-connector';
import { earner, withBankAccount, type Earner } from '../../support/settlements';
import { lookAtBroken } from '../../support/verified-world';
import { verifyTables } from '../../../domain/verification/verify';
import { balanceOf, balances, createWorld, fund, type DomainProcess, type World } from '../../support/world';

const MONDAY = '2026-11-02';
const AT_NOON = '2026-11-02T06:30:00Z';
const HOUR_MS = 3_600_000;
let world: World;

beforeEach(async () => {
  world = await createWorld({ start: '2026-11-02T05:30:00Z' });
});
afterEach(() => closeWithCleanBooks(world.knex, world));

async function agent(paise: bigint): Promise<Earner> {
  const found = await earner(world, 'aeps', paise);
  await withBankAccount(world, found);
  return found;
}
const settle = (p: DomainProcess = world.first, day = MONDAY) => p.settlementBatches.run(day);
const listed = async ({ userId }: Earner) =>
  (await world.first.settlements.list(userId, { limit: 10 })).data.map(
    ({ status, amount, fee, tax, utr }) => ({
      ...{ status, amount, fee, tax, utr },
    }),
  );

/** Drives every payout that a settlement has made. */
async function drive(): Promise<void> {
  const accepted = await rows<{ id: string }>(
    world.knex,
    "select id from transactions where state = 'accepted' order by id",
  );
  await runDue(
    world.first,
    accepted.map(({ id }) => ({ job: 'hold' as const, id, driveNo: 0 })),
  );
}

test('what a wallet had at the cut-off goes to the bank, with the fee of its slab; what came later waits', async () => {
  const one = await agent(1_000_590n);
  expect(await settle()).toMatchObject({ batches: 0 }); // 11 o'clock
  world.clock.set(AT_NOON);
  world.clock.advance(60_000);
  expect(await settle()).toMatchObject({ batches: 1, items: 1, paise: 1_000_000n, withoutAccount: 0 });
  expect(await listed(one)).toEqual([{ status: 'PENDING', amount: 1_000_000, fee: 500, tax: 90, utr: null }]);
  expect(await settle()).toMatchObject({ batches: 1, items: 1 });
  world.connector.onSend = () => succeeded({ utr: 'HDFCN52026110200001' });
  await drive();
  expect(await balanceOf(world.knex, one.earned)).toBe(0n);
  expect(await listed(one)).toMatchObject([{ status: 'PAID', utr: 'HDFCN52026110200001' }]);
  const books = await balances(world.knex);
  expect([books['income:fee:settlement'], books['income:fee:payout'], books['tax:gst-payable']]).toEqual([
    500n,
    undefined,
    90n,
  ]);
  await gatherSupplies(world.first);
  expect(await rows(world.knex, 'select service, taxable_paise as fee from gst_supplies')).toEqual([
    { service: 'settlement', fee: 500n },
  ]);
  await fund(world.first, one.earned, 50_000n); // after noon
  expect(await settle()).toMatchObject({ batches: 1, items: 1 });
  world.clock.set('2026-11-02T11:30:00Z');
  expect(await settle()).toMatchObject({ batches: 3, items: 2, paise: 1_000_000n + 49_410n });
  // whether a transaction is late is judged by the clock of the database, which no test moves
  const found = (await violationsIn(world.knex)).filter((one) => !one.startsWith('overdue'));
  expect(found).toEqual([]);
});

test('two starters and a night after them make one item, one payout and one debit', async () => {
  const all = [await agent(100_000n), await agent(20_000_000n), await agent(3_000_000n)];
  const other = await world.process();
  world.clock.set(AT_NOON);
  await Promise.allSettled([settle(), settle(other), settle()]);
  await settle();
  world.connector.onSend = () => succeeded();
  await drive();
  world.clock.advance(24 * HOUR_MS);
  const steps = [createCloseStep(world.first), createSettlementStep(world.first)];
  await doNights(world, nightOf(world.first, steps));
  await drive();
  const items = await rows<{ total: bigint; batches: bigint }>(
    world.knex,
    `select sum(total_paise)::int8 as total, count(distinct batch_id) as batches from settlement_items
     group by user_id order by 1`,
  );
  // the night finds the cut-off of the evening too, and the rest of it is nothing
  expect(items).toEqual([
    { total: 100_000n, batches: 1n },
    { total: 3_000_000n, batches: 1n },
    { total: 20_000_000n, batches: 1n },
  ]);
  expect(await Promise.all(all.map(({ earned }) => balanceOf(world.knex, earned)))).toEqual([0n, 0n, 0n]);
  const [payouts] = await rows<{ n: bigint }>(world.knex, 'select count(*) as n from transactions');
  expect(payouts!.n).toBe(3n);
});

test('a failure and a return put all of it back; it goes again at the next cut-off', async () => {
  const one = await agent(100_000n);
  world.clock.set(AT_NOON);
  await settle();
  world.connector.onSend = () => failed();
  await drive();
  expect(await listed(one)).toMatchObject([{ status: 'FAILED' }]);
  expect(await balanceOf(world.knex, one.earned)).toBe(100_000n);
  world.clock.set('2026-11-02T11:30:00Z');
  await settle();
  world.connector.onSend = () => succeeded();
  await drive();
  const [, second] = await rows<{ id: string }>(
    world.knex,
    'select id from transactions order by created_at',
  );
  world.clock.advance(HOUR_MS);
  world.connector.onInquire = () => reversed();
  await runDue(world.first, (await runJob(world.first, 'poll', [second!.id])).due);
  expect((await listed(one)).map(({ status }) => status)).toEqual(['RETURNED', 'FAILED']);
  expect(await balanceOf(world.knex, one.earned)).toBe(100_000n);
});

test('the fee of one that comes back is given back from where it was posted, also before settlements had their own', async () => {
  const one = await agent(100_000n);
  world.clock.set(AT_NOON);
  await settle();
  const renamed = (from: string, to: string): Promise<void> =>
    world.knex.transaction(async (trx) => {
      await execute(trx, 'set local session_replication_role = replica');
      await execute(trx, 'update transactions set reference = replace(reference, :from, :to)', { from, to });
    });
  await renamed('sti_', 'old_');
  world.connector.onSend = () => succeeded();
  await drive();
  expect((await balances(world.knex))['income:fee:payout']).toBe(500n);
  await renamed('old_', 'sti_');
  const [payout] = await rows<{ id: string }>(world.knex, 'select id from transactions');
  world.clock.advance(HOUR_MS);
  world.connector.onInquire = () => reversed();
  await runDue(world.first, (await runJob(world.first, 'poll', [payout!.id])).due);
  expect(await balanceOf(world.knex, one.earned)).toBe(100_000n);
  const books = await balances(world.knex);
  expect([books['income:fee:settlement'] ?? 0n, books['income:fee:payout'] ?? 0n]).toEqual([0n, 0n]);
});

test('nothing on a holiday, without a verified account, below the least amount, or of a frozen wallet', async () => {
  await agent(9_999n);
  await earner(world, 'aeps', 100_000n);
  const frozen = await agent(100_000n);
  await execute(
    world.knex,
    `insert into wallet_freezes (id, wallet_id, reason, placed_by, placed_at)
     select :id, id, 'an order of a court', user_id, now() from wallets where account_id = :earned`,
    { id: world.first.ids.uuid(), earned: frozen.earned },
  );
  world.clock.set('2026-11-09T06:30:00Z');
  expect(await settle(world.first, '2026-11-08')).toMatchObject({ batches: 0 }); // a Sunday
  expect(await settle(world.first, '2026-11-09')).toMatchObject({ batches: 1, items: 0, withoutAccount: 1 });
});

test('the night tells who had no account, also of batches that were made by day', async () => {
  await earner(world, 'aeps', 100_000n);
  world.clock.set('2026-11-02T11:30:00Z');
  expect(await settle()).toMatchObject({ withoutAccount: 2 }); // at noon, and in the evening
  world.clock.advance(24 * HOUR_MS);
  await doNights(
    world,
    nightOf(world.first, [createCloseStep(world.first), createSettlementStep(world.first)]),
  );
  const [run] = await rows<{ result: unknown }>(
    world.knex,
    "select result from nightly_runs where kind = 'settlement'",
  );
  expect(run!.result).toMatchObject({ items: 0, without_account: 2 });
});

test('a batch that was made gets no more items, and a wallet one at a time that no payout pays', async () => {
  await agent(100_000n);
  world.clock.set('2026-11-02T11:30:00Z');
  await settle();
  const again = (batch: string) =>
    execute(
      world.knex,
      `insert into settlement_items (id, batch_id, pays_by, wallet_id, user_id, account_id, beneficiary_id, amount_paise,
         fee_paise, tax_paise, made_at)
       select gen_random_uuid(), ${batch}, 'payout', wallet_id, user_id, account_id, beneficiary_id, 1, 0, 0, now()
       from settlement_items limit 1`,
    );
  const other =
    "select b.id from settlement_batches b where made_at is not null and wallet_kind = 'aeps' order by cutoff_at";
  await expect(again(`(${other} desc limit 1)`)).rejects.toMatchObject({
    constraint: 'settlement_items_before_made',
  });
  const open = async (hour: number): Promise<string> => {
    const id = world.first.ids.uuid();
    await execute(
      world.knex,
      `insert into settlement_batches (id, wallet_kind, business_date, cutoff_at, pays_by, opened_at)
       values (:id, 'aeps', '2026-10-30', '2026-10-30T0${hour}:00:00Z', 'payout', now())`,
      { id },
    );
    return `'${id}'::uuid`;
  };
  await again(await open(6));
  await expect(again(await open(7))).rejects.toMatchObject({ constraint: 'settlement_items_one_unpaid' });
  await drive();
});

test('a year without a calendar is a case, once; rules that need none go on, and the night of the day is not done', async () => {
  const agents = await agent(100_000n);
  const earned = await earner(world, 'commission', 100_000n);
  await withBankAccount(world, earned);
  await execute(
    world.knex,
    `insert into settlement_rules (wallet_kind, in_force_from, is_on, pays_by, cutoffs, rail, office, minimum_paise,
       maximum_paise, bank, source)
     values ('commission', '2031-01-01', true, 'payout', '{12:00}', 'NEFT', 'Mumbai', 10000, 20000000, null, 'a test')`,
  );
  world.clock.set('2031-01-02T08:00:00Z');
  const missingYear = expect.objectContaining({ code: 'CALENDAR_YEAR_MISSING' }) as unknown;
  expect(await settle(world.first, '2031-01-02')).toMatchObject({ batches: 1, items: 1, missingYear });
  expect(await settle(world.first, '2031-01-02')).toMatchObject({ batches: 1, items: 1, missingYear });
  expect([await listed(agents), await listed(earned)]).toMatchObject([[], [{ status: 'PENDING' }]]);
  expect(
    await rows(world.knex, "select subject from ops_cases where kind = 'calendar_year_missing'"),
  ).toEqual([{ subject: 'calendar:2031:Mumbai' }]);
  const context = { date: '2031-01-02', signal: new AbortController().signal, progress: () => undefined };
  await expect(
    createSettlementStep(world.first).run(context as unknown as NightContext),
  ).rejects.toMatchObject({ code: 'CALENDAR_YEAR_MISSING' });
  await drive();
});

test('the verifier finds a settlement that has another payout than its own', async () => {
  await agent(100_000n);
  world.clock.set(AT_NOON);
  await settle();
  const found = await lookAtBroken(
    world.knex,
    { sql: 'update settlement_items set transaction_id = null' },
    (trx) => verifyTables(trx, {}),
  );
  expect(found.find(({ name }) => name === 'settlement-debited')!.result!.violations).toBe(1);
  await drive();
});
