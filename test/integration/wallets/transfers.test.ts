/** Money between wallets: of one user, down a network and back. What is promised is held when all happens at once. */
import { execute } from '../../../platform/database';
import type { AppUser } from '../../../domain/users/users';
import { fresh, openFunded, putBelow } from '../../support/family';
import { violationsIn } from '../../support/operations';
import { useWorld } from '../../support/use-world';
import { balanceOf, transactionRow, type World } from '../../support/world';

const here = useWorld();
let world: World;
let distributor: AppUser;
let retailer: AppUser;

beforeEach(async () => {
  ({ world } = here);
  distributor = await world.user(5_000_000n);
  retailer = await world.user(0n);
  await putBelow(world, distributor, retailer);
});

const balance = ({ accountId }: Pick<AppUser, 'accountId'>): Promise<bigint> =>
  balanceOf(world.knex, accountId);
const send = (amountPaise: bigint, over: Partial<ReturnType<typeof fresh>> = {}, by = distributor) => {
  const { key, reference } = { ...fresh(), ...over };
  return world.first.walletTransfers.send(by.userId, key, {
    amountPaise,
    reference,
    toUser: retailer.userId,
  });
};
const pull = (amountPaise: bigint, by = distributor, from = retailer) => {
  const { key, reference } = fresh();
  const asked = { amountPaise, reference, fromUser: from.userId, reason: 'sent to the wrong shop' };
  return world.first.walletTransfers.pullBack(by.userId, key, asked);
};
const codesOf = (settled: PromiseSettledResult<unknown>[]): string[] =>
  settled
    .map((one) => (one.status === 'fulfilled' ? 'done' : (one.reason as { code: string }).code))
    .toSorted();

