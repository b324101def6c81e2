/** What holds money back: freezes, liens, credit lines. The ledger and the database refuse what they hold. */
import {
  creditLineProposal,
  lienReleaseProposal,
  unfreezeProposal,
} from '../../../domain/wallet-controls/control-actions';
import { releaseEndedLien } from '../../../domain/wallet-controls/controls';
import { randomUUID } from 'node:crypto';
import { openAccounts } from '../../../domain/ledger/accounts';
import { execute } from '../../../platform/database';
import { fund, balanceOf, transactionRow, type World } from '../../support/world';
import { createStaff, violationsIn, type Staff } from '../../support/operations';
import { FUNDS_PAISE, useWorld } from '../../support/use-world';

const here = useWorld();
let world: World;
let staff: Staff;

beforeEach(async () => {
  ({ world } = here);
  staff = await createStaff(world);
});
afterEach(() => {
  staff.close();
});

const DAY_MS = 86_400_000;
const PRICE = 150_590n; // amount, fee, GST of a payout
const SAID = { reason: 'as the police asked', evidence: 'letter of 1 November' };
const main = () => ({ userId: here.user.userId, kind: 'main' as const });
const freeze = () => staff.operations.walletControls.freeze({ ...main(), reason: SAID.reason }, staff.asha);
const lien = (amountPaise: bigint, reference = 'NCRP-0001') =>
  staff.operations.walletControls.lien(
    { ...main(), amountPaise, reference, reason: SAID.reason },
    staff.asha,
  );
const decided = async (proposal: Parameters<Staff['operations']['approvals']['propose']>[0]) => {
  const { id } = await staff.operations.approvals.propose(proposal, staff.asha);
  return staff.operations.approvals.approve(id, staff.ravi);
};
const creditLine = (limitPaise: bigint) => decided(creditLineProposal({ ...main(), limitPaise, ...SAID }));
/** All but this much leaves the wallet. */
const leave = async (leftPaise: bigint): Promise<void> => {
  const accounts = await openAccounts(world.knex, ['bank:escrow']);
  const sides = {
    debitAccountId: here.user.accountId,
    creditAccountId: accounts.get('bank:escrow')!,
    amountPaise: FUNDS_PAISE - leftPaise,
  };
  const journal = { id: randomUUID(), transactionId: null, transfers: [{ ...sides, code: 'withdrawn' }] };
  expect(await world.first.ledger.post({ journal })).toMatchObject({ status: 'posted' });
};
const wallet = async () => (await world.first.wallets.list(here.user.userId))[0]!;
/** How a payout of `PRICE` ends its hold. */
async function payout(): Promise<string> {
  const id = await world.accept(here.user);
  const { errors } = await world.first.holds.hold([id]);
  expect(errors).toEqual([]);
  const { state, statusReason } = await transactionRow(world.knex, id);
  return state === 'held' ? 'held' : statusReason!;
}

test('from a frozen wallet nothing is taken until two persons have freed it; money still comes in', async () => {
  await freeze();
  await expect(freeze()).rejects.toMatchObject({ code: 'WALLET_FROZEN_ALREADY' });
  expect(await payout()).toBe('WALLET_FROZEN');
  expect(await wallet()).toMatchObject({ balance: Number(FUNDS_PAISE), frozen: true, available: 0 });
  await fund(world.first, here.user.accountId, 1_000n);
  await decided(unfreezeProposal({ ...main(), ...SAID }));
  expect(await payout()).toBe('held');
  await expect(decided(unfreezeProposal({ ...main(), ...SAID }))).rejects.toMatchObject({
    code: 'WALLET_NOT_FROZEN',
  });
});

test('a freeze and payments at once: what was held before it stays held, and nothing after', async () => {
  const ids = await Promise.all(Array.from({ length: 12 }, () => world.accept(here.user)));
  await Promise.all([...ids.map((id) => world.first.holds.hold([id])), freeze()]);
  const found = await Promise.all(ids.map((id) => transactionRow(world.knex, id)));
  const held = found.filter(({ state }) => state === 'held').length;
  expect(await balanceOf(world.knex, here.user.accountId)).toBe(FUNDS_PAISE - BigInt(held) * PRICE);
  expect(
    new Set(found.flatMap(({ state, statusReason }) => (state === 'held' ? [] : [statusReason]))),
  ).toEqual(held === 12 ? new Set() : new Set(['WALLET_FROZEN']));
  expect(await payout()).toBe('WALLET_FROZEN');
});

