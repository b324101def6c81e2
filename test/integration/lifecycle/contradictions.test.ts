/** A word that contradicts one before it is a case for a person, and moves no money by itself. */
import { transactionId } from '../../../domain/ids/ids';
import { closeWithCleanBooks } from '../../support/books';
import { claimAll, dispatched, runDue, runJob } from '../../support/driver';
import { failed, pending, succeeded, timedOut } from '../../support/scripted-connector';
import { balances, casesOf, createWorld, transactionRow, type World } from '../../support/world';

const FUNDS = 10_000_000n;
const SECOND = 1_000;
let world: World;
let user: Awaited<ReturnType<World['user']>>;

beforeEach(async () => {
  world = await createWorld();
  user = await world.user(FUNDS);
});
afterEach(() => closeWithCleanBooks(world.knex, world));

const state = async (id: string): Promise<string> => (await transactionRow(world.knex, id)).state;
/** A payout at the provider, whose answer to the send was this one. */
async function sent(onSend: typeof world.connector.onSend = timedOut): Promise<string> {
  const id = await world.accept(user);
  world.connector.onSend = onSend;
  await dispatched(world.first, id);
  return id;
}
/** Records a word without settling it. */
async function told(
  id: string,
  answer: ReturnType<typeof succeeded>,
  source: 'callback' | 'poll' = 'callback',
  askedAt = world.clock.now(),
): Promise<string> {
  return (
    await world.first.recorder.record({
      transactionId: transactionId(id),
      attemptNo: 1,
      source,
      askedAt,
      answer,
    })
  ).decision;
}
/** Goes from one inquiry that is due to the next, `count` times, and makes each; the gaps in ms. */
async function pollByClock(id: string, count: number, until: () => boolean = () => false): Promise<number[]> {
  const gaps: number[] = [];
  while (gaps.length < count && !until()) {
    const { nextPollAt } = await transactionRow(world.knex, id);
    const before = world.clock.now();
    // The database knows the instant to the microsecond, the clock to the millisecond: one more is certainly past it.
    world.clock.set(new Date(Math.max(nextPollAt!.getTime() + 1, before.getTime())));
    gaps.push(world.clock.now().getTime() - before.getTime() - 1);
    for (const due of await claimAll(world.first)) await runDue(world.first, [due]);
  }
  return gaps;
}

describe('contradictions', () => {
  test('a late success: in review, carried by suspense, a case, and the wallet keeps its money', async () => {
    const id = await sent(() => failed());
    await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
    world.clock.advance(SECOND);
    expect(await told(id, succeeded())).toBe('ask_again');
    world.connector.onInquire = () => succeeded();
    await pollByClock(id, 1);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'in_review',
      outcome: 'late_success',
      finishedAt: null,
    });
    expect(await casesOf(world.knex, id)).toEqual(['late_success']);
    expect(await balances(world.knex)).toMatchObject({
      [`wallet:${user.userId}:main`]: FUNDS,
      'suspense:testpay': -150_000n,
      'float:testpay': 150_354n,
    });
  });

  test.each([
    ['before', false],
    ['after', true],
  ])(
    'a success told by callback just %s the failure is posted is asked about, not forgotten',
    async (_when, isPosted) => {
      const id = await sent();
      await told(id, failed());
      if (isPosted) await runJob(world.first, 'settle', [id]);
      world.clock.advance(1);
      expect(await told(id, succeeded())).toBe('ask_again');
      await runJob(world.first, 'settle', [id]);
      expect(await state(id)).toBe('failed');
      expect((await transactionRow(world.knex, id)).nextPollAt).not.toBeNull();
      world.connector.onInquire = () => succeeded();
      await pollByClock(id, 1);
      expect(await state(id)).toBe('in_review');
    },
  );

  test('an inquiry that is asked for comes back until it has an answer', async () => {
    const id = await sent(() => failed());
    await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
    world.clock.advance(SECOND);
    await told(id, succeeded());
    await claimAll(world.first); // the job is lost
    world.connector.onInquire = timedOut;
    await pollByClock(id, 2);
    expect((await transactionRow(world.knex, id)).nextPollAt).not.toBeNull();
    world.connector.onInquire = () => failed();
    await pollByClock(id, 1);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'failed', nextPollAt: null });
    expect(await casesOf(world.knex, id)).toEqual([]);
  });

  test('an answer to an older inquiry, come late, does not end it', async () => {
    const id = await sent();
    const early = new Date(world.clock.now().getTime() - 1);
    await told(id, failed(), 'poll');
    await runJob(world.first, 'settle', [id]);
    expect(await told(id, succeeded())).toBe('ask_again');
    await pollByClock(id, 1); // pending
    expect(await told(id, failed(), 'poll', early)).toBe('repeat');
    world.connector.onInquire = () => succeeded();
    await pollByClock(id, 1);
    expect(await state(id)).toBe('in_review');
  });

  test('one that stays without an answer is a case', async () => {
    const id = await sent(() => failed());
    await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
    world.clock.advance(SECOND);
    await told(id, succeeded());
    world.connector.onInquire = timedOut;
    await pollByClock(id, 11);
    expect(await casesOf(world.knex, id)).toEqual(['inquiry_unanswered']);
    expect(await state(id)).toBe('failed');
  });

  test('a failure told of a success is asked about; confirmed, it is a case and overwrites nothing', async () => {
    const id = await sent(() => succeeded());
    await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
    world.clock.advance(SECOND);
    expect(await told(id, failed())).toBe('ask_again');
    world.connector.onInquire = () => failed();
    await pollByClock(id, 1);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded', outcome: 'succeeded' });
    expect(await casesOf(world.knex, id)).toEqual(['contradiction_failed']);
  });

  test(
    'what was asked before the last word was recorded overwrites nothing: a vague word is ' +
      'stale, a contradiction is asked about',
    async () => {
      const id = await sent();
      const early = world.clock.now();
      world.clock.advance(SECOND);
      await told(id, failed());
      expect(await told(id, pending(), 'poll', early)).toBe('stale');
      expect(await told(id, succeeded(), 'poll', early)).toBe('ask_again');
      expect((await transactionRow(world.knex, id)).outcome).toBe('failed');
    },
  );
});
