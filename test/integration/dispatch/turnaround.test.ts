/** The turnaround clock: a case for each transaction that is not final past expected_by, once, and the callers see it. */
import { transactionId } from '../../../domain/ids/ids';
import { randomBytes } from 'node:crypto';
import { openCases, transactionCase } from '../../../domain/cases/cases';
import { raiseOverdue } from '../../../domain/transactions/overdue';
import { CONSENT_REFUND_SERVICES, RECEIPTS } from '../../../domain/services/services';
import { createTransactionReader } from '../../../domain/transactions/read';
import { createCursors } from '../../../domain/errors/cursor';
import { execute, rows } from '../../../platform/database';
import { raiseTurnaround } from '../../../workers/maintenance/turnaround';
import { closeWithCleanBooks } from '../../support/books';
import { dispatched, runDue, runJob } from '../../support/driver';
import { succeeded, timedOut } from '../../support/scripted-connector';
import { casesOf, createWorld, type World } from '../../support/world';

/** Accepted at noon in India on 25 November: T+1 ends with the 26th. */
const START = '2026-11-25T06:30:00Z';
const LAST = new Date('2026-11-26T18:29:59.999Z');
let world: World;
let user: Awaited<ReturnType<World['user']>>;

beforeEach(async () => {
  world = await createWorld({ start: START });
  user = await world.user(100_000_000n);
});
afterEach(() => closeWithCleanBooks(world.knex, world));

async function stuck(): Promise<string> {
  world.connector.onSend = timedOut;
  const id = await world.accept(user);
  await dispatched(world.first, id);
  return id;
}
const view = async (id: string) =>
  createTransactionReader({
    knex: world.knex,
    lists: world.knex,
    clock: world.clock,
    cursors: createCursors(randomBytes(32)),
    receipts: RECEIPTS,
    consentServices: CONSENT_REFUND_SERVICES,
    reasonsOf: () => undefined,
  }).get(user.userId, id);
const cases = async (): Promise<number> =>
  (
    await rows<{ n: number }>(
      world.knex,
      "select count(*)::int as n from ops_cases where kind = 'turnaround_passed'",
    )
  )[0]!.n;

test('the end of T+1 in India is in time, the next millisecond is not', async () => {
  const id = await stuck();
  world.clock.set(LAST);
  expect(await raiseTurnaround(world.first)).toBe(false);
  expect([await casesOf(world.knex, id), await view(id)]).toMatchObject([
    [],
    { expected_by: LAST.toISOString(), overdue: false, status: 'PENDING' },
  ]);
  world.clock.advance(1);
  expect(await view(id)).toMatchObject({ overdue: true });
  await raiseTurnaround(world.first);
  expect(await casesOf(world.knex, id)).toEqual(['turnaround_passed']);
  expect((await rows<{ summary: string }>(world.knex, 'select summary from ops_cases'))[0]!.summary).toBe(
    'a payout is still dispatched after 2026-11-26, the last day of its turnaround',
  );
});

test('what is final in time is never overdue; what ends late is overdue no more', async () => {
  const [early, late] = [await stuck(), await stuck()];
  world.connector.onInquire = () => succeeded();
  await runDue(world.first, (await runJob(world.first, 'poll', [early])).due);
  world.clock.set(new Date(LAST.getTime() + 1));
  await raiseTurnaround(world.first);
  expect([await casesOf(world.knex, early), await casesOf(world.knex, late)]).toEqual([
    [],
    ['turnaround_passed'],
  ]);
  await runDue(world.first, (await runJob(world.first, 'poll', [late])).due);
  expect([await view(early), await view(late)]).toMatchObject([
    { status: 'SUCCESS', overdue: false, expected_by: null },
    { status: 'SUCCESS', overdue: false },
  ]);
  expect(await casesOf(world.knex, late)).toEqual(['turnaround_passed']);
});

test(
  'in every state that is not final, in bounded claims, the longest overdue first, by two ' +
    'processes at once: one case each',
  async () => {
    const ids = [await stuck(), await world.accept(user)];
    await runJob(world.first, 'hold', [await world.accept(user)]);
    world.clock.advance(86_400_000);
    for (let i = 0; i < 12; i++) ids.push(await world.accept(user));
    world.clock.advance(5 * 86_400_000);
    expect(await raiseOverdue(world.first, { limit: 2 })).toBe(2);
    expect(
      (
        await rows<{ opened: number }>(
          world.knex,
          'select count(*)::int as opened from ops_cases c join transactions t on t.id = c.transaction_id where t.created_at >= ?',
          [new Date(new Date(START).getTime() + 86_400_000)],
        )
      )[0]!.opened,
    ).toBe(0);
    const other = await world.process();
    const rounds = await Promise.all(
      [world.first, other, world.first, other].map((p) => raiseOverdue(p, { limit: 5 })),
    );
    for (let more = 1; more > 0;) more = await raiseOverdue(world.first, { limit: 5 });
    expect(Math.max(...rounds)).toBeLessThanOrEqual(5);
    expect(await cases()).toBe(15);
    expect(await raiseOverdue(world.first, { limit: 100 })).toBe(0);
  },
);

test('one that people have closed, or that was open already, is not opened again', async () => {
  const [closed, open] = [await stuck(), await stuck()];
  await openCases(
    world.knex,
    world.first.ids,
    [transactionCase('turnaround_passed', transactionId(open), 'opened by hand')],
    world.clock.now(),
  );
  world.clock.set(new Date(LAST.getTime() + 1));
  await raiseTurnaround(world.first);
  await execute(
    world.knex,
    "update ops_cases set closed_at = now(), closed_by = 'ops', closed_note = 'asked' where transaction_id = ?",
    [closed],
  );
  world.clock.advance(86_400_000);
  await raiseTurnaround(world.first);
  expect([await cases(), await casesOf(world.knex, closed), await casesOf(world.knex, open)]).toEqual([
    2,
    [],
    ['turnaround_passed'],
  ]);
  await expect(
    execute(world.knex, 'update transactions set overdue_at = null where id = ?', [closed]),
  ).rejects.toThrow(/transactions_overdue_once/);
});
