/** Money by the word of two persons: opening balances, floats, wallets. */
import { fundsProposal, type FundsRequest } from '../../../domain/funds/funds';
import { execute } from '../../../platform/database';
import { bookedBefore } from '../../support/booked-before';
import { createStaff, type Staff } from '../../support/operations';
import { useWorld } from '../../support/use-world';
import { balances, type World } from '../../support/world';

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

const request = (over: Partial<FundsRequest>): FundsRequest => ({
  action: 'wallet.credit',
  amountPaise: 10_000n,
  reference: 'HDFC-0001',
  bank: 'escrow',
  userId: here.user.userId,
  reason: 'a deposit',
  evidence: 'statement line 1',
  ...over,
});

async function book(over: Partial<FundsRequest>): Promise<void> {
  const { approvals } = staff.operations;
  const { id } = await approvals.propose(fundsProposal(request(over)), staff.asha);
  await approvals.approve(id, staff.ravi);
}

test('an opening balance, a top-up and a credit are booked; nothing is before the second person', async () => {
  const before = await balances(world.knex);
  const { approvals } = staff.operations;
  const { id } = await approvals.propose(fundsProposal(request({})), staff.asha);
  expect(await balances(world.knex)).toEqual(before);
  await approvals.approve(id, staff.ravi);
  await book({ action: 'bank.opening', reference: 'HDFC-0002', amountPaise: 1_000_000n });
  await book({ action: 'float.top_up', provider: 'testpay', reference: 'HDFC-0003', amountPaise: 400_000n });
  await book({ action: 'float.opening', provider: 'testpay', reference: 'OPENING', amountPaise: 5_000n });
  const after = await balances(world.knex);
  expect(after).toMatchObject({
    'bank:escrow': before['bank:escrow']! - 10_000n - 1_000_000n + 400_000n,
    'capital:owner': 1_005_000n,
    'float:testpay': -405_000n,
    [`wallet:${here.user.userId}:main`]: 10_010_000n,
  });
  expect(await approvals.get(id)).toMatchObject({ state: 'approved', journalId: expect.any(String) });
});

test('what a provider collects for its fees, and what comes back to our bank, leaves the float', async () => {
  await book({
    action: 'float.withdrawal',
    provider: 'testpay',
    reference: 'HDFC-0004',
    amountPaise: 70_000n,
  });
  await book({ action: 'float.fees', provider: 'testpay', reference: 'txn_Fees000001', amountPaise: 354n });
  expect(await balances(world.knex)).toMatchObject({
    'owed:fees:testpay': -354n,
    'float:testpay': 70_354n,
  });
  for (const action of ['float.withdrawal', 'float.fees'] as const)
    await expect(book({ action, provider: 'nobody' })).rejects.toMatchObject({ code: 'PROVIDER_UNKNOWN' });
  await expect(
    book({ action: 'float.fees', provider: 'testpay', reference: 'txn_Fees000001', amountPaise: 354n }),
  ).rejects.toMatchObject({ code: 'FUNDS_REFERENCE_USED' });
});

test('a line of the statement is booked once, whatever it is booked as, also by two approvals at once', async () => {
  await book({});
  await expect(book({})).rejects.toMatchObject({ code: 'FUNDS_REFERENCE_USED' });
  await expect(book({ reference: 'hdfc-0001', amountPaise: 1n })).rejects.toMatchObject({
    code: 'FUNDS_REFERENCE_USED',
  });
  await expect(
    book({ action: 'float.top_up', provider: 'testpay', amountPaise: 10_000n }),
  ).rejects.toMatchObject({ code: 'FUNDS_REFERENCE_USED' });

  const { approvals } = staff.operations;
  const line = { reference: 'HDFC-0009' };
  const credit = await approvals.propose(fundsProposal(request(line)), staff.asha);
  const topUp = await approvals.propose(
    fundsProposal(request({ ...line, action: 'float.top_up', provider: 'testpay' })),
    staff.asha,
  );
  const results = await Promise.allSettled([
    approvals.approve(credit.id, staff.ravi),
    approvals.approve(topUp.id, staff.ravi),
    approvals.approve(credit.id, staff.admin),
  ]);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a line that was booked while each spelling was a line of its own is not booked again', async () => {
  const { approvals } = staff.operations;
  const padded = { reference: '0000569690930707' };
  const bare = { reference: '569690930707' };
  const glued = { reference: 'hdfcn5-2026112800001' };
  const open = await approvals.propose(fundsProposal(request(bare)), staff.asha);
  await bookedBefore(world, padded.reference);
  await bookedBefore(world, glued.reference);
  const before = await balances(world.knex);
  await expect(approvals.approve(open.id, staff.ravi)).rejects.toMatchObject({ code: 'APPROVAL_OVERTAKEN' });
  for (const line of [bare, padded, glued])
    await expect(book(line)).rejects.toMatchObject({ code: 'FUNDS_REFERENCE_USED' });
  expect(await balances(world.knex)).toEqual(before);
});

test('an opening is booked once, also when a bank is named that it does not need', async () => {
  const opening = { action: 'float.opening', provider: 'testpay', reference: 'OPENING' } as const;
  await book({ ...opening, bank: undefined });
  await expect(book({ ...opening, bank: 'escrow' })).rejects.toMatchObject({ code: 'FUNDS_REFERENCE_USED' });
  await book({ reference: opening.reference }); // the line of the bank's statement is another one
});

test('money of the AEPS wallet reaches the main one; more than it holds does not', async () => {
  const aeps = await world.first.accounts.id(`wallet:${here.user.userId}:aeps`);
  await execute(
    world.knex,
    "insert into wallets (id, user_id, kind, account_id) values (gen_random_uuid(), ?, 'aeps', ?)",
    [here.user.userId, aeps],
  );
  const bank = await world.first.accounts.id('bank:escrow');
  await world.first.ledger.post({
    journal: {
      id: world.first.ids.uuid(),
      transactionId: null,
      transfers: [{ debitAccountId: bank, creditAccountId: aeps, amountPaise: 30_000n, code: 'funding' }],
    },
  });
  const collect = { action: 'wallet.collect', bank: undefined } as const;
  await book({ ...collect, reference: 'AEPS-0001', amountPaise: 20_000n });
  await expect(book({ ...collect, reference: 'AEPS-0001', amountPaise: 1n })).rejects.toMatchObject({
    code: 'FUNDS_ALREADY_MOVED',
  });
  await expect(book({ ...collect, reference: 'AEPS-0002', amountPaise: 20_000n })).rejects.toMatchObject({
    code: 'APPROVAL_OVERTAKEN',
    detail: expect.stringContaining('LEDGER_INSUFFICIENT_FUNDS'),
  });
  expect(await balances(world.knex)).toMatchObject({
    [`wallet:${here.user.userId}:aeps`]: 10_000n,
    [`wallet:${here.user.userId}:main`]: 10_020_000n,
  });
});

test('an unknown provider, a disabled user and an amount of nothing are refused before anybody approves', async () => {
  for (const action of ['float.top_up', 'float.opening'] as const)
    await expect(book({ action, provider: 'nobody' })).rejects.toMatchObject({ code: 'PROVIDER_UNKNOWN' });
  await expect(book({ amountPaise: 0n })).rejects.toMatchObject({ code: 'REQUEST_FIELD_INVALID' });
  await expect(book({ reference: 'no blanks' })).rejects.toMatchObject({ code: 'REQUEST_FIELD_INVALID' });
  await execute(world.knex, "update users set status = 'disabled' where id = ?", [here.user.userId]);
  await expect(book({})).rejects.toMatchObject({ code: 'FUNDS_USER_DISABLED' });
});
