/** The clock that can be moved: every process follows it within seconds, and production has none. */
import { createCallLog } from '../../../domain/api-log/write';
import { deleteOldCalls } from '../../../domain/api-log/retention';
import { createClockDesk } from '../../../domain/night/clock-desk';
import { verifyPromises } from '../../../domain/verification/verify';
import { userId } from '../../../domain/ids/ids';
import { claimDatabase } from '../../../platform/rehearsal-mark';
import { createTestClock, moveTestClock } from '../../../platform/test-clock';
import { makeKnex } from '../../../platform/database';
import type { Knex } from 'knex';
import { CLOCK } from '../../../scripts/munim/clock';
import type { CommandContext } from '../../../scripts/munim/command';
import { freshDatabase, type TestDatabase } from '../../support/database';
import { until } from '../../support/until';
import { found, nowhere } from '../../support/verified-world';
import { createWorld } from '../../support/world';

const DAY_MS = 86_400_000;
let database: TestDatabase;
let knex: Knex;
beforeEach(async () => {
  database = await freshDatabase();
  knex = makeKnex(database.appUrl, { max: 2 });
});
afterEach(async () => {
  await knex.destroy();
  await database.drop();
});
const aheadDays = (now: Date): number => Math.round((now.getTime() - Date.now()) / DAY_MS);

test('a process sees within seconds that the clock was moved on, and so does one that starts later', async () => {
  const first = createTestClock({ knex });
  expect(aheadDays(first.now())).toBe(0);
  const moved = await createClockDesk({ knex }).advance(3 * DAY_MS, {
    userId: userId('00000000-0000-7000-8000-000000000001'),
  });
  expect(aheadDays(moved.now)).toBe(3);
  await until(() => aheadDays(first.now()) === 3);
  await moveTestClock(knex, DAY_MS);
  const later = createTestClock({ knex });
  await later.refresh();
  expect(aheadDays(later.now())).toBe(4);
  await expect(moveTestClock(knex, -DAY_MS)).rejects.toMatchObject({ code: 'CLOCK_NOT_MOVED' });
  for (const clock of [first, later]) clock.close();
});

test('in the database of production the clock is not moved, and one that was moved is no database for production', async () => {
  await claimDatabase(knex, false);
  await expect(moveTestClock(knex, DAY_MS)).rejects.toMatchObject({ code: 'CLOCK_NOT_MOVED' });
  const other = await freshDatabase();
  const moved = makeKnex(other.appUrl, { max: 1 });
  await moveTestClock(moved, DAY_MS);
  await expect(claimDatabase(moved, false)).rejects.toThrow(/clock .* was moved/);
  await claimDatabase(moved, true);
  await moved.destroy();
  await other.drop();
});

test('what the database judges by the time goes with the clock: a log that is over can be deleted', async () => {
  const log = createCallLog({ knex });
  log.note({
    ...{ provider: 'testpay', operation: 'payout', method: 'POST', route: '/payouts', result: '200' },
    ...{ latencyMs: 12, at: new Date() },
  });
  await log.drain();
  const clock = createTestClock({ knex });
  await moveTestClock(knex, 179 * DAY_MS);
  await clock.refresh();
  expect(await deleteOldCalls({ knex, clock }, { limit: 10 })).toBe(0);
  await moveTestClock(knex, 2 * DAY_MS);
  await clock.refresh();
  expect(await deleteOldCalls({ knex, clock }, { limit: 10 })).toBe(1);
  clock.close();
});

test('work that is overdue on the clock that was moved is found by the verifier', async () => {
  const world = await createWorld({ start: new Date(Date.now() + 40 * DAY_MS).toISOString() });
  const user = await world.user(1_000_000n);
  await world.accept(user);
  const overdue = async (): Promise<number> =>
    found((await verifyPromises(world.knex, nowhere)).findings, 'overdue-transactions').result!.violations;
  expect(await overdue()).toBe(0);
  await moveTestClock(world.knex, 41 * DAY_MS);
  expect(await overdue()).toBe(1);
  await world.close();
});

test('in production the command refuses before it asks for anything', async () => {
  const command = CLOCK.find(({ name }) => name === 'clock advance')!;
  const read = jest.fn<Promise<never>, []>();
  const context = { environment: { keyMode: 'live' }, given: { days: '1' }, operations: { clock: { read } } };
  await expect(command.run(context as unknown as CommandContext)).rejects.toMatchObject({
    code: 'CLOCK_NOT_MOVED',
  });
  expect(read).not.toHaveBeenCalled();
});
