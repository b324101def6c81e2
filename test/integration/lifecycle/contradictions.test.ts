/** A word that contradicts one before it is a case for a person, and moves no money by itself. */
import type { AppUser } from '../../../domain/users/users';
import { claimAll, runDue, runJob } from '../../support/driver';
import { failed, pending, succeeded, timedOut } from '../../support/scripted-connector';
import { balances, casesOf, transactionRow, type World } from '../../support/world';
import { FUNDS_PAISE, useWorld } from '../../support/use-world';

const SECOND = 1_000;
const used = useWorld();
const { sent, told, state, pollByClock } = used;
let world: World;
let user: AppUser;

beforeEach(() => {
  ({ world, user } = used);
});

describe('contradictions', () => {
  test('a late success: in review, carried by suspense, a case, and the wallet keeps its money', async () => {
    const id = await sent(() => failed());
    await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
    const shown = () => world.first.transactions.get(user.userId, id);
    const before = await shown();
    expect(before).toMatchObject({ status: 'FAILED', finished_at: expect.any(String), utr: null });
    world.clock.advance(SECOND);
    expect(await told(id, succeeded())).toBe('ask_again');
    world.connector.onInquire = () => succeeded();
    await pollByClock(id, 1);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'in_review',
      outcome: 'late_success',
    });
    // Callers read what they were told, and that somebody looks, until a person has decided.
    expect(await shown()).toMatchObject({
      status: 'FAILED',
      status_reason: 'UNDER_REVIEW',
      provider_reason: before.provider_reason,
      finished_at: before.finished_at,
      utr: null,
    });
    expect(await casesOf(world.knex, id)).toEqual(['late_success']);
    expect(await balances(world.knex)).toMatchObject({
      [`wallet:${user.userId}:main`]: FUNDS_PAISE,
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

  test.each([
    ['the same fee is no news', {}, []],
    ['no fee says nothing', { providerFeePaise: undefined, providerTaxPaise: undefined }, []],
    ['another fee is a case, and moves nothing', { providerFeePaise: 400n }, ['provider_fee_differs']],
    ['another tax is one too', { providerTaxPaise: 53n }, ['provider_fee_differs']],
  ])('an inquiry after the success states the fee of the provider: %s', async (_what, stated, cases) => {
    const id = await sent(() => succeeded());
    await runDue(world.first, [{ job: 'settle', id, driveNo: 0 }]);
    const before = await balances(world.knex);
    world.clock.advance(SECOND);
    expect(await told(id, succeeded(stated), 'poll')).toBe('repeat');
    expect(await casesOf(world.knex, id)).toEqual(cases);
    await runJob(world.first, 'settle', [id]);
    expect(await balances(world.knex)).toEqual(before);
  });

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
