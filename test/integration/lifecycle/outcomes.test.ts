/**
 * What becomes of a payout after it was sent, with production's timings and a clock that the test moves:
 * answers, inquiries, repeats, settling, reversals.
 */
import type { NotFoundPolicy } from '../../../domain/provider/calls';
import type { AppUser } from '../../../domain/users/users';
import { claimAll, runDue, runJob } from '../../support/driver';
import { failed, notFound, pending, reversed, succeeded, timedOut } from '../../support/scripted-connector';
import {
  attemptsOf,
  balanceOf,
  balances,
  casesOf,
  movesOf,
  outcomesOf,
  transactionRow,
  type World,
} from '../../support/world';
import { FUNDS_PAISE, useWorld } from '../../support/use-world';

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];
const used = useWorld();
const { sent, told, state, pollByClock } = used;
let world: World;
let user: AppUser;
const setNotFound = (notFound: NotFoundPolicy): void => {
  world.connector.payout = { ...world.connector.payout, notFound };
};

beforeEach(() => {
  ({ world, user } = used);
});

const poll = async (id: string): Promise<void> => {
  await runDue(world.first, (await runJob(world.first, 'poll', [id])).due);
};
describe('the cadence', () => {
  test('15 s, 30 s, 1 m, 2 m, 5 m, 10 m, 20 m, 30 m, then hourly, each within a fifth', async () => {
    const id = await sent();
    world.connector.onInquire = timedOut;
    const gaps = await pollByClock(id, 13);
    const expected = [
      15 * SECOND,
      30 * SECOND,
      MINUTE,
      2 * MINUTE,
      5 * MINUTE,
      10 * MINUTE,
      20 * MINUTE,
      30 * MINUTE,
      HOUR,
      HOUR,
      HOUR,
      HOUR,
      HOUR,
    ];
    gaps.forEach((gap, i) => {
      expect(gap).toBeGreaterThanOrEqual(expected[i]! * 0.8 - 1);
      expect(gap).toBeLessThanOrEqual(expected[i]! * 1.2 + 1);
    });
    expect(world.connector.inquiries).toHaveLength(13);
  });

  test('P5 exhausted polling raises one case, leaves the state, and goes on', async () => {
    const id = await sent();
    world.connector.onInquire = timedOut;
    await pollByClock(
      id,
      200,
      () => world.clock.now().getTime() > new Date('2026-11-02T09:00:00Z').getTime(),
    );
    expect(await state(id)).toBe('dispatched');
    expect(await casesOf(world.knex, id)).toEqual(['polling_exhausted']);
    world.connector.onInquire = () => succeeded();
    await pollByClock(id, 1);
    expect(await state(id)).toBe('succeeded');
  });

  test('a breaker that is open costs no inquiry, and it is asked at the next gap', async () => {
    const id = await sent();
    world.connector.isAvailable = false;
    await pollByClock(id, 2);
    expect(world.connector.inquiries).toHaveLength(0);
    world.connector.isAvailable = true;
    world.connector.onInquire = () => succeeded();
    await pollByClock(id, 1);
    expect(await state(id)).toBe('succeeded');
  });
});

