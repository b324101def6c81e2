/**
 * What the provider has once shown stays known: a payment that is not found later is neither sent again nor
 * failed, and several payments under one reference are told to people at once.
 */
import type { InquiryAnswer, ProviderOutcome } from '../../../domain/provider/outcome';
import { execute } from '../../../platform/database';
import { callbackCalls, newEventId } from '../../support/callback-calls';
import { notFound, pending, succeeded, timedOut, unsignedHeaders } from '../../support/scripted-connector';
import { attemptsOf, balanceOf, casesOf, transactionRow, type World } from '../../support/world';
import { useWorld } from '../../support/use-world';

const HOUR = 3_600_000;
const used = useWorld();
const { sent, state, pollByClock } = used;
const { about, process, receive } = callbackCalls(() => used);
let world: World;

beforeEach(() => {
  ({ world } = used);
});

const several = (): ProviderOutcome => ({
  ...timedOut(),
  rawStatus: '<duplicate at provider>',
  foundThere: 'several',
  description: '2 payouts carry the reference: pout_1, pout_2',
});
const answering = (...answers: (() => InquiryAnswer)[]): void => {
  world.connector.onInquire = () => (answers.length > 1 ? answers.shift()! : answers[0]!)();
};

/** Long after the window, and as often as it takes for not-found to count. */
async function askForHours(id: string): Promise<void> {
  world.clock.advance(HOUR);
  for (let i = 0; i < 6 && (await state(id)) === 'dispatched'; i++) await pollByClock(id, 1);
}

test('P4 two payments under one reference are a case at once; empty afterwards, nothing is sent again', async () => {
  const id = await sent();
  answering(several, several, notFound);
  await pollByClock(id, 1);
  expect(await casesOf(world.knex, id)).toEqual(['duplicate_at_provider']);
  await askForHours(id);
  expect(world.connector.sends).toHaveLength(1);
  expect(await attemptsOf(world.knex, id)).toMatchObject([{ attemptNo: 1, sendCount: 1 }]);
  expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'dispatched', outcome: null });
  expect((await casesOf(world.knex, id)).toSorted()).toEqual([
    'duplicate_at_provider',
    'not_found_contradicted',
  ]);
});

test.each<[string, () => Promise<string>]>([
  ['the answer to the send', () => sent(() => pending())],
  ['an answer to the send without an id', () => sent(() => ({ ...pending(), providerReference: undefined }))],
  [
    'an inquiry',
    async () => {
      const id = await sent();
      answering(() => pending());
      await pollByClock(id, 1);
      return id;
    },
  ],
  [
    'a signed callback',
    async () => {
      const id = await sent();
      await process((await receive(await about(id, pending()))).id);
      return id;
    },
  ],
  [
    'an unsigned one',
    async () => {
      const id = await sent();
      await process((await receive(await about(id, pending()), unsignedHeaders(newEventId()))).id);
      return id;
    },
  ],
])('P5 seen in %s, and then not found: a person looks', async (_where, seen) => {
  for (const rule of [{ then: 'resend_same_key', keyLifeMs: HOUR * 48 }, { then: 'fail' }] as const) {
    world.connector.payout.notFound = rule;
    const id = await seen();
    const before = world.connector.sends.length;
    answering(notFound);
    await askForHours(id);
    expect(world.connector.sends).toHaveLength(before);
    expect(await state(id)).toBe('dispatched');
    expect(await casesOf(world.knex, id)).toEqual(['not_found_contradicted']);
    answering(() => succeeded()); // found again, it ends as it should
    await pollByClock(id, 1);
    expect(await state(id)).toBe('succeeded');
  }
});

test('P5 what was never seen still fails where the provider allows it, and is asked about when it shows up', async () => {
  world.connector.payout.notFound = { then: 'fail' };
  const id = await sent();
  answering(notFound);
  await askForHours(id);
  expect(await state(id)).toBe('failed');
  const funds = await balanceOf(world.knex, used.user.accountId);
  await process((await receive(await about(id, pending()))).id);
  answering(() => succeeded());
  await pollByClock(id, 1);
  expect(await state(id)).toBe('in_review');
  expect(await casesOf(world.knex, id)).toEqual(['late_success']);
  expect(await balanceOf(world.knex, used.user.accountId)).toBe(funds);
});

test('the database refuses to send again what was seen', async () => {
  const repeat = (id: string): Promise<number> =>
    execute(world.knex, 'update dispatch_attempts set send_count = send_count + 1 where transaction_id = ?', [
      id,
    ]);
  const refusal = { constraint: 'dispatch_attempts_seen_is_not_repeated' };
  await expect(repeat(await sent(() => pending()))).rejects.toMatchObject(refusal);
  const id = await sent();
  answering(() => pending());
  await pollByClock(id, 1);
  await expect(repeat(id)).rejects.toMatchObject(refusal);
  expect(await repeat(await sent())).toBe(1);
});
