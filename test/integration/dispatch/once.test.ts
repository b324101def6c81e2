/** Doing a thing twice, at the same time, in two processes: one effect. And many things at once on money that does not suffice for all. */
import { closeWithCleanBooks } from '../../support/books';
import { dispatched, runJob } from '../../support/driver';
import { reversed, succeeded, timedOut } from '../../support/scripted-connector';
import { balanceOf, createWorld, movesOf, outcomesOf, transactionRow, type World } from '../../support/world';

const FUNDS = 10_000_000n;
let world: World;
let user: Awaited<ReturnType<World['user']>>;

beforeEach(async () => {
  world = await createWorld();
  user = await world.user(FUNDS);
});
afterEach(() => closeWithCleanBooks(world.knex, world));

const state = async (id: string): Promise<string> => (await transactionRow(world.knex, id)).state;
const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
/** A payout whose send timed out. */
async function sent(): Promise<string> {
  const id = await world.accept(user);
  world.connector.onSend = timedOut;
  await dispatched(world.first, id);
  return id;
}
async function told(id: string, answer: ReturnType<typeof succeeded>): Promise<void> {
  await world.first.recorder.record({
    transactionId: id,
    attemptNo: 1,
    source: 'callback',
    askedAt: world.clock.now(),
    answer,
  });
}

describe('P4 each processor, run in two processes at the same time, has one effect', () => {
  test('hold', async () => {
    const other = await world.process();
    const ids = await Promise.all(Array.from({ length: 10 }, () => world.accept(user)));
    const reports = await Promise.all([world.first, other, world.first].map((p) => p.holds.hold(ids)));
    expect(
      reports
        .flatMap((r) => r.due)
        .map((d) => d.id)
        .toSorted(text),
    ).toEqual(ids.toSorted(text));
    expect(reports.flatMap((r) => r.errors)).toEqual([]);
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS - 10n * 150_590n);
  });

  test('settle', async () => {
    const other = await world.process();
    const ids = await Promise.all(Array.from({ length: 6 }, () => sent()));
    for (const id of ids) {
      await told(id, succeeded());
      await told(id, reversed());
    }
    for (let round = 0; round < 3; round++)
      await Promise.all([world.first, other, world.first].map((p) => runJob(p, 'settle', ids)));
    for (const id of ids) {
      expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'reversed', postedCount: 2 });
      expect(await movesOf(world.knex, id)).toHaveLength(4);
    }
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS);
  });

  test('poll', async () => {
    const other = await world.process();
    const ids = await Promise.all(Array.from({ length: 6 }, () => sent()));
    world.connector.onInquire = () => succeeded();
    await Promise.all([world.first, other, world.first].map((p) => runJob(p, 'poll', ids)));
    for (const id of ids) {
      const outcomes = await outcomesOf(world.knex, id);
      expect(outcomes.filter((o) => o.effect !== null)).toHaveLength(1);
      expect(outcomes.filter((o) => o.decision === 'repeat')).toHaveLength(2);
    }
  });

  test('hold, send, settle and poll, all on the same rows and over and over', async () => {
    const other = await world.process();
    const ids = await Promise.all(Array.from({ length: 5 }, () => world.accept(user)));
    world.connector.onSend = () => succeeded();
    world.connector.onInquire = () => succeeded();
    for (let round = 0; round < 4; round++) {
      await Promise.all(
        [world.first, other].flatMap((p) =>
          (['hold', 'send', 'settle', 'poll'] as const).map((job) => runJob(p, job, ids)),
        ),
      );
    }
    expect(new Set(await Promise.all(ids.map(state)))).toEqual(new Set(['succeeded']));
    expect(world.connector.sends).toHaveLength(5);
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS - 5n * 150_590n);
  });
});

test('P2 200 payouts at once on a wallet that holds ten, from two processes: exactly ten are held, the rest have failed for want of money', async () => {
  const poor = await world.user(10n * 150_590n + 150_589n);
  const other = await world.process();
  const ids = await Promise.all(Array.from({ length: 200 }, () => world.accept(poor)));
  await Promise.all(
    [world.first, other].flatMap((p, i) =>
      Array.from({ length: 4 }, (_, part) => p.holds.hold(ids.filter((_id, n) => n % 8 === part * 2 + i))),
    ),
  );
  const rows = await Promise.all(ids.map((id) => transactionRow(world.knex, id)));
  expect(rows.filter((r) => r.state === 'held')).toHaveLength(10);
  expect(
    rows.filter((r) => r.state === 'failed' && r.statusReason === 'LEDGER_INSUFFICIENT_FUNDS'),
  ).toHaveLength(190);
  expect(await balanceOf(world.knex, poor.accountId)).toBe(150_589n);
});
