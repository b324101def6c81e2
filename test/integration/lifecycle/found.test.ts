/**
 * Transactions are found by columns that stay while they are under way, so that no index is written with each step. What
 * is due is found in time all the same, whoever writes.
 */
import type { Knex } from 'knex';
import { transactionId } from '../../../domain/ids/ids';
import { claimDuePolls } from '../../../domain/driving/poll-claim';
import { claimOverdueTransactions } from '../../../domain/driving/redrive';
import { bringInquiryForward } from '../../../domain/lifecycle/inquiries';
import { FIRST_DRIVE_MS } from '../../../domain/lifecycle/due';
import { FINAL_STATES, STATES, type State } from '../../../domain/lifecycle/lifecycle';
import { up as findOldOnes } from '../../../migrations/20261222010001_old_transactions_are_found';
import { execute, makeKnex, rows } from '../../../platform/database';
import { dispatched, LANES, runJob } from '../../support/driver';
import { PROVIDER, succeeded } from '../../support/scripted-connector';
import { createWorld, type World } from '../../support/world';

let world: World;
let owner: Knex;
let user: Awaited<ReturnType<World['user']>>;
beforeEach(async () => {
  world = await createWorld();
  owner = makeKnex(world.database.migrateUrl, { max: 1 });
  user = await world.user(100_000_000n);
});
afterEach(async () => {
  await owner.destroy();
  await world.close();
});

interface Found {
  state: State;
  endedAs: State | null;
  dueAt: Date | null;
  dueFrom: Date | null;
  nextPollAt: Date | null;
  pollFrom: Date | null;
}

async function foundBy(id: string): Promise<Found> {
  const [found] = await rows<Found>(
    world.knex,
    `select state, ended_as as "endedAs", due_at as "dueAt", due_from as "dueFrom", next_poll_at as "nextPollAt",
       poll_from as "pollFrom" from transactions where id = ?`,
    [id],
  );
  return found!;
}

const claim = async (): Promise<string[]> =>
  (await claimOverdueTransactions(world.first, { limit: 10, only: LANES })).due.map(({ id }) => id);
const polls = async (): Promise<string[]> =>
  (await claimDuePolls(world.first, { limit: 10, provider: PROVIDER })).map(({ id }) => id);

const recordSuccess = (id: string): Promise<unknown> =>
  world.first.recorder.record({
    transactionId: transactionId(id),
    attemptNo: 1,
    source: 'poll',
    askedAt: world.clock.now(),
    answer: succeeded(),
  });

async function settled(id: string): Promise<void> {
  await dispatched(world.first, id);
  await recordSuccess(id);
  await runJob(world.first, 'settle', [id]);
}

/** What a payout changes between its acceptance and its end. */
const ON_THE_WAY = [
  'state',
  'attempt_no',
  'send_before',
  'outcome',
  'outcome_at',
  'outcome_count',
  'effect_count',
].concat(
  [
    'posted_count',
    'move_count',
    'due_job',
    'due_at',
    'drive_no',
    'drives',
    'next_poll_at',
    'poll_no',
    'status_reason',
  ],
  ['provider_reference', 'utr', 'updated_at', 'asked_for_at', 'spoken_of_attempt', 'expires_at'],
);

test('no index of transactions is on what changes on their way', async () => {
  const found = await rows<{ name: string; column: string }>(
    world.knex,
    `select distinct d.objid::regclass::text as name, a.attname as "column" from pg_depend d
     join pg_index i on i.indexrelid = d.objid
     join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
     where d.refobjid = 'transactions'::regclass and d.classid = 'pg_class'::regclass and d.refobjsubid > 0`,
  );
  expect(found.map(({ column }) => column)).toEqual(
    expect.arrayContaining(['ended_as', 'due_from', 'poll_from']),
  );
  expect(found.filter(({ column }) => ON_THE_WAY.includes(column))).toEqual([]);
});

test('on the way of a payout nothing that it is found by changes until it has ended', async () => {
  const id = await world.accept(user);
  const accepted = await foundBy(id);
  const by = { endedAs: null, dueFrom: accepted.dueAt, pollFrom: accepted.pollFrom };
  expect(accepted).toMatchObject({
    ...by,
    state: 'accepted',
    dueFrom: expect.any(Date),
    pollFrom: expect.any(Date),
  });
  world.clock.advance(200);
  await runJob(world.first, 'hold', [id]);
  expect(await foundBy(id)).toMatchObject({ ...by, state: 'held' });
  world.clock.advance(200);
  await runJob(world.first, 'send', [id]);
  expect(await foundBy(id)).toMatchObject({ ...by, state: 'dispatched', nextPollAt: expect.any(Date) });
  await recordSuccess(id);
  expect(await foundBy(id)).toMatchObject({ ...by, state: 'dispatched', dueAt: expect.any(Date) });
  await runJob(world.first, 'settle', [id]);
  const ended = await foundBy(id);
  expect(ended).toMatchObject({
    state: 'succeeded',
    endedAs: 'succeeded',
    dueFrom: null,
    pollFrom: ended.nextPollAt,
  });
});