test('AEPS money and commission go to the main wallet, and no other way', async () => {
  const aeps = await openFunded(world, retailer, 'aeps', 300_000n);
  const { key, reference } = fresh();
  const asked = { amountPaise: 200_000n, reference, from: 'aeps', to: 'main' } as const;
  const { view, replayed } = await world.first.walletTransfers.move(retailer.userId, key, asked);
  expect([replayed, await balance(aeps), await balance(retailer)]).toEqual([false, 100_000n, 200_000n]);
  expect(view).toMatchObject({
    kind: 'move',
    amount: 200_000,
    from: { wallet: 'aeps' },
    to: { wallet: 'main' },
  });
  await expect(
    world.first.walletTransfers.move(retailer.userId, fresh().key, {
      ...asked,
      ...fresh(),
      from: 'main',
      to: 'aeps',
    }),
  ).rejects.toMatchObject({ code: 'WALLET_TRANSFER_NOT_ALLOWED' });
  await expect(
    world.first.walletTransfers.move(retailer.userId, fresh().key, {
      ...asked,
      ...fresh(),
      from: 'commission',
    }),
  ).rejects.toMatchObject({ code: 'WALLET_NOT_FOUND' });
  await expect(
    world.first.walletTransfers.move(retailer.userId, fresh().key, { ...asked, reference: 'again-1' }),
  ).rejects.toMatchObject({ code: 'LEDGER_INSUFFICIENT_FUNDS' });
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('the same key gives the first answer; another request under it, or the reference again, is refused', async () => {
  const named = fresh();
  const first = await send(70_000n, named);
  world.clock.advance(60_000);
  expect(await send(70_000n, named)).toEqual({ view: first.view, replayed: true });
  await expect(send(70_001n, named)).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  await expect(send(70_000n, { reference: named.reference })).rejects.toMatchObject({
    code: 'TRANSACTION_REFERENCE_TAKEN',
  });
  expect(await balance(retailer)).toBe(70_000n);
});

test('twenty at once under one key are one transfer', async () => {
  const named = fresh();
  const made = await Promise.all(Array.from({ length: 20 }, () => send(70_000n, named)));
  expect(new Set(made.map(({ view }) => view.id)).size).toBe(1);
  expect(made.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect(await balance(retailer)).toBe(70_000n);
});

test('who is not above somebody neither sends nor pulls back, and learns nothing of them', async () => {
  const stranger = await world.user(1_000_000n);
  for (const attempt of [
    () => send(100n, {}, stranger),
    () => pull(100n, stranger),
    () => pull(100n, retailer, distributor),
  ])
    await expect(attempt()).rejects.toMatchObject({ code: 'WALLET_TRANSFER_USER_UNKNOWN' });
  const { view } = await send(100n);
  const id = view.id;
  expect((await world.first.walletTransfers.list(retailer.userId, { limit: 10 })).data).toEqual([view]);
  expect((await world.first.walletTransfers.list(stranger.userId, { limit: 10 })).data).toEqual([]);
  expect(id).toMatch(/^wtr_/);
});

test('a disabled user gets nothing and gives nothing', async () => {
  await send(1_000n);
  await execute(world.knex, "update users set status = 'disabled' where id = ?", [retailer.userId]);
  for (const attempt of [() => send(100n), () => pull(100n)])
    await expect(attempt()).rejects.toMatchObject({ code: 'WALLET_TRANSFER_USER_DISABLED' });
});

test('each transfer and each day has its limit', async () => {
  await expect(send(50_000_001n)).rejects.toMatchObject({ code: 'WALLET_TRANSFER_AMOUNT_INVALID' });
  await execute(
    world.knex,
    "insert into wallet_transfer_rules values ('transfer', 'main', 'main', '2026-10-01', 100, 50000000, 250000)",
  );
  const settled = await Promise.allSettled(Array.from({ length: 5 }, () => send(100_000n)));
  expect(codesOf(settled)).toEqual(['LIMIT_EXCEEDED', 'LIMIT_EXCEEDED', 'LIMIT_EXCEEDED', 'done', 'done']);
  world.clock.advance(24 * 3_600_000);
  await send(100_000n);
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('money that goes both ways, all the time, never waits for itself', async () => {
  await send(1_000_000n);
  const settled = await Promise.allSettled(
    Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? send(1_000n) : pull(1_000n))),
  );
  expect(new Set(codesOf(settled))).toEqual(new Set(['done']));
  expect([await balance(distributor), await balance(retailer)]).toEqual([4_000_000n, 1_000_000n]);
});

test('who is being moved away is out of reach when the move is done, and not before', async () => {
  const other = await world.user(0n);
  await execute(world.knex, "update users set type = 'distributor' where id = ?", [other.userId]);
  await send(1_000n);
  const moving = await world.knex.transaction();
  await execute(moving, 'update users set parent_id = ? where id = ?', [other.userId, retailer.userId]);
  const sent = send(1_000n);
  await Promise.race([sent, new Promise(setImmediate)]); // it waits for the move
  await moving.commit();
  await expect(sent).rejects.toMatchObject({ code: 'WALLET_TRANSFER_USER_UNKNOWN' });
  expect(await balance(retailer)).toBe(1_000n);
});

test('a pull-back and a payment of the same money: one of them wins', async () => {
  for (let round = 0; round < 6; round += 1) {
    await send(150_590n);
    const id = await world.accept(retailer);
    const [pulled] = await Promise.allSettled([pull(150_590n), world.first.holds.hold([id])]);
    const { state, statusReason } = await transactionRow(world.knex, id);
    expect(
      pulled.status === 'fulfilled'
        ? [state, statusReason]
        : [state, (pulled.reason as { code: string }).code],
    ).toEqual(
      pulled.status === 'fulfilled'
        ? ['failed', 'LEDGER_INSUFFICIENT_FUNDS']
        : ['held', 'LEDGER_INSUFFICIENT_FUNDS'],
    );
    expect(await balance(retailer)).toBe(0n);
  }
});

test('a transfer without its posting cannot be committed, and none is changed', async () => {
  await send(1_000n);
  await expect(
    execute(
      world.knex,
      `insert into wallet_transfers
      select gen_random_uuid(), kind, user_id, from_wallet, from_user, from_account, to_wallet, to_user, to_account,
        amount_paise, 'another', reason, 'another', request_hash, null, created_at from wallet_transfers`,
    ),
  ).rejects.toMatchObject({ constraint: 'wallet_transfers_posted' });
  await expect(execute(world.knex, 'update wallet_transfers set amount_paise = 1')).rejects.toMatchObject({
    constraint: 'wallet_transfers_immutable',
  });
});
