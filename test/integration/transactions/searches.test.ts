/** Searches of a caller: as people write what they look for, and in what is theirs alone. */
import type { TransactionFilter } from '../../../domain/transactions/list';
import { makeListsKnex } from '../../../platform/database';
import { parsePublicId } from '../../../platform/ids';
import { closeWithCleanBooks } from '../../support/books';
import { dispatched, runJob } from '../../support/driver';
import { pending, succeeded, timedOut } from '../../support/scripted-connector';
import { createWorld, type World } from '../../support/world';

let world: World;
let user: Awaited<ReturnType<World['user']>>;
beforeEach(async () => {
  world = await createWorld();
  user = await world.user(100_000_000n);
});
afterEach(() => closeWithCleanBooks(world.knex, world));

async function paid(reference: string, answer: Parameters<typeof succeeded>[0]): Promise<string> {
  world.connector.onSend = () => succeeded(answer);
  const id = await world.accept(user, { reference });
  await dispatched(world.first, id);
  await runJob(world.first, 'settle', [id]);
  return id;
}
async function find(filter: TransactionFilter, by = user): Promise<(string | undefined)[]> {
  const page = await world.first.transactions.list(by.userId, filter, { limit: 20 });
  return page.data.map((t) => parsePublicId('transaction', t.id));
}

test('a UTR is found however it is written, and with the other filters', async () => {
  const id = await paid('order-1', { utr: 'ICIC4238917263', providerReference: 'pout_A1' });
  const rrn = await paid('order-2', { utr: '569690930707', providerReference: 'pout_A2' });
  for (const utr of ['ICIC4238917263', 'icic4238917263', ' Icic 4238 9172 63 ', 'ICIC4238917263\u200B'])
    expect(await find({ utr })).toEqual([id]);
  for (const utr of ['569690930707', '0000569690930707']) expect(await find({ utr })).toEqual([rrn]);
  for (const utr of ['ICIC423891726', '', ' ', '%']) expect(await find({ utr })).toEqual([]);
  expect(await find({ utr: 'icic4238917263', status: 'SUCCESS', service: 'payout' })).toEqual([id]);
  expect(await find({ utr: 'icic4238917263', status: 'FAILED' })).toEqual([]);
  expect(await find({ utr: 'icic4238917263', reference: 'order-2' })).toEqual([]);
});

test('a reference is found with blanks around it; one with other capitals is another reference', async () => {
  const id = await paid('Order-1', { providerReference: 'pout_B1' });
  const other = await paid('order-1', { providerReference: 'pout_B2' });
  expect(await find({ reference: ' Order-1 ' })).toEqual([id]);
  expect(await find({ reference: 'order-1' })).toEqual([other]);
  expect(await find({ reference: 'ORDER-1' })).toEqual([]);
});

test('the id of the provider is found when it was acknowledged, and when the answer was lost', async () => {
  world.connector.onSend = () => pending({ providerReference: 'pout_Ack' });
  const acknowledged = await world.accept(user);
  await dispatched(world.first, acknowledged);
  expect(await find({ providerReference: 'pout_Ack' })).toEqual([acknowledged]);
  expect(await find({ providerReference: 'pout_Ack', status: 'PENDING' })).toEqual([acknowledged]);
  expect(await find({ providerReference: 'pout_Ack', status: 'SUCCESS' })).toEqual([]);

  world.connector.onSend = timedOut;
  const lost = await world.accept(user);
  await dispatched(world.first, lost);
  world.connector.onInquire = () => succeeded({ providerReference: 'pout_Lost' });
  expect((await runJob(world.first, 'poll', [lost])).errors).toEqual([]);
  await runJob(world.first, 'settle', [lost]);
  expect(await find({ providerReference: ' pout_ Lost' })).toEqual([lost]);
});

test('P7 what another user has is not found', async () => {
  await paid('order-1', { utr: 'ICIC4238917263', providerReference: 'pout_C1' });
  const stranger = await world.user(100_000_000n);
  const mine = await world.accept(stranger, { reference: 'order-1' });
  expect(await find({ utr: 'ICIC4238917263' }, stranger)).toEqual([]);
  expect(await find({ providerReference: 'pout_C1' }, stranger)).toEqual([]);
  expect(await find({ reference: 'order-1' }, stranger)).toEqual([mine]);
});

test('a list that cannot be read in time is refused with what to do, and its connection works on', async () => {
  await paid('order-1', { providerReference: 'pout_D1' });
  const lists = makeListsKnex(world.database.url, { max: 1 });
  const reader = (await world.process({ lists })).transactions;
  const blocking = await world.knex.transaction();
  try {
    await blocking.raw('lock table transactions in access exclusive mode');
    await expect(reader.list(user.userId, { status: 'REVERSED' }, { limit: 20 })).rejects.toMatchObject({
      code: 'LIST_TOO_SLOW',
      kind: 'unavailable',
      retryable: true,
      retryAfterS: 2,
      detail: expect.stringContaining('narrow it'),
    });
  } finally {
    await blocking.rollback();
  }
  expect((await reader.list(user.userId, { status: 'SUCCESS' }, { limit: 20 })).data).toHaveLength(1);
  await lists.destroy();
});