test('what has become due later is put behind, and driven when it is due', async () => {
  const id = await world.accept(user);
  world.clock.advance(FIRST_DRIVE_MS - 1);
  await runJob(world.first, 'hold', [id]);
  world.clock.advance(1);
  expect(await claim()).toEqual([]);
  const held = await foundBy(id);
  expect(held.dueFrom).toEqual(held.dueAt);
  world.clock.set(held.dueAt!);
  expect(await claim()).toEqual([id]);
  const driven = await foundBy(id);
  expect(driven.dueFrom).toEqual(driven.dueAt);
});

test('one that waits for its provider is not looked at again and again, and its inquiry is made in time', async () => {
  const id = await world.accept(user);
  await dispatched(world.first, id);
  world.clock.advance(FIRST_DRIVE_MS);
  expect(await claim()).toEqual([]);
  expect(await foundBy(id)).toMatchObject({ dueAt: null, dueFrom: null });
  const { nextPollAt } = await foundBy(id);
  world.clock.set(nextPollAt!);
  expect(await polls()).toEqual([id]);
  const asked = await foundBy(id);
  expect(asked.nextPollAt! > nextPollAt!).toBe(true);
  expect(asked.pollFrom).toEqual(asked.nextPollAt);
});

test('an inquiry that is asked for is found at once, also about one that has ended', async () => {
  const waiting = await world.accept(user);
  await dispatched(world.first, waiting);
  world.clock.advance(60_000);
  await polls();
  expect(await polls()).toEqual([]);
  await bringInquiryForward(world.knex, [waiting], world.clock.now());
  expect(await polls()).toEqual([waiting]);
  const ended = await world.accept(user);
  await settled(ended);
  await bringInquiryForward(world.knex, [ended], world.clock.now());
  expect(await polls()).toEqual([ended]);
});

test.each(STATES)('%s is found as what it is, whoever writes', async (state) => {
  const id = await world.accept(user);
  const isFinal = FINAL_STATES.has(state);
  const isDue = state === 'accepted' || state === 'held';
  await owner.raw('alter table transactions disable trigger transactions_moves');
  await execute(
    world.knex,
    `update transactions set state = :state, attempt_no = 1, due_at = ${isDue ? 'due_at' : 'null'},
       next_poll_at = ${isDue ? 'null' : "created_at + interval '3 days'"}, finished_at = ${isFinal ? 'now()' : 'null'},
       move_count = move_count + ${state === 'accepted' ? 0 : 1} where id = :id`,
    { state, id },
  );
  const found = await foundBy(id);
  expect(found.endedAs).toBe(isFinal ? state : null);
  const early = (from: Date | null, at: Date | null): boolean => at === null || (from !== null && from <= at);
  expect([early(found.dueFrom, found.dueAt), early(found.pollFrom, found.nextPollAt)]).toEqual([true, true]);
  const left = isFinal ? [found.dueFrom, found.pollFrom] : [null, found.nextPollAt];
  expect(left).toEqual([null, found.nextPollAt]);
});

test.each([
  ['transactions_ended_as_its_state', "ended_as = 'failed'"],
  ['transactions_due_is_found', "due_from = due_at + interval '1 second'"],
  ['transactions_due_is_found', 'due_from = null'],
  ['transactions_poll_is_found', "poll_from = next_poll_at + interval '1 second'"],
  ['transactions_poll_is_found', 'poll_from = null'],
])('the trigger mends it, and without the trigger %s refuses: %s', async (constraint, set) => {
  const id = await world.accept(user);
  if (constraint === 'transactions_poll_is_found') await dispatched(world.first, id);
  const before = await foundBy(id);
  await execute(world.knex, `update transactions set ${set} where id = ?`, [id]);
  const mended = await foundBy(id);
  expect(mended).toMatchObject({ endedAs: null, dueAt: before.dueAt, nextPollAt: before.nextPollAt });
  const trx = await owner.transaction();
  await trx.raw('alter table transactions disable trigger transactions_are_found');
  await expect(trx.raw(`update transactions set ${set} where id = ?`, [id])).rejects.toMatchObject({
    constraint,
  });
  await trx.rollback();
});

test('transactions of before get what they are found by', async () => {
  const ids = [await world.accept(user), await world.accept(user), await world.accept(user)] as const;
  await dispatched(world.first, ids[1]);
  await settled(ids[2]);
  const before = await Promise.all(ids.map(foundBy));
  await owner.raw(`
    alter table transactions drop constraint transactions_ended_as_its_state, drop constraint transactions_due_is_found,
      drop constraint transactions_poll_is_found;
    alter table transactions disable trigger transactions_are_found;
    update transactions set ended_as = null, due_from = null, poll_from = null;
    alter table transactions enable always trigger transactions_are_found`);
  await findOldOnes(owner);
  const after = await Promise.all(ids.map(foundBy));
  expect(after.map(({ endedAs }) => endedAs)).toEqual([null, null, 'succeeded']);
  expect(after).toEqual(
    before.map((row) => ({
      ...row,
      dueFrom: row.dueAt,
      pollFrom: row.nextPollAt,
    })),
  );
});
