/** Unfinished work is a row with a time at which it is driven: losing every queued job loses nothing. */
import { transactionId } from '../../../domain/ids/ids';
import { claimDuePolls } from '../../../domain/driving/poll-claim';
import { claimOverdueCallbacks, claimOverdueTransactions } from '../../../domain/driving/redrive';
import { driveGapMs, FIRST_DRIVE_MS, MAX_DRIVES } from '../../../domain/lifecycle/due';
import { rows } from '../../../platform/database';
import { closeWithCleanBooks } from '../../support/books';
import { claimAll, dispatched, LANES, runDue, runJob } from '../../support/driver';
import { callbackBody, PROVIDER, signedHeaders, succeeded, timedOut } from '../../support/scripted-connector';
import { casesOf, createWorld, transactionRow, type World } from '../../support/world';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
let world: World;
let user: Awaited<ReturnType<World['user']>>;

beforeEach(async () => {
  world = await createWorld();
  user = await world.user(100_000_000n);
});
afterEach(() => closeWithCleanBooks(world.knex, world));

const row = (id: string): ReturnType<typeof transactionRow> => transactionRow(world.knex, id);
const claim = (only = LANES, limit = 100): ReturnType<typeof claimOverdueTransactions> =>
  claimOverdueTransactions(world.first, { limit, only });

describe('P6 work that nobody does is driven', () => {
  test('a little after it became due, not before; with a number that no job has had', async () => {
    const id = await world.accept(user);
    world.clock.advance(FIRST_DRIVE_MS - 1);
    expect(await claim()).toEqual({ due: [], exhausted: 0 });
    world.clock.advance(1);
    expect(await claim()).toEqual({ due: [{ job: 'hold', id, driveNo: 1 }], exhausted: 0 });
    expect(await row(id)).toMatchObject({
      driveNo: 1,
      drives: 1,
      dueAt: new Date(world.clock.now().getTime() + driveGapMs(1)),
    });
  });

  test('in every stage, to the lane of its provider', async () => {
    const accepted = await world.accept(user);
    const held = await world.accept(user);
    await runJob(world.first, 'hold', [held]);
    const known = await world.accept(user);
    await dispatched(world.first, known);
    await world.first.recorder.record({
      transactionId: transactionId(known),
      attemptNo: 1,
      source: 'poll',
      askedAt: world.clock.now(),
      answer: succeeded(),
    });
    world.clock.advance(10 * SECOND);
    const { due } = await claim();
    expect(due.toSorted((a, b) => (a.job < b.job ? -1 : 1))).toMatchObject([
      { job: 'hold', id: accepted },
      { job: 'send', id: held, lane: PROVIDER },
      { job: 'settle', id: known },
    ]);
    await runDue(world.first, due);
    expect((await row(known)).state).toBe('succeeded');
  });

  test('with longer and longer gaps, and after ten fruitless drives there is one case; driving goes on', async () => {
    const id = await world.accept(user);
    const gaps: number[] = [];
    let exhausted = 0;
    for (let i = 0; i < MAX_DRIVES + 3; i++) {
      const before = world.clock.now().getTime();
      world.clock.set((await row(id)).dueAt!);
      gaps.push(world.clock.now().getTime() - before);
      const claimed = await claim();
      expect(claimed.due).toMatchObject([{ id, driveNo: i + 1 }]);
      exhausted += claimed.exhausted;
      expect(await casesOf(world.knex, id)).toEqual(i + 1 < MAX_DRIVES ? [] : ['drives_exhausted']);
    }
    expect(gaps.map((g) => g / SECOND)).toEqual([10, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300, 300, 300]);
    expect(exhausted).toBe(4);
    await runJob(world.first, 'hold', [id]);
    expect(await row(id)).toMatchObject({ state: 'held', drives: 0 });
  });

  test('by two loops at the same time: each row by one of them', async () => {
    const other = await world.process();
    const ids = await Promise.all(Array.from({ length: 60 }, () => world.accept(user)));
    world.clock.advance(MINUTE);
    const claims = await Promise.all(
      [world.first, other, world.first, other].map((p) =>
        claimOverdueTransactions(p, { limit: 20, only: LANES }),
      ),
    );
    const claimed = claims.flatMap((c) => c.due.map((d) => d.id));
    expect(new Set(claimed).size).toBe(claimed.length);
    while ((await claim()).due.length > 0) {
      /* until none is left */
    }
    const numbers = await Promise.all(ids.map(async (id) => (await row(id)).driveNo));
    expect(new Set(numbers)).toEqual(new Set([1]));
  });

  test('the longest overdue first, as many as asked for', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      ids.push(await world.accept(user));
      world.clock.advance(SECOND);
    }
    world.clock.advance(MINUTE);
    expect((await claim(LANES, 2)).due.map((d) => d.id).toSorted()).toEqual(ids.slice(0, 2).toSorted());
  });

  test('and not into a queue that has a backlog of its own', async () => {
    const accepted = await world.accept(user);
    const held = await world.accept(user);
    await runJob(world.first, 'hold', [held]);
    world.clock.advance(MINUTE);
    expect((await claim([{ job: 'settle' }])).due).toEqual([]);
    expect((await claim([])).due).toEqual([]);
    expect(
      (await claim([{ job: 'send', provider: 'otherpay' }, { job: 'hold' }])).due.map((d) => d.id),
    ).toEqual([accepted]);
    expect((await claim([{ job: 'send', provider: PROVIDER }])).due.map((d) => d.id)).toEqual([held]);
  });

  test('final and dispatched ones never', async () => {
    const id = await world.accept(user);
    await dispatched(world.first, id);
    world.clock.advance(24 * 60 * MINUTE);
    expect((await claim()).due).toEqual([]);
  });
});

