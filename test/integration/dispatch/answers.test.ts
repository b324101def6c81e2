/** Answers to a send that do not fit the row: another amount, a word that contradicts what was recorded. */
import { transactionId } from '../../../domain/ids/ids';
import { randomBytes } from 'node:crypto';
import { readOpenAttempts } from '../../../domain/dispatch/attempts';
import { createWalletReader } from '../../../domain/wallets/read';
import { createCursors } from '../../../domain/errors/cursor';
import type { AppUser } from '../../../domain/users/users';
import { runDue, runJob } from '../../support/driver';
import { pending, refused, succeeded, timedOut } from '../../support/scripted-connector';
import { FUNDS_PAISE, useWorld } from '../../support/use-world';
import { attemptsOf, casesOf, movesOf, outcomesOf, transactionRow, type World } from '../../support/world';

const used = useWorld();
const { held } = used;
let world: World;
let user: AppUser;
beforeEach(() => {
  ({ world, user } = used);
});

describe('answers that do not fit', () => {
  test('another amount is no answer: unknown, without that reference, a case, and asked again', async () => {
    const id = await held();
    world.connector.onSend = () => succeeded({ amountPaise: 150_001n });
    await runJob(world.first, 'send', [id]);
    expect(await transactionRow(world.knex, id)).toMatchObject({
      state: 'dispatched',
      outcome: null,
      providerReference: null,
      statusReason: '<amount mismatch>',
    });
    world.connector.onInquire = () => succeeded({ amountPaise: 15_000n });
    await runJob(world.first, 'poll', [id]);
    expect(await casesOf(world.knex, id)).toEqual(['amount_mismatch']);
    expect((await transactionRow(world.knex, id)).state).toBe('dispatched');
    world.connector.onInquire = () => succeeded({ amountPaise: 150_000n });
    await runDue(world.first, (await runJob(world.first, 'poll', [id])).due);
    expect((await transactionRow(world.knex, id)).state).toBe('succeeded');
  });

  test('one that is on its way is not acknowledged with another amount', async () => {
    const id = await held();
    world.connector.onSend = () => pending({ amountPaise: 150_001n });
    await runJob(world.first, 'send', [id]);
    expect(await outcomesOf(world.knex, id)).toMatchObject([{ kind: 'unknown', source: 'dispatch' }]);
    expect((await readOpenAttempts(world.knex, [id]))[0]!.providerReference).toBeNull();
  });

  test.each(['dispatch', 'callback', 'poll', 'refund'] as const)(
    'the recorder checks the amount of the row that it has locked, for one who forgot to: %s',
    async (source) => {
      const id = await held();
      world.connector.onSend = timedOut;
      await runJob(world.first, 'send', [id]);
      const recorded = await world.first.recorder.record({
        transactionId: transactionId(id),
        attemptNo: 1,
        source,
        askedAt: world.clock.now(),
        answer: succeeded({ amountPaise: 15_000_000n }),
      });
      expect(recorded).toMatchObject({ decision: 'note', due: undefined, isOfOtherAmount: true });
      expect((await outcomesOf(world.knex, id)).at(-1)).toMatchObject({ kind: 'unknown', source });
      expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'dispatched', outcome: null });
    },
  );
});

test('the word that an attempt called unsent has moved money stops everything until a person has looked', async () => {
  const id = await held();
  world.connector.onSend = refused;
  await runJob(world.first, 'send', [id]);
  const [attempt] = await attemptsOf(world.knex, id);
  await world.first.recorder.record({
    transactionId: transactionId(id),
    attemptNo: attempt!.attemptNo,
    source: 'callback',
    askedAt: world.clock.now(),
    answer: succeeded(),
  });
  expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'in_review', dueJob: null });
  expect(await casesOf(world.knex, id)).toEqual(['outcome_of_abandoned_attempt']);
  const [wallet] = await createWalletReader({
    knex: world.knex,
    lists: world.knex,
    cursors: createCursors(randomBytes(32)),
  }).list(user.userId);
  expect(wallet).toMatchObject({
    balance: Number(FUNDS_PAISE) - 150_590,
    held: 150_590,
    available: Number(FUNDS_PAISE) - 150_590,
  }); // its money still waits in clearing
  world.connector.onSend = () => pending();
  await runJob(world.first, 'send', [id]);
  expect(world.connector.sends).toHaveLength(1);
});

test('two reports that move one transaction in one batch are recorded one by one', async () => {
  const id = await held();
  world.points.send = (point) => {
    if (point === 'answered') throw new Error('killed');
  };
  await runJob(world.first, 'send', [id]);
  const row = await transactionRow(world.knex, id);
  const base = { transactionId: transactionId(id), attemptNo: 1, askedAt: world.clock.now() };
  const reports = await Promise.all([
    world.first.recorder.record({
      ...base,
      source: 'dispatch',
      answer: refused(),
      sendBefore: row.sendBefore!,
    }),
    world.first.recorder.record({ ...base, source: 'callback', answer: succeeded() }),
  ]);
  expect(reports.map((r) => r.decision)).toEqual(['note', 'case']);
  expect(await movesOf(world.knex, id)).toEqual([
    'accepted>held',
    'held>dispatched',
    'dispatched>held',
    'held>in_review',
  ]);
  expect((await outcomesOf(world.knex, id)).map((o) => o.kind)).toEqual(['unknown', 'succeeded']);
});
