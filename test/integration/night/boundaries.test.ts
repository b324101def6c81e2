/** The last and the first millisecond of days on which something else begins: a month, a year of the state, a rule. */
import { createCompensationStep } from '../../../domain/compensation/compensation';
import { createCloseStep } from '../../../domain/night/close';
import { addDays } from '../../../domain/night/open';
import { createSafeguardingStep } from '../../../domain/safeguarding/safeguarding';
import { createBalancesStep } from '../../../domain/snapshots/snapshots';
import { raiseOverdue } from '../../../domain/transactions/overdue';
import { businessDate, startOfBusinessDate } from '../../../platform/clock';
import { execute, rows } from '../../../platform/database';
import { dispatched } from '../../support/driver';
import { doNights, nightOf } from '../../support/nights';
import { timedOut } from '../../support/scripted-connector';
import { createWorld, fund, type World } from '../../support/world';

const DAYS = [
  ['the change of the rates of 1 October 2024', '2024-09-30', '2024-10-01'],
  ['the end of the year of the state', '2025-03-31', '2025-04-01'],
  ['the begin of the new Income-tax Act', '2026-03-31', '2026-04-01'],
  ['the day before a leap day', '2028-02-28', '2028-02-29'],
  ['a leap day', '2028-02-29', '2028-03-01'],
] as const;

let world: World;
afterEach(() => world.close());

const nightOfWorld = () =>
  nightOf(world.first, [
    createCloseStep(world.first),
    createBalancesStep({ long: world.knex }),
    createCompensationStep(world.first),
    createSafeguardingStep({ ...world.first, long: world.knex }),
  ]);

/** To noon of the day after, and every night up to then. */
async function liveUntil(day: string): Promise<void> {
  for (let at = businessDate(world.clock.now()); at <= day; at = addDays(at, 1)) {
    world.clock.set(new Date(startOfBusinessDate(addDays(at, 1)).getTime() + 43_200_000));
    while ((await raiseOverdue(world.first, { limit: 100 })) > 0);
    await doNights(world, nightOfWorld());
  }
}

test.each(DAYS)('%s: the midnight between %s and %s', async (_what, last, first) => {
  const midnight = startOfBusinessDate(first).getTime();
  world = await createWorld({ start: new Date(midnight - 43_200_000).toISOString() });
  await execute(world.knex, "update prices set in_force_from = '2019-10-15' where service = 'payout'");
  await world.first.policies.refresh();
  const user = await world.user(10_000_000n);
  world.connector.onSend = timedOut;
  const accepted = async (): Promise<string> => {
    const id = await world.accept(user);
    await dispatched(world.first, id);
    return id;
  };
  const other = await world.user(0n);

  world.clock.set(new Date(midnight - 1));
  expect(businessDate(world.clock.now())).toBe(last);
  await fund(world.first, other.accountId, 100n);
  const early = await accepted();
  world.clock.set(new Date(midnight));
  expect(businessDate(world.clock.now())).toBe(first);
  await fund(world.first, other.accountId, 20n);
  const late = await accepted();

  // closed five minutes after its last instant, and not a millisecond before
  world.clock.set(new Date(midnight + 300_000 - 1));
  expect(await nightOfWorld().open()).toBe(0);
  world.clock.set(new Date(midnight + 300_000));
  expect(await nightOfWorld().open()).toBe(1);

  await liveUntil(addDays(first, 2));
  const balances = await rows<{ day: string; balance: bigint }>(
    world.knex,
    `select business_date::text as day, credits_paise - debits_paise as balance from balance_snapshots
    where account_id = :account order by 1`,
    { account: other.accountId },
  );
  expect(balances).toEqual([
    { day: last, balance: 100n },
    { day: first, balance: 120n },
  ]);
  const owed = await rows<{ day: string; owed: bigint }>(
    world.knex,
    'select business_date::text as day, owed_paise as owed from safeguarding_days order by 1 limit 2',
  );
  expect(owed).toEqual([
    { day: last, owed: 10_000_100n },
    { day: first, owed: 10_000_120n },
  ]);
  // T is the day of the order in India: T+1 has ended, and nothing more, on the first day that is paid for
  const firstPaid = async (id: string): Promise<string | undefined> =>
    (
      await rows<{ day: string }>(
        world.knex,
        'select min(business_date)::text as day from tat_compensations where transaction_id = ?',
        [id],
      )
    )[0]?.day;
  expect([await firstPaid(early), await firstPaid(late)]).toEqual([addDays(last, 2), addDays(first, 2)]);
});
