/** Restore mode: nothing is sent, given up or called failed before its provider has been asked. */
import { transactionId } from '../../../domain/ids/ids';
import { namesOfAttempt } from '../../../domain/dispatch/attempts';
import type { InquiryAnswer } from '../../../domain/provider/outcome';
import { execute } from '../../../platform/database';
import { claimAll, runDue, runJob } from '../../support/driver';
import { failed, notFound, pending, refused, succeeded, timedOut } from '../../support/scripted-connector';
import { useWorld } from '../../support/use-world';
import { attemptsOf, casesOf, transactionRow } from '../../support/world';

const here = useWorld();
const HOUR_MS = 3_600_000;

const referenceOf = (id: string, attemptNo: number): string =>
  namesOfAttempt(transactionId(id), attemptNo).ourReference;
/** A minute after the dump, in which the world went on. */
function begin(): Promise<{ toAsk: number }> {
  const point = here.world.clock.now();
  here.world.clock.advance(60_000);
  return here.world.first.restores.begin({ point, reason: 'drill', by: 'test' });
}
/** What the provider says of each reference; of the others it knows nothing. */
function knows(answers: Record<string, InquiryAnswer>): void {
  here.world.connector.onInquire = ({ ourReference }) => answers[ourReference] ?? notFound();
}
async function ask(rounds = 1, gapMs = 0): Promise<void> {
  for (let i = 0; i < rounds; i += 1) {
    const { due, errors } = await here.world.first.restoreAsker.ask(100);
    expect(errors).toEqual([]);
    await runDue(here.world.first, due);
    here.world.clock.advance(gapMs);
  }
}
async function driveAll(): Promise<void> {
  for (let due = await claimAll(here.world.first); due.length > 0; due = await claimAll(here.world.first))
    await runDue(here.world.first, due);
}
const accepted = (): Promise<string> => here.world.accept(here.user);

describe.each([
  ['accepted', accepted, 1],
  ['held', () => here.held(), 1],
  ['dispatched', () => here.sent(timedOut), 1],
  ['dispatched, and paid by a later attempt', () => here.sent(timedOut), 2],
  ['held, and paid by a later attempt', () => here.held(), 3],
])('P4 %s in the dump and paid since', (_name, bring, attemptNo) => {
  it('ends as succeeded, and is sent by nobody', async () => {
    const { world } = here;
    const id = await bring();
    await begin();
    const sends = world.connector.sends.length;
    knows({ [referenceOf(id, attemptNo)]: succeeded() });
    world.clock.advance(HOUR_MS); // long expired: nothing may be given up for that
    await driveAll();
    await runJob(world.first, 'hold', [id]);
    await runJob(world.first, 'send', [id]);
    expect((await transactionRow(world.knex, id)).state).not.toBe('failed');
    await ask();
    await driveAll();
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded', attemptNo });
    expect(world.connector.sends).toHaveLength(sends);
    const [attempt] = (await attemptsOf(world.knex, id)).slice(-1);
    expect(attempt).toMatchObject({ attemptNo, ourReference: referenceOf(id, attemptNo) });
    await world.first.restores.finish('test');
  });
});

it('what the provider does not know is sent only when its not-found means something', async () => {
  const { world } = here;
  const id = await here.held();
  await begin();
  knows({});
  await ask();
  await runJob(world.first, 'send', [id]);
  expect(world.connector.sends).toHaveLength(0);
  const { sendWindowMs, notFoundWindowMs } = world.first.policies.provider('testpay');
  world.clock.advance(sendWindowMs + notFoundWindowMs - 1);
  await ask(5);
  expect(world.connector.sends).toHaveLength(0);
  await expect(world.first.restores.finish('test')).rejects.toMatchObject({ code: 'RESTORE_UNANSWERED' });
  world.clock.advance(1);
  await execute(world.knex, `update transactions set expires_at = '2100-01-01' where id = ?`, [id]);
  await ask(4, HOUR_MS);
  await runJob(world.first, 'send', [id]);
  expect(world.connector.sends.map(({ instruction }) => instruction.ourReference)).toEqual([
    referenceOf(id, 1),
  ]);
  await world.first.restores.finish('test');
});

it('P5 what is certainly not there ends by the rules that there are, and its money comes back', async () => {
  const { world } = here;
  const id = await here.held();
  await begin();
  knows({});
  await ask(5, HOUR_MS);
  await driveAll();
  expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'failed' });
  expect(world.connector.sends).toHaveLength(0);
});

