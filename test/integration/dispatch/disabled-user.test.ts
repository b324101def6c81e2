/** A user who is disabled after a request was accepted: nothing more is begun for them, and nothing is lost. */
import type { AppUser } from '../../../domain/users/users';
import { execute } from '../../../platform/database';
import { runJob } from '../../support/driver';
import { pending, succeeded } from '../../support/scripted-connector';
import { FUNDS_PAISE, useWorld } from '../../support/use-world';
import { balanceOf, transactionRow, type World } from '../../support/world';

const used = useWorld();
let world: World;
let user: AppUser;
let sends = 0;
beforeEach(() => {
  ({ world, user } = used);
  sends = 0;
  world.connector.onSend = () => {
    sends += 1;
    return pending();
  };
});

const setStatus = (status: 'active' | 'disabled'): Promise<unknown> =>
  execute(world.knex, 'update users set status = ? where id = ?', [status, user.userId]);
const seen = async (id: string): Promise<unknown> => {
  const { state, statusReason } = await transactionRow(world.knex, id);
  return { state, statusReason, sends, balance: await balanceOf(world.knex, user.accountId) };
};
const ENDED = { state: 'failed', statusReason: 'USER_DISABLED', sends: 0, balance: FUNDS_PAISE };

test('before the money is held: it ends as failed, and no money moves', async () => {
  const id = await world.accept(user);
  await setStatus('disabled');
  expect((await runJob(world.first, 'hold', [id])).errors).toEqual([]);
  expect(await seen(id)).toEqual(ENDED);
});

test('between hold and send: it is not sent, and the money comes back', async () => {
  const id = await used.held();
  await setStatus('disabled');
  expect((await runJob(world.first, 'send', [id])).errors).toEqual([]);
  expect(await seen(id)).toEqual(ENDED);
});

test('once it was sent it is followed to its end: the money is on its way', async () => {
  const id = await world.accept(user);
  for (const job of ['hold', 'send'] as const) await runJob(world.first, job, [id]);
  await setStatus('disabled');
  world.connector.onInquire = () => succeeded();
  world.clock.advance(60_000);
  for (const job of ['poll', 'settle'] as const) await runJob(world.first, job, [id]);
  expect(await seen(id)).toMatchObject({ state: 'succeeded', sends: 1 });
});

test('one of several is left out alone, and a user who is active again is served', async () => {
  const other = await world.user(FUNDS_PAISE);
  const [theirs, id] = [await world.accept(other), await world.accept(user)];
  await setStatus('disabled');
  await runJob(world.first, 'hold', [theirs, id]);
  expect((await transactionRow(world.knex, theirs)).state).toBe('held');
  expect(await seen(id)).toEqual(ENDED);
  await setStatus('active');
  const again = await world.accept(user);
  for (const job of ['hold', 'send'] as const) await runJob(world.first, job, [again]);
  expect(await seen(again)).toMatchObject({ state: 'dispatched', sends: 1 });
});