test('a lien keeps its sum, more than there is too, and ends by itself after 90 days', async () => {
  const { endsAt } = await lien(FUNDS_PAISE - PRICE);
  expect(endsAt.getTime() - world.clock.now().getTime()).toBe(90 * DAY_MS);
  expect(await wallet()).toMatchObject({ lien: Number(FUNDS_PAISE - PRICE), available: Number(PRICE) });
  expect([await payout(), await payout()]).toEqual(['held', 'LEDGER_INSUFFICIENT_FUNDS']);
  await lien(PRICE, 'NCRP-0002');
  await fund(world.first, here.user.accountId, PRICE);
  expect(await payout()).toBe('LEDGER_INSUFFICIENT_FUNDS');
  await expect(lien(1n, 'NCRP-0002')).rejects.toMatchObject({ code: 'LIEN_REFERENCE_USED' });
  world.clock.advance(90 * DAY_MS - 1);
  expect(await releaseEndedLien(world.first)).toBe(false);
  world.clock.advance(1);
  const rounds = await Promise.all([1, 2, 3].map(() => releaseEndedLien(world.first)));
  expect(rounds.filter(Boolean)).toHaveLength(2);
  expect([await payout(), (await wallet()).lien]).toEqual(['held', 0]);
});

test('before its end a lien is released by two persons, once', async () => {
  const { id } = await lien(FUNDS_PAISE);
  expect(await payout()).toBe('LEDGER_INSUFFICIENT_FUNDS');
  await decided(lienReleaseProposal({ id, ...SAID }));
  expect(await payout()).toBe('held');
  await expect(decided(lienReleaseProposal({ id, ...SAID }))).rejects.toMatchObject({
    code: 'LIEN_RELEASED',
  });
  await expect(
    execute(world.knex, 'update wallet_liens set released_at = null, released_by = null'),
  ).rejects.toMatchObject({ constraint: 'wallet_liens_facts_stay' });
});

test('staff see the liens that stand, the one that ends next first', async () => {
  const { id } = await lien(1_000n);
  await lien(2_000n, 'NCRP-0002');
  const standing = async () =>
    (await staff.operations.walletControls.liens(10)).map(({ reference, kind, releasedAt }) => [
      reference,
      kind,
      releasedAt,
    ]);
  expect(await standing()).toEqual([
    ['NCRP-0001', 'main', null],
    ['NCRP-0002', 'main', null],
  ]);
  await decided(lienReleaseProposal({ id, ...SAID }));
  expect(await standing()).toEqual([['NCRP-0002', 'main', null]]);
});

test('liens at once add up', async () => {
  await Promise.all(Array.from({ length: 8 }, (_, i) => lien(1_000_000n, `NCRP-100${i}`)));
  expect(await wallet()).toMatchObject({ lien: 8_000_000, available: Number(FUNDS_PAISE) - 8_000_000 });
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('a credit line lets the wallet go below zero, as far as it says, and the report shows the debt', async () => {
  const LEFT = 2_000n;
  await leave(LEFT);
  await creditLine(PRICE);
  expect(await wallet()).toMatchObject({ credit_limit: Number(PRICE), available: Number(LEFT + PRICE) });
  expect([await payout(), await payout()]).toEqual(['held', 'LEDGER_INSUFFICIENT_FUNDS']);
  const owed = PRICE - LEFT;
  expect(await balanceOf(world.knex, here.user.accountId)).toBe(-owed);
  expect(await staff.operations.walletControls.creditReport()).toMatchObject([
    { userId: here.user.userId, limitPaise: PRICE, usedPaise: owed, usedSince: expect.any(Date) },
  ]);
  await expect(creditLine(owed - 1n)).rejects.toMatchObject({ code: 'APPROVAL_OVERTAKEN' });
  await creditLine(owed);
  await lien(1_000n);
  expect(await wallet()).toMatchObject({ credit_limit: Number(owed), lien: 1_000, available: 0 });
});

test('who looks only holds nothing back', async () => {
  const { walletControls } = staff.operations;
  const given = { ...main(), reason: SAID.reason };
  await expect(walletControls.freeze(given, staff.viewer)).rejects.toMatchObject({
    code: 'OPS_ROLE_MISSING',
  });
});

test('the database takes nothing that is held back, whoever writes the transfer', async () => {
  const take = (amountPaise: bigint) =>
    execute(
      world.knex,
      `insert into ledger_transfers (journal_id, line, debit_account_id, credit_account_id, amount_paise, code,
          debit_balance_after, credit_balance_after)
        select gen_random_uuid(), 0, w.id, b.id, :amountPaise, 'test', w.credits_paise - w.debits_paise - :amountPaise,
          b.credits_paise - b.debits_paise + :amountPaise
        from ledger_accounts w, ledger_accounts b where w.id = :account and b.code = :bank`,
      { amountPaise, account: here.user.accountId, bank: 'bank:escrow' },
    );
  await lien(FUNDS_PAISE - 1_000n);
  await expect(take(1_001n)).rejects.toMatchObject({ constraint: 'ledger_accounts_spend_floor' });
  await take(1_000n);
  await freeze();
  await expect(take(1n)).rejects.toMatchObject({ constraint: 'ledger_accounts_spend_floor' });
});