describe('callbacks that were not processed', () => {
  const receive = async (event: string): Promise<string> =>
    (await world.first.callbackReceiver.receive(PROVIDER, signedHeaders(event), callbackBody({ event }))).due!
      .id;

  test('are driven, with growing gaps, and a case after ten; done ones no more', async () => {
    const [id, done] = [await receive('a'), await receive('b')];
    await runJob(world.first, 'callback', [done]);
    expect((await claimOverdueCallbacks(world.first, { limit: 10, providers: [PROVIDER] })).due).toEqual([]);
    for (let i = 1; i <= MAX_DRIVES; i++) {
      world.clock.advance(6 * MINUTE);
      expect((await claimOverdueCallbacks(world.first, { limit: 10, providers: [PROVIDER] })).due).toEqual([
        { job: 'callback', lane: PROVIDER, id, driveNo: i },
      ]);
    }
    expect(await rows(world.knex, 'select kind, subject from ops_cases')).toEqual([
      { kind: 'drives_exhausted', subject: `callback:${id}` },
    ]);
    expect((await claimOverdueCallbacks(world.first, { limit: 10, providers: [] })).due).toEqual([]);
    await runJob(world.first, 'callback', [id]);
    world.clock.advance(60 * MINUTE);
    expect((await claimOverdueCallbacks(world.first, { limit: 10, providers: [PROVIDER] })).due).toEqual([]);
  });
});

describe('inquiries', () => {
  test('are claimed when due, for their provider, once, and spread by a fifth', async () => {
    world.connector.onSend = timedOut;
    const ids = await Promise.all(Array.from({ length: 40 }, () => world.accept(user)));
    for (const id of ids) await dispatched(world.first, id);
    expect(await claimDuePolls(world.first, { limit: 100, provider: PROVIDER })).toEqual([]);
    world.clock.advance(15 * SECOND);
    const now = world.clock.now().getTime();
    const other = await world.process();
    const claims = (
      await Promise.all([world.first, other].map((p) => claimDuePolls(p, { limit: 30, provider: PROVIDER })))
    ).flat();
    claims.push(...(await claimDuePolls(world.first, { limit: 30, provider: PROVIDER })));
    expect(claims.map((c) => c.id).toSorted()).toEqual(ids.toSorted());
    expect(await claimDuePolls(world.first, { limit: 100, provider: PROVIDER })).toEqual([]);
    const gaps = await Promise.all(ids.map(async (id) => (await row(id)).nextPollAt!.getTime() - now));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(24 * SECOND - 1);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(36 * SECOND + 1);
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeGreaterThan(SECOND);
  });

  test('wait while an outcome is still to be posted', async () => {
    const id = await world.accept(user);
    await dispatched(world.first, id);
    await world.first.recorder.record({
      transactionId: transactionId(id),
      attemptNo: 1,
      source: 'callback',
      askedAt: world.clock.now(),
      answer: succeeded(),
    });
    world.clock.advance(60 * MINUTE);
    expect(await claimDuePolls(world.first, { limit: 100, provider: PROVIDER })).toEqual([]);
  });
});

test('P6 the queue loses every job there ever is, and the loops alone bring everything to its end', async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, () => world.accept(user)));
  world.connector.onSend = timedOut;
  world.connector.onInquire = () => succeeded();
  let rounds = 0;
  for (; rounds < 100; rounds++) {
    world.clock.advance(15 * SECOND);
    for (const due of await claimAll(world.first)) await runJob(world.first, due.job, [due.id]); // what comes of it is lost, too
    const open = await rows(world.knex, "select 1 from transactions where state <> 'succeeded'");
    if (open.length === 0) break;
  }
  expect(rounds).toBeLessThan(20);
  expect(world.connector.sends).toHaveLength(20);
  for (const id of ids) expect((await row(id)).dueJob).toBeNull();
});

test('P3 what was accepted is held even if the process died before it told anybody', async () => {
  const id = await world.accept(user);
  const other = await world.process();
  world.clock.advance(10 * SECOND);
  await runDue(other, await claimAll(other));
  expect((await row(id)).state).not.toBe('accepted');
});