describe('P5 not found', () => {
  test(
    'means nothing before 15 minutes past send_before and three inquiries; then the same bytes ' +
      'go out once under the same key',
    async () => {
      const id = await sent();
      const sendBefore = (await transactionRow(world.knex, id)).sendBefore!;
      world.connector.onInquire = notFound;
      world.connector.onSend = () => succeeded();
      while (world.connector.sends.length < 2) {
        await pollByClock(id, 1);
        const isOver = world.clock.now().getTime() >= sendBefore.getTime() + 15 * MINUTE;
        expect(world.connector.sends).toHaveLength(isOver ? 2 : 1);
      }
      const [first, again] = world.connector.sends;
      expect(again!.body).toBe(first!.body);
      expect(again!.instruction).toEqual(first!.instruction);
      expect(again!.options?.sendBefore).toEqual(new Date(world.clock.now().getTime() + 20 * SECOND));
      expect(world.connector.inquiries.length).toBeGreaterThanOrEqual(3);
      expect(await state(id)).toBe('succeeded');
      expect(await attemptsOf(world.knex, id)).toMatchObject([{ attemptNo: 1, sendCount: 2 }]);
    },
  );

  test('fewer than three inquiries do not suffice, however late they are', async () => {
    const id = await sent();
    world.connector.onInquire = notFound;
    world.clock.advance(2 * HOUR);
    await poll(id);
    await poll(id);
    expect(world.connector.sends).toHaveLength(1);
    await poll(id);
    expect(world.connector.sends).toHaveLength(2);
  });

  test('an inquiry that was asked too early is too early, however late its process wakes', async () => {
    const id = await sent();
    world.connector.onInquire = notFound;
    world.clock.advance(MINUTE);
    await poll(id);
    await poll(id);
    world.connector.onInquire = () => {
      world.clock.advance(HOUR);
      return notFound();
    }; // asked at one minute, answered after an hour
    await poll(id);
    expect(world.connector.sends).toHaveLength(1);
  });

  test('after a repeat the window and the count begin again', async () => {
    const id = await sent();
    world.connector.onInquire = notFound;
    world.connector.onSend = timedOut;
    world.clock.advance(20 * MINUTE);
    for (let i = 0; i < 3; i++) await poll(id);
    expect(world.connector.sends).toHaveLength(2);
    for (let i = 0; i < 5; i++) await poll(id);
    world.clock.advance(14 * MINUTE);
    for (let i = 0; i < 5; i++) await poll(id);
    expect(world.connector.sends).toHaveLength(2);
    world.clock.advance(2 * MINUTE);
    await poll(id);
    expect(world.connector.sends).toHaveLength(3);
    expect(new Set(world.connector.sends.map((s) => s.body)).size).toBe(1);
  });

  test('P4 two processes that find nothing at the same time repeat once', async () => {
    const other = await world.process();
    const id = await sent();
    world.connector.onInquire = notFound;
    world.connector.onSend = () => pending();
    world.clock.advance(20 * MINUTE);
    await poll(id);
    await poll(id);
    await Promise.all([
      runJob(world.first, 'poll', [id]),
      runJob(other, 'poll', [id]),
      runJob(world.first, 'poll', [id]),
    ]);
    expect(world.connector.sends).toHaveLength(2);
    expect(await attemptsOf(world.knex, id)).toMatchObject([{ sendCount: 2 }]);
  });

  test('a refusal of the repeat says nothing of the first: it stays unknown', async () => {
    const id = await sent();
    world.connector.onInquire = notFound;
    world.connector.onSend = () =>
      failed({ providerReference: undefined, rawStatus: 'BAD_REQUEST_ERROR', httpStatus: 400 });
    world.clock.advance(20 * MINUTE);
    for (let i = 0; i < 3; i++) await poll(id);
    expect(world.connector.sends).toHaveLength(2);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'dispatched', outcome: null });
    expect((await outcomesOf(world.knex, id)).at(-1)).toMatchObject({
      kind: 'unknown',
      rawStatus: 'BAD_REQUEST_ERROR',
    });
  });

  test('a payout that the repeat names as failed has failed', async () => {
    const id = await sent();
    world.connector.onInquire = notFound;
    world.connector.onSend = () => failed();
    world.clock.advance(20 * MINUTE);
    for (let i = 0; i < 3; i++) await poll(id);
    expect(await state(id)).toBe('failed');
  });

  test('a repeat that would say something else is a case, and is not sent', async () => {
    const id = await sent();
    world.connector.onInquire = notFound;
    world.connector.salt = 'a new release builds other bytes';
    world.clock.advance(20 * MINUTE);
    for (let i = 0; i < 4; i++) await poll(id);
    expect(world.connector.sends).toHaveLength(1);
    expect(await casesOf(world.knex, id)).toEqual(['repeat_differs']);
    expect(await state(id)).toBe('dispatched');
  });

  test('past the life of the key it is a case', async () => {
    const id = await sent();
    world.connector.onInquire = notFound;
    world.clock.advance(6 * DAY);
    for (let i = 0; i < 4; i++) await poll(id);
    expect(world.connector.sends).toHaveLength(1);
    expect(await casesOf(world.knex, id)).toEqual(['not_found_unresolved', 'polling_exhausted']);
  });

  test(
    'where the provider allows it, not found after the window of its policy row is a failure, ' +
      'by an inquiry that was asked after it',
    async () => {
      setNotFound({ then: 'fail' });
      const id = await sent();
      world.connector.onInquire = notFound;
      world.clock.advance(14 * MINUTE);
      for (let i = 0; i < 6; i++) await poll(id);
      expect(await state(id)).toBe('dispatched');
      world.clock.advance(2 * MINUTE);
      await poll(id);
      expect(await transactionRow(world.knex, id)).toMatchObject({
        state: 'failed',
        statusReason: 'not_found_after_window',
      });
      expect(world.connector.sends).toHaveLength(1);
      expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE);
    },
  );

  test('and not before the third inquiry, however late it is', async () => {
    setNotFound({ then: 'fail' });
    const id = await sent();
    world.connector.onInquire = notFound;
    world.clock.advance(20 * MINUTE);
    for (const after of ['dispatched', 'dispatched', 'failed'])
      expect(await poll(id).then(() => state(id))).toBe(after);
  });

  test('where it allows nothing, it is a case', async () => {
    setNotFound({ then: 'case' });
    const id = await sent();
    world.connector.onInquire = notFound;
    world.clock.advance(20 * MINUTE);
    for (let i = 0; i < 3; i++) await poll(id);
    expect(await casesOf(world.knex, id)).toEqual(['not_found_unresolved']);
    expect(await state(id)).toBe('dispatched');
  });
});

