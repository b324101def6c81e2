/** The provider speaks of an attempt that we had called certainly not sent: unsigned or vague, it is enough to send nothing more. Two payments may not follow from one instruction. */
import { rows } from '../../../platform/database';
import { closeWithCleanBooks } from '../../support/books';
import { claimAll, dispatched, runDue, runJob } from '../../support/driver';
import {
  callbackBody,
  failed,
  pending,
  refused,
  signedHeaders,
  succeeded,
  unsignedHeaders,
  type TestCallback,
} from '../../support/scripted-connector';
import { attemptsOf, balanceOf, casesOf, createWorld, transactionRow, type World } from '../../support/world';

const FUNDS = 10_000_000n;
let world: World;
let user: Awaited<ReturnType<World['user']>>;
let events = 0;

beforeEach(async () => {
  world = await createWorld();
  user = await world.user(FUNDS);
});
afterEach(() => closeWithCleanBooks(world.knex, world));

const state = async (id: string): Promise<string> => (await transactionRow(world.knex, id)).state;
async function calledUnsent(): Promise<string> {
  const id = await world.accept(user);
  world.connector.onSend = refused;
  await dispatched(world.first, id);
  expect(await state(id)).toBe('held');
  return id;
}
/** A callback about the first attempt comes and is processed; what became of it. */
async function heard(
  id: string,
  answer: ReturnType<typeof failed>,
  headers: typeof signedHeaders,
): Promise<string | null> {
  const [attempt] = await attemptsOf(world.knex, id);
  const outcome = JSON.parse(JSON.stringify(answer)) as TestCallback['outcome'];
  const callback = callbackBody({
    event: `payout.${answer.rawStatus}`,
    target: { ourReference: attempt!.ourReference, providerReference: 'pout_1', amountPaise: '150000' },
    outcome,
  });
  const { due } = await world.first.callbackReceiver.receive(
    'testpay',
    headers(`evt_${(events += 1)}`),
    callback,
  );
  const report = await runJob(world.first, 'callback', [due!.id]);
  expect(report.errors).toEqual([]);
  await runDue(world.first, report.due);
  return (
    await rows<{ result: string | null }>(world.knex, 'select result from callbacks where id = ?', [due!.id])
  )[0]!.result;
}
const secondRefused = async (id: string): Promise<void> => {
  world.clock.advance(2_000);
  world.connector.onSend = refused;
  expect((await runJob(world.first, 'send', [id])).errors).toEqual([]);
};
const spokenOf = (id: string): Promise<string | null> => heard(id, failed(), unsignedHeaders);
/** Whatever is due in a day, done: how often it was sent. */
const sendsInTheEnd = async (): Promise<number> => {
  for (const _hour of Array.from({ length: 24 })) {
    world.clock.advance(3_600_000);
    for (const due of await claimAll(world.first)) await runDue(world.first, [due]);
  }
  return world.connector.sends.length;
};

test.each([
  ['unsigned', unsignedHeaders],
  ['signed, and pending', signedHeaders],
])(
  '%s, while the next waits: it is not sent, not given back, and the provider is asked',
  async (_how, headers) => {
    const id = await calledUnsent();
    await heard(id, pending(), headers);
    expect([await state(id), await casesOf(world.knex, id)]).toEqual([
      'in_review',
      ['outcome_of_abandoned_attempt'],
    ]);
    expect(await sendsInTheEnd()).toBe(1);
    expect([await state(id), await balanceOf(world.knex, user.accountId)]).toEqual([
      'in_review',
      FUNDS - 150_590n,
    ]);
  },
);

test('the inquiry that follows tells people what the provider says', async () => {
  const id = await calledUnsent();
  expect(await spokenOf(id)).toBe('case');
  world.connector.onInquire = () => succeeded();
  for (const due of await claimAll(world.first)) await runDue(world.first, [due]);
  expect([await state(id), (await casesOf(world.knex, id)).toSorted()]).toEqual([
    'in_review',
    ['outcome_in_review', 'outcome_of_abandoned_attempt'],
  ]);
  expect(await sendsInTheEnd()).toBe(1);
  expect(world.connector.inquiries).toHaveLength(1);
});

test('while the next is on its way: a case, and should that not have been sent either, no third', async () => {
  const id = await calledUnsent();
  let result: string | null = null;
  world.clock.advance(2_000);
  world.connector.onSend = async () => {
    result = await spokenOf(id);
    return refused();
  };
  expect((await runJob(world.first, 'send', [id])).errors).toEqual([]);
  expect(result).toBe('case');
  expect([await state(id), await casesOf(world.knex, id)]).toEqual([
    'in_review',
    ['outcome_of_abandoned_attempt'],
  ]);
  expect(await sendsInTheEnd()).toBe(2);
});

test('a case that a person has closed stops nothing any more', async () => {
  const id = await calledUnsent();
  world.clock.advance(2_000);
  world.connector.onSend = async () => {
    await spokenOf(id);
    await world.knex.raw(
      "update ops_cases set closed_at = opened_at, closed_by = 'test', closed_note = 'it was not there'",
    );
    return refused();
  };
  await runJob(world.first, 'send', [id]);
  expect(await state(id)).toBe('held');
  await secondRefused(id);
  expect(world.connector.sends).toHaveLength(3);
});

test.each([
  ['unsigned', unsignedHeaders, 'hint'],
  ['signed, and pending', signedHeaders, 'note'],
] as const)('%s, before we call it unsent: it is not called so', async (_how, headers, result) => {
  const id = await world.accept(user);
  world.connector.onSend = async () => {
    expect(await heard(id, pending(), headers)).toBe(result);
    return refused();
  };
  await dispatched(world.first, id);
  expect(await state(id)).toBe('dispatched');
  world.connector.onInquire = () => succeeded();
  world.clock.advance(60_000);
  for (const due of await claimAll(world.first)) await runDue(world.first, [due]);
  expect([await state(id), world.connector.sends.length]).toEqual(['succeeded', 1]);
});
