/** A transaction that is asked about for months: more outcomes than a smallint counts. */
import { execute, rows } from '../../../platform/database';
import { assertCleanBooks } from '../../support/books';
import { dispatched, runJob } from '../../support/driver';
import { succeeded, timedOut } from '../../support/scripted-connector';
import { createWorld, transactionRow, type World } from '../../support/world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(async () => {
  await world.close();
});

test('the 32,768th outcome is recorded like the first, and a success after it is settled', async () => {
  const user = await world.user(1_000_000n);
  world.connector.onSend = timedOut;
  const id = await world.accept(user);
  await dispatched(world.first, id);
  await execute(
    world.knex,
    `
    insert into transaction_outcomes (transaction_id, seq, kind, source, decision, attempt_no, asked_at, recorded_at, sent, raw_status)
    select ?, n, 'unknown', 'poll', 'note', 1, now(), now(), true, '<timeout>' from generate_series(2, 32767) as n`,
    [id],
  );
  await execute(world.knex, 'update transactions set outcome_count = 32767 where id = ?', [id]);
  world.connector.onInquire = timedOut;
  expect((await runJob(world.first, 'poll', [id])).errors).toEqual([]);
  expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'dispatched', outcomeCount: 32_768 });
  world.connector.onInquire = () => succeeded();
  expect((await runJob(world.first, 'poll', [id])).errors).toEqual([]);
  await runJob(world.first, 'settle', [id]);
  expect(await transactionRow(world.knex, id)).toMatchObject({
    state: 'succeeded',
    outcomeCount: 32_769,
    effectCount: 1,
    postedCount: 1,
  });
  await assertCleanBooks(world.knex);
});

test('the triggers that were set aside for it are back', async () => {
  const triggers = await rows<{ name: string }>(
    world.knex,
    "select tgname as name from pg_trigger where tgrelid = 'transactions'::regclass and not tgisinternal order by 1",
  );
  expect(triggers.map((t) => t.name)).toEqual(
    expect.arrayContaining([
      'transactions_begin_accepted',
      'transactions_facts_stay',
      'transactions_moves',
      'transactions_stay',
    ]),
  );
});
