/** What accounts held at the end of each day: what statements say, whenever it is written and however often. */
import { accountId, type AccountId } from '../../../domain/ids/ids';
import { createBalancesStep } from '../../../domain/snapshots/snapshots';
import { accountCode, openAccounts } from '../../../domain/ledger/accounts';
import { createNightDesk } from '../../../domain/night/desk';
import { createCloseStep } from '../../../domain/night/close';
import { addDays } from '../../../domain/night/open';
import { startOfBusinessDate } from '../../../platform/clock';
import { execute, rows } from '../../../platform/database';
import { doNights, letTimePass, nightOf } from '../../support/nights';
import { until } from '../../support/until';
import { createWorld, type DomainProcess, type World } from '../../support/world';

/** Days around which months, years of the state and leap days end. */
const FIRST = '2024-02-27';
let world: World;
let accounts: AccountId[];

beforeEach(async () => {
  world = await createWorld({ start: `${FIRST}T06:30:00Z` });
  const codes = Array.from({ length: 6 }, (_, n) => accountCode.bank(`b${n}`));
  accounts = [...(await openAccounts(world.knex, codes)).values()];
});
afterEach(() => world.close());

const stepsOf = (p: Pick<DomainProcess, 'knex'>) => [
  createCloseStep(p),
  createBalancesStep({ long: p.knex }),
];

async function transfer(from: number, to: number, amountPaise: bigint): Promise<void> {
  await world.first.ledger.post({
    journal: {
      id: world.first.ids.uuid(),
      transactionId: null,
      transfers: [
        { debitAccountId: accounts[from]!, creditAccountId: accounts[to]!, amountPaise, code: 'funding' },
      ],
    },
  });
}

/** Seeded, so that a failure can be seen again. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % below;
  };
}

interface Held {
  account: bigint;
  day: string;
  balance: bigint;
  debits: bigint;
  credits: bigint;
}
const written = (): Promise<Held[]> =>
  rows<Held>(
    world.knex,
    `select account_id as account, business_date::text as day, credits_paise - debits_paise as balance,
      day_debits_paise as debits, day_credits_paise as credits
    from balance_snapshots order by account_id, business_date`,
  );

/** Worked out from all transfers and their times, without any of the product's functions. */
const expected = (days: readonly string[]): Promise<Held[]> =>
  rows<Held>(
    world.knex,
    `select a.id as account, d.day, s.balance, s.debits, s.credits
    from ledger_accounts a cross join unnest(:days::text[]) d(day) cross join lateral (
      select sum(case when t.credit_account_id = a.id then t.amount_paise else -t.amount_paise end)::int8 as balance,
        coalesce(sum(t.amount_paise) filter (where t.debit_account_id = a.id and is_of_day), 0)::int8 as debits,
        coalesce(sum(t.amount_paise) filter (where t.credit_account_id = a.id and is_of_day), 0)::int8 as credits,
        bool_or(is_of_day) as has_moved
      from (select *, (created_at at time zone 'Asia/Kolkata')::date = d.day::date as is_of_day from ledger_transfers
        where (created_at at time zone 'Asia/Kolkata')::date <= d.day::date) t
      where a.id in (t.debit_account_id, t.credit_account_id)) s
    where s.has_moved order by a.id, d.day`,
    { days },
  );

test('each day on which an account moved has its balance, its sums, and its lines from midnight to midnight', async () => {
  const random = numbers(7);
  const days = Array.from({ length: 5 }, (_, n) => addDays(FIRST, n));
  for (const day of days) {
    const begins = startOfBusinessDate(day).getTime();
    // the first and the last instant of the day among others
    for (const ms of [
      0,
      ...Array.from({ length: 12 }, () => random(86_400_000)).toSorted((a, b) => a - b),
      86_399_999,
    ]) {
      world.clock.set(new Date(begins + ms));
      const from = random(6);
      await transfer(from, (from + 1 + random(5)) % 6, BigInt(1 + random(100_000)));
    }
    if (day === days[1]) await doNights(world, nightOf(world.first, stepsOf(world.first)));
  }
  world.clock.set(startOfBusinessDate(addDays(FIRST, 5)));
  world.clock.advance(3_600_000);
  await transfer(0, 1, 5n); // of the next day: in no snapshot
  await doNights(world, nightOf(world.first, stepsOf(world.first)));
  expect(await written()).toEqual(await expected(days));
});

test('an account that moved before the first night has what it held from then on', async () => {
  await transfer(0, 1, 500n);
  world.clock.set('2026-04-01T06:30:00Z');
  await transfer(1, 2, 200n);
  world.clock.advance(86_400_000);
  const night = nightOf(world.first, stepsOf(world.first));
  await createNightDesk({ ...world.first, profile: 'production' }).ask('2026-04-01');
  await doNights(world, night);
  expect(
    (await written()).map(({ account, balance, debits, credits }) => [
      accounts.indexOf(accountId(account)),
      balance,
      debits,
      credits,
    ]),
  ).toEqual([
    [0, -500n, 0n, 0n],
    [1, 300n, 200n, 0n],
    [2, 200n, 0n, 200n],
  ]);
});

test('done again, by two at once, after a death in the middle: the same rows', async () => {
  for (let n = 0; n < 6; n += 1) await transfer(n, (n + 1) % 6, BigInt(100 + n));
  world.clock.advance(86_400_000);
  const [one, other] = [world.first, await world.process()];
  const night = nightOf(one, stepsOf(one));
  await night.open();
  // the close waits for whatever else is being written on this server
  await until(async () => {
    await letTimePass(world);
    const [close] = await night.due();
    return close !== undefined && (await night.run(close.id));
  });
  // as if the step had died after half of the accounts
  const [{ id }] = (await rows<{ id: string }>(
    world.knex,
    "select id from nightly_runs where kind = 'balances'",
  )) as [{ id: string }];
  await Promise.all([night.run(id), nightOf(other, stepsOf(other)).run(id)]);
  const first = await written();
  expect(first).toHaveLength(6);
  await execute(
    world.knex,
    "update nightly_runs set state = 'waiting', ended_at = null, due_at = clock_timestamp() where kind = 'balances'",
  );
  await letTimePass(world);
  expect(await nightOf(other, stepsOf(other)).run(id)).toBe(true);
  expect(await written()).toEqual(first);
});

test('a day whose transfers do not come to the balance that is stated fails, and writes nothing of that account', async () => {
  await transfer(0, 1, 500n);
  world.clock.advance(86_400_000);
  await execute(world.knex, 'alter table ledger_transfers disable trigger user');
  await execute(world.knex, 'update ledger_transfers set amount_paise = 400');
  await execute(world.knex, 'alter table ledger_transfers enable trigger user');
  const night = nightOf(world.first, stepsOf(world.first));
  await expect(doNights(world, night)).rejects.toMatchObject({ code: 'SNAPSHOT_DIFFERS' });
  expect(await written()).toEqual([]);
});
