/** Compensation for delay: once a day and transaction, until the money is back; and claimed from the party at fault. */
import { createCompensationStep } from '../../../domain/compensation/compensation';
import { createCloseStep } from '../../../domain/night/close';
import { raiseOverdue } from '../../../domain/transactions/overdue';
import { execute, rows } from '../../../platform/database';
import { closeWithCleanBooks } from '../../support/books';
import { dispatched, runDue, runJob } from '../../support/driver';
import { doNights, letTimePass, nightOf } from '../../support/nights';
import { failed, timedOut } from '../../support/scripted-connector';
import { balanceOf, balances, createWorld, type DomainProcess, type World } from '../../support/world';

const DAY_MS = 86_400_000;
let world: World;
let user: Awaited<ReturnType<World['user']>>;

/** At noon: T+1 is over at the end of the next day. */
async function begin(start: string): Promise<void> {
  world = await createWorld({ start });
  // the price list of today, for days on which there was none of ours
  await execute(world.knex, "update prices set in_force_from = '2019-10-15' where service = 'payout'");
  await world.first.policies.refresh();
  user = await world.user(100_000_000n);
}
afterEach(() => closeWithCleanBooks(world.knex, world));

const stepsOf = (p: Pick<DomainProcess, 'knex' | 'clock'>) => [createCloseStep(p), createCompensationStep(p)];

async function stuck(): Promise<string> {
  world.connector.onSend = timedOut;
  const id = await world.accept(user);
  await dispatched(world.first, id);
  return id;
}

/** So many days later, each with its cases and its night. */
async function live(days: number): Promise<void> {
  for (let n = 0; n < days; n += 1) {
    world.clock.advance(DAY_MS);
    while ((await raiseOverdue(world.first, { limit: 100 })) > 0);
    await doNights(world, nightOf(world.first, stepsOf(world.first)));
  }
}
const paidFor = async (id: string): Promise<string[]> =>
  (
    await rows<{ day: string }>(
      world.knex,
      `select business_date::text as day from tat_compensations where transaction_id = ? order by 1`,
      [id],
    )
  ).map(({ day }) => day);

test.each([
  ['the end of a year of the state', '2026-03-30T06:30:00Z', ['2026-04-01', '2026-04-02']],
  ['a change of rules', '2024-09-29T06:30:00Z', ['2024-10-01', '2024-10-02']],
  ['a leap day', '2024-02-27T06:30:00Z', ['2024-02-29', '2024-03-01']],
])(
  'over %s: nothing for T+1, 100 rupees for each day after it, to the day on which it failed',
  async (_what, start, days) => {
    await begin(start);
    const before = await balanceOf(world.knex, user.accountId);
    const id = await stuck();
    await live(3); // of T, T+1 and the first day beyond
    expect(await paidFor(id)).toEqual([days[0]]);
    world.connector.onInquire = () => failed();
    await runDue(world.first, (await runJob(world.first, 'poll', [id])).due);
    await live(3);
    expect(await paidFor(id)).toEqual(days);
    expect(await balanceOf(world.knex, user.accountId)).toBe(before + 20_000n);
    const books = await balances(world.knex);
    expect([books['receivable:testpay:compensation'], books['expense:compensation']]).toEqual([
      -20_000n,
      undefined,
    ]);
  },
);

test('what was never sent, and what ended in time, is paid nothing', async () => {
  await begin('2026-05-04T06:30:00Z');
  const early = await stuck();
  await world.accept(user); // accepted and not held
  world.connector.onInquire = () => failed();
  await runDue(world.first, (await runJob(world.first, 'poll', [early])).due);
  await live(4);
  expect(await rows(world.knex, 'select * from tat_compensations')).toEqual([]);
});

test('what was held and never sent is compensated by us: nothing of it is claimed from the provider', async () => {
  await begin('2026-05-04T06:30:00Z');
  const id = await world.accept(user);
  await runJob(world.first, 'hold', [id]);
  await live(3);
  expect(await paidFor(id)).toEqual(['2026-05-06']);
  const books = await balances(world.knex);
  expect([books['receivable:testpay:compensation'] ?? 0n, books['expense:compensation']]).toEqual([
    0n,
    -10_000n,
  ]);
  expect(await rows(world.knex, 'select payer from tat_compensations')).toEqual([{ payer: 'us' }]);
});

test('nights that are caught up, done twice, and by two at once pay each day once', async () => {
  await begin('2026-05-04T06:30:00Z');
  const id = await stuck();
  const night = nightOf(world.first, stepsOf(world.first));
  await live(1);
  world.clock.advance(2 * DAY_MS);
  while ((await raiseOverdue(world.first, { limit: 100 })) > 0);
  world.clock.advance(2 * DAY_MS);
  await doNights(world, night); // four days at once
  const days = ['2026-05-06', '2026-05-07', '2026-05-08'];
  expect(await paidFor(id)).toEqual(days);
  const sums = await balances(world.knex);
  await execute(
    world.knex,
    "update nightly_runs set state = 'waiting', ended_at = null, due_at = clock_timestamp() where kind = 'compensation'",
  );
  const other = await world.process();
  for (let left = 1; left > 0;) {
    await letTimePass(world);
    const due = await night.due();
    await Promise.all(
      due.flatMap(({ id: run }) => [night.run(run), nightOf(other, stepsOf(other)).run(run)]),
    );
    left = due.length;
  }
  expect(await paidFor(id)).toEqual(days);
  expect(await balances(world.knex)).toEqual(sums);
});