it('P5 a provider that does not answer leaves everything where it is, and people are told', async () => {
  const { world } = here;
  const ids = [await accepted(), await here.held(), await here.sent(timedOut)];
  await begin();
  world.connector.onInquire = () => timedOut();
  await ask(40, HOUR_MS);
  await driveAll();
  const states = await Promise.all(ids.map(async (id) => (await transactionRow(world.knex, id)).state));
  expect(states).toEqual(['accepted', 'held', 'dispatched']);
  for (const id of ids) expect(await casesOf(world.knex, id)).toContain('restore_uncertain');
  await world.first.restores.clear(ids[1]!, { reason: 'their report has nothing', by: 'test' });
  knows({ [referenceOf(ids[0]!, 1)]: pending(), [referenceOf(ids[2]!, 1)]: succeeded() });
  world.clock.advance(24 * HOUR_MS);
  await ask(2, HOUR_MS);
  await driveAll();
  await world.first.restores.finish('test');
  expect((await transactionRow(world.knex, ids[1]!)).state).toBe('failed');
  expect((await transactionRow(world.knex, ids[0]!)).state).toBe('dispatched');
});

it('P4 two attempts that the provider has are a matter for people', async () => {
  const { world } = here;
  const id = await here.held();
  await begin();
  knows({ [referenceOf(id, 1)]: succeeded(), [referenceOf(id, 2)]: pending() });
  world.clock.advance(HOUR_MS);
  await ask();
  expect(await casesOf(world.knex, id)).toEqual(['restore_paid_twice']);
  expect((await transactionRow(world.knex, id)).state).toBe('held');
});

describe('P4 an attempt that failed for our balance may have been followed after the expiry', () => {
  const short = failed({ rawReason: 'insufficient_funds', isShortOfFunds: true });
  /** The dump is of now; the world went on for so long. */
  const beginAfter = async (lostMs: number): Promise<void> => {
    const point = here.world.clock.now();
    here.world.clock.advance(lostMs);
    await here.world.first.restores.begin({ point, reason: 'drill', by: 'test' });
  };

  it('so later attempts are asked about, and one that was paid is found', async () => {
    const { world } = here;
    const id = await here.held();
    await beginAfter(50 * 60_000);
    knows({ [referenceOf(id, 1)]: short, [referenceOf(id, 48)]: succeeded() });
    await ask();
    await driveAll();
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'succeeded', attemptNo: 48 });
    expect(world.connector.sends).toHaveLength(0);
  });

  it('and where there may have been more than can be asked about, a person decides', async () => {
    const { world } = here;
    const id = await here.sent(() => short);
    await beginAfter(2 * HOUR_MS);
    const sends = world.connector.sends.length;
    knows({});
    await ask(40, HOUR_MS);
    await driveAll();
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'held' });
    expect(await casesOf(world.knex, id)).toContain('restore_uncertain');
    expect(world.connector.sends).toHaveLength(sends);
  });
});

it('another amount under our reference is no answer', async () => {
  const { world } = here;
  const id = await here.held();
  await begin();
  knows({ [referenceOf(id, 1)]: succeeded({ amountPaise: 1n }) });
  await ask(2, HOUR_MS);
  expect((await transactionRow(world.knex, id)).state).toBe('held');
});

it('P5 paid, and the wallet is short after the restore: a case, never a failure', async () => {
  const { world } = here;
  const poor = await world.user(1_000n);
  const id = await world.accept(poor);
  await begin();
  knows({ [referenceOf(id, 1)]: succeeded() });
  await ask();
  expect(await casesOf(world.knex, id)).toEqual(['restore_not_held']);
  expect((await transactionRow(world.knex, id)).state).toBe('accepted');
});

it('the database itself refuses to send or give up what was not asked about', async () => {
  const { world } = here;
  const [a, h, d] = [
    await accepted(),
    await here.held(),
    await here.sent(() => refused()).then(() => here.held()),
  ];
  await begin();
  for (const [id, state] of [
    [a, 'failed'],
    [h, 'failed'],
    [d, 'dispatched'],
  ])
    await expect(
      execute(
        world.knex,
        `update transactions set state = ?, move_count = move_count + 1, finished_at = null where id = ?`,
        [state, id],
      ),
    ).rejects.toThrow(/transactions/);
});

it('one restore is open at a time, and a move is none', async () => {
  const { restores } = here.world.first;
  await expect(restores.finish('test')).rejects.toMatchObject({ code: 'RESTORE_NOT_OPEN' });
  await restores.declareMove({ reason: 'a new host', by: 'test' });
  await begin();
  await expect(begin()).rejects.toMatchObject({ code: 'RESTORE_ALREADY_OPEN' });
  await expect(restores.declareMove({ reason: 'x', by: 'test' })).rejects.toMatchObject({
    code: 'RESTORE_ALREADY_OPEN',
  });
  await restores.finish('test');
  expect((await restores.status()).open).toBeUndefined();
});
