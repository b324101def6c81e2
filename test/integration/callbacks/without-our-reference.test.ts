/** Signed callbacks without a reference of ours: the id that the provider gave the payment is enough. */
import { UNMATCHED_PATIENCE_MS } from '../../../domain/callbacks/process';
import type { AppUser } from '../../../domain/users/users';
import { rows } from '../../../platform/database';
import { callbackCalls } from '../../support/callback-calls';
import { runJob } from '../../support/driver';
import { pending, reversed, succeeded, timedOut } from '../../support/scripted-connector';
import { casesOf, transactionRow, type World } from '../../support/world';
import { useWorld } from '../../support/use-world';

const used = useWorld();
const { about, process, receive, stored, state } = callbackCalls(() => used);
let world: World;
let user: AppUser;

beforeEach(() => {
  ({ world, user } = used);
});

const NOTHING = { ourReference: undefined };

test.each<[string, World['connector']['onSend']]>([
  ['is on its way', () => pending()],
  ['was done at once', () => succeeded()],
])('one about a payout that %s decides', async (_what, onSend) => {
  const id = await used.sent(onSend);
  await runJob(world.first, 'settle', [id]);
  for (const answer of [succeeded(), reversed()]) {
    const { id: callback } = await receive(await about(id, answer, NOTHING));
    await process(callback);
    expect(await stored(callback)).toMatchObject({ state: 'processed', transactionId: id });
  }
  expect(await state(id)).toBe('reversed');
  expect(await rows(world.knex, 'select kind from ops_cases')).toEqual([]);
});

test('so does one about a payout whose id an inquiry brought', async () => {
  const id = await used.sent(timedOut);
  world.connector.onInquire = () => pending();
  await used.pollByClock(id, 1);
  await process((await receive(await about(id, succeeded(), NOTHING))).id);
  expect(await state(id)).toBe('succeeded');
});

test('one that comes before the answer with the id waits for it', async () => {
  const id = await world.accept(user);
  await runJob(world.first, 'hold', [id]);
  let early: string | undefined;
  world.connector.onSend = async () => {
    early = (await receive(await about(id, succeeded(), NOTHING))).id;
    await process(early);
    return pending();
  };
  await runJob(world.first, 'send', [id]);
  expect(await stored(early)).toMatchObject({ state: 'received', result: null });
  await process(early);
  expect(await state(id)).toBe('succeeded');
});

test('another amount, another account, another reference: nothing is decided, and a person looks', async () => {
  const id = await used.sent(() => pending());
  await process((await receive(await about(id, succeeded(), { ...NOTHING, amountPaise: '1' }))).id);
  await process(
    (await receive(await about(id, succeeded(), { ...NOTHING, refs: { fund_account: 'fa_x' } }))).id,
  );
  expect((await casesOf(world.knex, id)).toSorted()).toEqual([
    'callback_account_mismatch',
    'callback_amount_mismatch',
  ]);
  const { id: foreign } = await receive(await about(id, succeeded(), { ourReference: 'somebody-else' }));
  await process(foreign);
  expect(await stored(foreign)).toMatchObject({ result: 'unmatched', transactionId: null });
  const { id: unknown } = await receive(
    await about(id, succeeded(), { ...NOTHING, providerReference: 'pout_9' }),
  );
  world.clock.advance(UNMATCHED_PATIENCE_MS);
  await process(unknown);
  expect(await stored(unknown)).toMatchObject({ result: 'unmatched' });
  expect(await transactionRow(world.knex, id)).toMatchObject({ state: 'dispatched', outcome: null });
});
