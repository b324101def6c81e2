/** Inquiries about what is final end with their answer, whatever the transaction ended as. */
import { transactionId } from '../../../domain/ids/ids';
import { claimDuePolls } from '../../../domain/driving/poll-claim';
import { bringInquiryForward } from '../../../domain/lifecycle/inquiries';
import { closeWithCleanBooks } from '../../support/books';
import { dispatched, runDue, runJob } from '../../support/driver';
import { failed, notFound, PROVIDER, succeeded, timedOut } from '../../support/scripted-connector';
import { casesOf, createWorld, transactionRow, type World } from '../../support/world';

const HOUR = 3_600_000;
let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => closeWithCleanBooks(world.knex, world));

async function sent(onSend: typeof world.connector.onSend): Promise<string> {
  const id = await world.accept(await world.user(10_000_000n));
  world.connector.onSend = onSend;
  await dispatched(world.first, id);
  await runJob(world.first, 'settle', [id]);
  return id;
}
/** The loop queues what is due, and a worker asks; `lateMs` later where the queue is long. */
async function ask(times: number, lateMs = 0): Promise<void> {
  for (let i = 0; i < times; i++) {
    world.clock.advance(HOUR * 2);
    const due = await claimDuePolls(world.first, { limit: 10, provider: PROVIDER });
    world.clock.advance(lateMs);
    await runDue(world.first, due);
  }
}
const hint = async (id: string): Promise<void> => {
  world.clock.advance(1_000);
  await bringInquiryForward(world.knex, [id], world.clock.now());
};
const refused = (): ReturnType<typeof failed> => failed({ providerReference: undefined });

test('P5 one that was refunded is asked about when somebody says that it has changed, and a contradiction is a case', async () => {
  const id = await sent(() => ({ ...failed(), kind: 'refunded' }));
  await hint(id);
  world.connector.onInquire = () => ({ ...failed(), kind: 'refunded' });
  await ask(1);
  expect(world.connector.inquiries).toHaveLength(1);
  expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'refunded', nextPollAt: null });
  await hint(id);
  world.connector.onInquire = () => succeeded();
  await ask(1);
  expect(await casesOf(world.knex, id)).toEqual(['contradiction_succeeded']);
  expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'refunded', nextPollAt: null });
});

test(
  'of a refusal nothing is there: when that was found often enough after the window, it is ' +
    'not asked for again, and nobody is told',
  async () => {
    const id = await sent(refused);
    await hint(id);
    world.connector.onInquire = notFound;
    await ask(2);
    expect((await transactionRow(world.knex, id)).nextPollAt).not.toBeNull();
    await ask(1);
    expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'failed', nextPollAt: null });
    expect(await casesOf(world.knex, id)).toEqual([]);
  },
);

test('an inquiry that was made late, after the next one was due, leaves no inquiry that never ends', async () => {
  const id = await sent(timedOut);
  world.connector.onInquire = refused;
  await ask(1, HOUR * 2);
  await runJob(world.first, 'settle', [id]);
  expect((await transactionRow(world.knex, id)).state).toBe('failed');
  world.connector.onInquire = notFound;
  await ask(3);
  expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'failed', nextPollAt: null });
});

test('P5 where somebody said that a refusal succeeded, not finding it is no answer: people are told', async () => {
  const id = await sent(refused);
  world.clock.advance(1_000);
  await world.first.recorder.record({
    transactionId: transactionId(id),
    attemptNo: 1,
    source: 'callback',
    askedAt: world.clock.now(),
    answer: succeeded(),
  });
  world.connector.onInquire = notFound;
  await ask(11);
  expect((await transactionRow(world.knex, id)).nextPollAt).not.toBeNull();
  expect(await casesOf(world.knex, id)).toEqual(['inquiry_unanswered']);
});
