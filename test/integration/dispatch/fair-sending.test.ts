/** One user with many payouts does not hold up another's: whose turn it is with the provider. */
import { runJob } from '../../support/driver';
import { createWorld, transactionRow, type World } from '../../support/world';
import { until } from '../../support/until';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(async () => {
  await world.close();
});

/** The provider takes one call in so many milliseconds. */
function paceOf(gapMs: number): void {
  let nextAt = 0;
  world.connector.onAdmit = () => {
    const now = performance.now();
    if (now < nextAt) return { ok: false, rawStatus: '<rate limited>', retryAfterMs: nextAt - now };
    nextAt = now + gapMs;
    return { ok: true };
  };
}

async function heldOf(count: number): Promise<string[]> {
  const user = await world.user(1_000_000_000n);
  const ids = await Promise.all(Array.from({ length: count }, () => world.accept(user)));
  for (let i = 0; i < ids.length; i += 50) await runJob(world.first, 'hold', ids.slice(i, i + 50));
  return ids;
}
const jobsOf = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / 50) }, (_, i) => ids.slice(i * 50, i * 50 + 50));
const sent = (): number => world.connector.sends.length;
async function isSent(id: string): Promise<boolean> {
  return (await transactionRow(world.knex, id)).state !== 'held';
}

test('the single payout of another is next, though two hundred of one were there before', async () => {
  const many = await heldOf(200);
  const [single] = await heldOf(1);
  paceOf(50);
  const flood = Promise.all(jobsOf(many).map((ids) => runJob(world.first, 'send', ids)));
  await until(
    async () => sent(),
    (n) => n >= 2,
  );
  const before = sent();
  await runJob(world.first, 'send', [single!]);
  expect(await isSent(single!)).toBe(true);
  // In their order, sixty would have come first; it would have been sent away after two seconds.
  expect(sent() - before).toBeLessThanOrEqual(30);
  await flood;
});

test('users who all have many to send have equal shares of the rate', async () => {
  const users = [await heldOf(60), await heldOf(60), await heldOf(60)];
  paceOf(20);
  await Promise.all(users.flatMap(jobsOf).map((ids) => runJob(world.first, 'send', ids)));
  const counts = await Promise.all(
    users.map(async (ids) => (await Promise.all(ids.map(isSent))).filter(Boolean).length),
  );
  expect(Math.min(...counts)).toBeGreaterThan(5);
  expect(Math.max(...counts)).toBeLessThanOrEqual(2 * Math.min(...counts));
});

test('what finds no place in the line is due again, and nothing is lost or sent twice', async () => {
  const ids = await heldOf(150);
  paceOf(10);
  await Promise.all(jobsOf(ids).map((job) => runJob(world.first, 'send', job)));
  const rows = await Promise.all(ids.map((id) => transactionRow(world.knex, id)));
  const held = rows.filter(({ state }) => state === 'held');
  expect(held.length).toBeGreaterThan(20);
  for (const { dueAt, drives } of held) {
    expect(dueAt!.getTime()).toBeGreaterThanOrEqual(world.clock.now().getTime());
    expect(drives).toBe(0);
  }
  expect(sent() + held.length).toBe(150);
  paceOf(0);
  for (const job of jobsOf(held.map(({ id }) => id))) await runJob(world.first, 'send', job);
  expect(new Set(world.connector.sends.map(({ instruction }) => instruction.ourReference)).size).toBe(sent());
  expect(sent()).toBe(150);
});
