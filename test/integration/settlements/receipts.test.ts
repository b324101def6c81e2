/** What a provider pays of what it owes us closes its receivable, with a cause for what is missing. */
import { receiptProposal, type ReceiptRequest } from '../../../domain/funds/receipts';
import { accountCode, openAccounts } from '../../../domain/ledger/accounts';
import { rows } from '../../../platform/database';
import { bookedBefore } from '../../support/booked-before';
import { closeWithCleanBooks } from '../../support/books';
import { createStaff, type Staff } from '../../support/operations';
import { statementState } from '../../support/settlements';
import { balances, createWorld, type World } from '../../support/world';

const RECEIVABLE = 'receivable:eko:aeps';
let world: World;
let staff: Staff;

/** A withdrawal of 3,000.00 with 11.76 of commission: Eko owes both. */
beforeEach(async () => {
  world = await createWorld();
  staff = await createStaff(world);
  const user = await world.user(0n);
  const income = accountCode.commissionIncome('eko', 'aeps');
  const found = await openAccounts(world.knex, [RECEIVABLE, income]);
  const owes = (creditAccountId: typeof user.accountId, amountPaise: bigint, code: string) => ({
    ...{ debitAccountId: found.get(RECEIVABLE)!, creditAccountId, amountPaise, code },
  });
  const transfers = [
    owes(user.accountId, 300_000n, 'principal'),
    owes(found.get(income)!, 1_176n, 'commission'),
  ];
  await world.first.ledger.post({ journal: { id: world.first.ids.uuid(), transactionId: null, transfers } });
});
afterEach(async () => {
  staff.close();
  await closeWithCleanBooks(world.knex, world);
});

const asked = (over: Partial<ReceiptRequest> = {}) =>
  receiptProposal({
    ...{
      provider: 'eko',
      of: 'aeps',
      bank: 'escrow',
      amountPaise: 301_176n,
      reference: 'HDFCN52026110200007',
    },
    ...{ reason: 'settlement of the day', evidence: 'line 12 of the statement' },
    ...over,
  });
async function booked(over: Partial<ReceiptRequest> = {}) {
  const { id } = await staff.operations.approvals.propose(asked(over), staff.asha);
  return (await staff.operations.approvals.approve(id, staff.ravi)).result;
}

test('what came closes it; the line of the statement is booked once, and reconciliation finds it by its UTR', async () => {
  expect(await booked()).toMatchObject({ still_owed_paise: '0', in_suspense_paise: '0' });
  expect(await balances(world.knex)).toMatchObject({ 'bank:escrow': -301_176n });
  expect((await balances(world.knex))[RECEIVABLE]).toBeUndefined();
  await expect(booked()).rejects.toMatchObject({ code: 'FUNDS_REFERENCE_USED' });
  expect(await statementState(world, staff, { credit: '3011.76', utr: 'HDFCN52026110200007' })).toBe(
    'agreed',
  );
});

test('a line that was booked under another spelling before is not booked again', async () => {
  const line = { reference: '569690930707' };
  const { id } = await staff.operations.approvals.propose(asked(line), staff.asha);
  await bookedBefore(world, `0000${line.reference}`);
  await expect(staff.operations.approvals.approve(id, staff.ravi)).rejects.toMatchObject({
    code: 'APPROVAL_OVERTAKEN',
  });
  await expect(booked(line)).rejects.toMatchObject({ code: 'FUNDS_REFERENCE_USED' });
});

test('a receipt that is short leaves the rest owed, or says why it is not', async () => {
  expect(await booked({ amountPaise: 301_000n })).toMatchObject({ still_owed_paise: '176' });
  const rest = { amountPaise: 100n, reference: 'HDFCN52026110200008' };
  expect(await booked({ ...rest, short: { paise: 76n, cause: 'tds' } })).toMatchObject({
    ...{ still_owed_paise: '0', short_paise: '76' },
  });
  expect(await balances(world.knex)).toMatchObject({ 'tax:tds-receivable:eko': -76n });
  await expect(booked({ amountPaise: 5n, reference: 'HDFCN52026110200009' })).rejects.toMatchObject({
    code: 'FUNDS_NOTHING_OWED',
  });
});

test('what came beyond what is owed waits in suspense', async () => {
  expect(await booked({ amountPaise: 301_200n })).toMatchObject({ in_suspense_paise: '24' });
  expect(await balances(world.knex)).toMatchObject({ 'suspense:eko': 24n });
});

test('the maker does not check, and what was owed and is not any more overtakes the proposal', async () => {
  const short = { paise: 76n, cause: 'loss' } as const;
  const { id } = await staff.operations.approvals.propose(
    asked({ amountPaise: 301_100n, short }),
    staff.asha,
  );
  await expect(staff.operations.approvals.approve(id, staff.asha)).rejects.toMatchObject({
    code: 'APPROVAL_NEEDS_ANOTHER',
  });
  await booked({ amountPaise: 100n, reference: 'HDFCN52026110200010' });
  await expect(staff.operations.approvals.approve(id, staff.ravi)).rejects.toMatchObject({
    code: 'APPROVAL_OVERTAKEN',
  });
  const lines = await rows(
    world.knex,
    "select 1 as n from ledger_transfers where code like 'receipt_short%'",
  );
  expect(lines).toEqual([]);
});