describe('reversals', () => {
  test('after the success is posted: the mirror posting, everything as it was', async () => {
    const before = await balances(world.knex);
    const id = await sent(() => succeeded());
    await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
    expect(await balances(world.knex)).toMatchObject({
      'float:testpay': 150_354n,
      'income:fee:payout': 500n,
      'tax:gst-payable': 90n,
      'expense:provider-fee:testpay': -300n,
      'tax:gst-input': -54n,
    });
    expect(await told(id, reversed())).toBe('apply');
    await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'reversed',
      statusReason: 'beneficiary_bank_rejected',
      nextPollAt: null,
    });
    expect(await balances(world.knex)).toEqual(before);
  });

  test('before the success is posted: queued after it, and one settle wakes the next', async () => {
    const id = await sent();
    expect(await told(id, succeeded())).toBe('apply');
    expect(await told(id, reversed())).toBe('queue_after');
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'dispatched',
      outcome: 'reversed',
      effectCount: 2,
      postedCount: 0,
    });
    const first = await runJob(world.first, 'settle', [id]);
    expect(first.due).toMatchObject([{ job: 'settle', id }]);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'succeeded',
      postedCount: 1,
      dueJob: 'settle',
    });
    await runDue(world.first, first.due);
    expect(await movesOf(world.knex, id)).toEqual([
      'accepted>held',
      'held>dispatched',
      'dispatched>succeeded',
      'succeeded>reversed',
    ]);
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE);
  });

  test('without a success that we knew of, it is a failure', async () => {
    const id = await sent();
    await told(id, reversed());
    await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
    expect(await state(id)).toBe('failed');
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE);
  });

  test('a success is asked about again at T+1 and T+3, and a reversal found then is posted', async () => {
    const id = await sent(() => succeeded());
    await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
    const finished = world.clock.now().getTime();
    world.connector.onInquire = () => succeeded();
    const gaps = await pollByClock(id, 1);
    expect(gaps).toEqual([DAY]);
    expect((await transactionRow(world.knex, id)).nextPollAt).toEqual(new Date(finished + 3 * DAY));
    world.connector.onInquire = () => reversed();
    await pollByClock(id, 1);
    expect(world.clock.now()).toEqual(new Date(finished + 3 * DAY + 1));
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'reversed', nextPollAt: null });
    expect(await balanceOf(world.knex, user.accountId)).toBe(FUNDS_PAISE);
  });

  test('after T+3 nobody asks any more, and hints and lost jobs on the way lose no recheck', async () => {
    const id = await sent(() => succeeded());
    await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
    const finished = world.clock.now().getTime();
    world.connector.onInquire = () => succeeded();
    world.clock.advance(SECOND);
    expect(await told(id, failed())).toBe('ask_again'); // contradicts, and is asked about at once
    await pollByClock(id, 1);
    expect((await transactionRow(world.knex, id)).nextPollAt).toEqual(new Date(finished + DAY));
    world.clock.set(new Date(finished + DAY));
    expect(await claimAll(world.first)).toMatchObject([{ job: 'poll', id }]); // claimed, and the job is lost
    await pollByClock(id, 1);
    expect(world.clock.now().getTime()).toBeLessThan(finished + DAY + MINUTE);
    await pollByClock(id, 1);
    expect(world.clock.now()).toEqual(new Date(finished + 3 * DAY + 1));
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded', nextPollAt: null });
    expect(await casesOf(world.knex, id)).toEqual([]);
  });
});

test('the limit of the day is reserved by the hold, given back by a failure, and kept by a success', async () => {
  const used = async (): Promise<bigint> =>
    (await world.knex.raw<{ rows: { used: bigint }[] }>('select used_paise as used from limit_counters'))
      .rows[0]!.used;
  const [ok, bad] = [await sent(() => succeeded()), await sent(() => failed())];
  expect(await used()).toBe(300_000n);
  await runJob(world.first, 'settle', [ok, bad]);
  expect(await used()).toBe(150_000n);
  await world.knex.raw("insert into period_limits values ('payout', 'day', '2026-10-31', 200000)");
  await world.first.policies.refresh();
  const over = await world.accept(user);
  await runJob(world.first, 'hold', [over]);
  expect(await transactionRow(world.knex, over)).toMatchObject({
    state: 'failed',
    statusReason: 'LIMIT_EXCEEDED',
  });
});
