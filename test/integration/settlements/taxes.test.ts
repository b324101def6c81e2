/** Tax that is paid to the state: never more than is owed, once by its challan, and an alarm before it is late. */
import { createCloseStep } from '../../../domain/night/close';
import { createTaxDuesStep } from '../../../domain/remittances/night-step';
import { remitProposal, type RemitAsked } from '../../../domain/remittances/remit';
import { createBalancesStep } from '../../../domain/snapshots/snapshots';
import { verifyTables } from '../../../domain/verification/verify';
import type { AccountId } from '../../../domain/ids/ids';
import { accountCode, openAccounts } from '../../../domain/ledger/accounts';
import { execute, rows } from '../../../platform/database';
import { bookedBefore } from '../../support/booked-before';
import { closeWithCleanBooks } from '../../support/books';
import { doNights, nightOf } from '../../support/nights';
import { createStaff, type Staff } from '../../support/operations';
import { statementState } from '../../support/settlements';
import { lookAtBroken } from '../../support/verified-world';
import { balances, createWorld, fund, type World } from '../../support/world';

const SECTION = '393(1)-1(ii)';
let world: World;
let staff: Staff;

beforeEach(async () => {
  world = await createWorld({ start: '2026-10-20T06:30:00Z' });
  staff = await createStaff(world);
});
afterEach(async () => {
  staff.close();
  await closeWithCleanBooks(world.knex, world);
});

/** A commission of so much that was paid, with 2 % of tax. */
async function commission(grossPaise: bigint): Promise<void> {
  const user = await world.user(0n);
  const tds = grossPaise / 50n;
  const codes = [accountCode.tdsPayable(), accountCode.commissionExpense('retailer')];
  const accounts = await openAccounts(world.knex, codes);
  const [payable, expense] = codes.map((code) => accounts.get(code)!);
  const id = world.first.ids.uuid();
  const from = { debitAccountId: expense! };
  await world.first.ledger.post({
    journal: {
      ...{ id, transactionId: null },
      transfers: [
        {
          ...from,
          creditAccountId: user.accountId,
          amountPaise: grossPaise - tds,
          code: 'commission_share',
        },
        { ...from, creditAccountId: payable!, amountPaise: tds, code: 'commission_share_tds' },
      ],
    },
  });
  await execute(
    world.knex,
    `insert into commission_payouts (id, user_id, level, mode, day, gross_paise, tds_paise, wallet_paise, receivable_paise,
      wallet_account, deductee_id, has_pan, year, section, payment_code, form, bps, base_paise, at)
    values (:id, :user, 'retailer', 'daily', (:at::timestamptz at time zone 'Asia/Kolkata')::date, :gross, :tds, :net, 0,
      :account, :user, true, 2026, :section, '1006', '140', 200, :gross, :at)`,
    {
      ...{ id, user: user.userId, gross: grossPaise, tds, net: grossPaise - tds },
      ...{ account: user.accountId, section: SECTION, at: world.clock.now() },
    },
  );
}

const asked = (over: Partial<RemitAsked> = {}): RemitAsked => ({
  ...{ tax: 'tds', month: '2026-10', section: SECTION, amountPaise: 20_000n, inputPaise: 0n },
  ...{ challanNo: 'CH-0001', paidOn: '2026-11-02', bank: 'escrow', reference: 'SBINR52026110200001' },
  ...{ reason: 'tax of October', evidence: 'challan of the portal' },
  ...over,
});
async function remitted(over: Partial<RemitAsked> = {}): Promise<void> {
  const { id } = await staff.operations.approvals.propose(remitProposal(asked(over)), staff.asha);
  await staff.operations.approvals.approve(id, staff.ravi);
}
const dues = async () =>
  (await staff.operations.taxes.dues(9)).map(({ month, owedPaise, remittedPaise, dueOn }) => ({
    ...{ month, owedPaise, remittedPaise, dueOn },
  }));

test('TDS of a month is remitted by two, with the code of its section; the statement has its line', async () => {
  await commission(1_000_000n);
  world.clock.set('2026-11-02T06:30:00Z');
  await commission(500_000n);
  expect(await dues()).toEqual([
    { month: '2026-11-01', owedPaise: 30_000n, remittedPaise: 0n, dueOn: '2026-12-07' },
    { month: '2026-10-01', owedPaise: 20_000n, remittedPaise: 0n, dueOn: '2026-11-07' },
  ]);
  const { id } = await staff.operations.approvals.propose(remitProposal(asked()), staff.asha);
  await expect(staff.operations.approvals.approve(id, staff.asha)).rejects.toMatchObject({
    code: 'APPROVAL_NEEDS_ANOTHER',
  });
  await staff.operations.approvals.approve(id, staff.ravi);
  expect(await balances(world.knex)).toMatchObject({ 'tax:tds-payable': 10_000n, 'bank:escrow': 20_000n });
  expect((await dues()).map(({ owedPaise }) => owedPaise)).toEqual([10_000n, 0n]);
  const [kept] = await rows<object>(
    world.knex,
    'select section, payment_code as code, challan_no as challan from tax_remittances',
  );
  expect(kept).toEqual({ section: SECTION, code: '1006', challan: 'CH-0001' });
  expect(await statementState(world, staff, { debit: '200.00', utr: 'SBINR52026110200001' })).toBe('agreed');
  const found = await world.knex.transaction((trx) => verifyTables(trx, {}));
  for (const check of ['tds-remitted', 'tds-summed'])
    expect(found.find(({ name }) => name === check)!.result).toMatchObject({ violations: 0 });
});

test('a line that was booked under another spelling before pays no tax again', async () => {
  await commission(1_000_000n);
  world.clock.set('2026-11-02T06:30:00Z');
  const line = { reference: '569690930707' };
  const { id } = await staff.operations.approvals.propose(remitProposal(asked(line)), staff.asha);
  await bookedBefore(world, `0000${line.reference}`);
  await expect(staff.operations.approvals.approve(id, staff.ravi)).rejects.toMatchObject({
    code: 'APPROVAL_OVERTAKEN',
  });
  await expect(remitted(line)).rejects.toMatchObject({ code: 'TAX_CHALLAN_USED' });
});

test('more than is owed, a month that runs, a line or a challan again are refused', async () => {
  await commission(1_000_050n); // 200.01 of tax: challans are of whole rupees
  world.clock.set('2026-11-02T06:30:00Z');
  await expect(remitted({ amountPaise: 20_101n })).rejects.toMatchObject({ code: 'TAX_NOT_OWED' });
  await expect(remitted({ month: '2026-11' })).rejects.toMatchObject({ code: 'TAX_MONTH_OPEN' });
  await expect(remitted({ section: '194H' })).rejects.toMatchObject({ code: 'TAX_NOT_OWED' });
  await remitted({ amountPaise: 10_000n });
  await expect(remitted({ amountPaise: 100n, challanNo: 'CH-0002' })).rejects.toMatchObject({
    code: 'TAX_CHALLAN_USED',
  });
  await expect(remitted({ amountPaise: 100n, reference: 'SBINR52026110200002' })).rejects.toMatchObject({
    code: 'APPROVAL_OVERTAKEN',
  });
  await remitted({ amountPaise: 10_100n, challanNo: 'CH-0002', reference: 'SBINR52026110200003' });
  expect((await balances(world.knex))['tax:tds-payable']).toBe(-99n);
});

test('what is due soon is a case, until it is remitted', async () => {
  await commission(1_000_000n);
  const night = nightOf(world.first, [
    createCloseStep(world.first),
    createBalancesStep({ ...world.first, long: world.first.knex }),
    createTaxDuesStep(world.first),
  ]);
  const open = async () =>
    (
      await rows<{ subject: string }>(
        world.knex,
        "select subject from ops_cases where kind = 'tax_remittance_due' and closed_at is null",
      )
    ).map(({ subject }) => subject);
  world.clock.set('2026-11-02T06:30:00Z');
  await doNights(world, night);
  expect(await open()).toEqual([]);
  world.clock.set('2026-11-04T06:30:00Z');
  await doNights(world, night);
  expect(await open()).toEqual([`tax:tds:${SECTION}:2026-10`]);
  await remitted();
  world.clock.set('2026-11-05T06:30:00Z');
  await doNights(world, night);
  expect(await open()).toEqual([]);
});

test('months are remitted in their order; less than a rupee is carried on; no more is remitted than all of it', async () => {
  await commission(1_000_000n);
  world.clock.set('2026-11-02T06:30:00Z');
  await commission(500_000n);
  world.clock.set('2026-12-02T06:30:00Z');
  const november = { month: '2026-11', challanNo: 'CH-0011', paidOn: '2026-12-01' } as const;
  const early = { ...november, amountPaise: 10_000n, reference: 'SBINR52026120100001' };
  await expect(remitted(early)).rejects.toMatchObject({
    ...{
      code: 'TAX_EARLIER_OWED',
      detail: '20000 paise of tds are owed for 2026-10: remit that month first',
    },
  });
  const { id } = await staff.operations.approvals.propose(
    remitProposal(asked({ amountPaise: 19_901n })),
    staff.asha,
  );
  await expect(remitted(early)).rejects.toMatchObject({ code: 'TAX_EARLIER_OWED' });
  await staff.operations.approvals.approve(id, staff.ravi);
  await remitted(early);
  expect((await dues()).map(({ owedPaise }) => owedPaise)).toEqual([99n, 99n]);
  const rest = { ...november, challanNo: 'CH-0012', reference: 'SBINR52026120100002' };
  await expect(remitted({ ...rest, amountPaise: 101n })).rejects.toMatchObject({ code: 'TAX_NOT_OWED' });
  await remitted({ ...rest, amountPaise: 100n });
  expect((await dues()).map(({ owedPaise }) => owedPaise)).toEqual([-1n, -1n]);
  const again = { challanNo: 'CH-0013', reference: 'SBINR52026120100003', amountPaise: 100n };
  await expect(remitted({ ...november, ...again })).rejects.toMatchObject({ code: 'TAX_NOT_OWED' });
});

test('what is credited to an earlier month after a later one was remitted is owed for it, and comes first', async () => {
  await commission(1_000_000n);
  world.clock.set('2026-11-02T06:30:00Z');
  await commission(500_000n);
  world.clock.set('2026-12-02T06:30:00Z');
  const november = { month: '2026-11', challanNo: 'CH-0011', paidOn: '2026-12-01' } as const;
  await remitted();
  await remitted({ ...november, amountPaise: 5_000n, reference: 'SBINR52026120100001' });
  world.clock.set('2026-10-31T06:30:00Z');
  await commission(250_000n);
  world.clock.set('2026-12-02T06:30:00Z');
  expect((await dues()).map(({ owedPaise }) => owedPaise)).toEqual([10_000n, 5_000n]);
  const rest = { ...november, challanNo: 'CH-0012', reference: 'SBINR52026120100002', amountPaise: 5_000n };
  await expect(remitted(rest)).rejects.toMatchObject({ code: 'TAX_EARLIER_OWED' });
  await remitted({ amountPaise: 5_000n, challanNo: 'CH-0013', reference: 'SBINR52026120100003' });
  await remitted(rest);
  expect((await dues()).map(({ owedPaise }) => owedPaise)).toEqual([0n, 0n]);
});

/** Tax on our own purchases, paid from the bank. */
async function bought(input: AccountId, paise: bigint): Promise<void> {
  const bank = accountCode.bank('escrow');
  const creditAccountId = (await openAccounts(world.knex, [bank])).get(bank)!;
  await world.first.ledger.post({
    journal: {
      ...{ id: world.first.ids.uuid(), transactionId: null },
      transfers: [{ debitAccountId: input, creditAccountId, amountPaise: paise, code: 'gst_input' }],
    },
  });
}

test('GST of a month is known when its days are closed; input tax is set against it', async () => {
  const codes = [accountCode.gstPayable(), accountCode.gstInput()];
  const accounts = await openAccounts(world.knex, codes);
  await fund(world.first, accounts.get(codes[0]!)!, 18_000n);
  const gst = { tax: 'gst', section: undefined, amountPaise: 17_000n, inputPaise: 1_000n } as const;
  world.clock.set('2026-11-02T06:30:00Z');
  await expect(remitted(gst)).rejects.toMatchObject({ code: 'TAX_MONTH_OPEN' });
  await doNights(
    world,
    nightOf(world.first, [
      createCloseStep(world.first),
      createBalancesStep({ ...world.first, long: world.first.knex }),
    ]),
  );
  expect((await dues()).at(-1)).toMatchObject({ month: '2026-10-01', owedPaise: 18_000n });
  await expect(remitted(gst)).rejects.toMatchObject({ code: 'TAX_INPUT_MISSING' });
  await bought(accounts.get(codes[1]!)!, 999n);
  await expect(remitted(gst)).rejects.toMatchObject({ code: 'TAX_INPUT_MISSING' });
  const { id } = await staff.operations.approvals.propose(
    remitProposal(asked({ ...gst, inputPaise: 999n, challanNo: 'CH-0002' })),
    staff.asha,
  );
  await bought(accounts.get(codes[1]!)!, 1n);
  await remitted(gst);
  // what two have proposed at once is looked at again
  await expect(staff.operations.approvals.approve(id, staff.ravi)).rejects.toMatchObject({
    code: 'APPROVAL_OVERTAKEN',
  });
  expect((await dues()).at(-1)).toMatchObject({ month: '2026-10-01', owedPaise: 0n, remittedPaise: 18_000n });
  const books = await balances(world.knex);
  expect([books['tax:gst-input'] ?? 0n, books['bank:escrow'] ?? 0n]).toEqual([0n, 0n]);
});

test('a month of GST that input pays alone is remitted without a bank, once by its return, and the next one after it', async () => {
  const codes = [accountCode.gstPayable(), accountCode.gstInput()];
  const accounts = await openAccounts(world.knex, codes);
  await fund(world.first, accounts.get(codes[0]!)!, 18_000n);
  await bought(accounts.get(codes[1]!)!, 20_000n);
  const night = nightOf(world.first, [
    createCloseStep(world.first),
    createBalancesStep({ ...world.first, long: world.first.knex }),
  ]);
  world.clock.set('2026-11-02T06:30:00Z');
  await doNights(world, night);
  await fund(world.first, accounts.get(codes[0]!)!, 5_000n);
  world.clock.set('2026-12-02T06:30:00Z');
  await doNights(world, night);
  const gst = { tax: 'gst', section: undefined, amountPaise: 0n, inputPaise: 18_000n } as const;
  const alone = { ...gst, bank: undefined, reference: undefined, challanNo: 'AA2910260000001' };
  for (const wrong of [
    { ...gst, inputPaise: 0n, bank: undefined, reference: undefined },
    gst,
    { ...alone, bank: 'escrow' },
    { ...alone, amountPaise: 100n },
  ])
    await expect(remitted(wrong)).rejects.toMatchObject({ code: 'REQUEST_FIELD_INVALID' });
  const november = { month: '2026-11', challanNo: 'CH-0002', paidOn: '2026-12-01' } as const;
  const rest = { ...gst, ...november, amountPaise: 3_000n, inputPaise: 2_000n };
  await expect(remitted(rest)).rejects.toMatchObject({ code: 'TAX_EARLIER_OWED' });
  await remitted({ ...alone, inputPaise: 17_000n });
  await expect(remitted({ ...alone, inputPaise: 1_000n })).rejects.toMatchObject({
    code: 'TAX_CHALLAN_USED',
  });
  await remitted({ ...alone, inputPaise: 1_000n, challanNo: 'AA2910260000002' });
  expect((await dues()).slice(-2)).toMatchObject([
    { month: '2026-11-01', owedPaise: 5_000n, remittedPaise: 0n },
    { month: '2026-10-01', owedPaise: 0n, remittedPaise: 18_000n },
  ]);
  await remitted(rest);
  expect((await dues()).at(-2)).toMatchObject({ month: '2026-11-01', owedPaise: 0n, remittedPaise: 5_000n });
  const { data } = await staff.operations.taxes.remittances({ tax: 'gst', limit: 5 });
  expect(data.map(({ bank, utr }) => [bank, utr])).toEqual([
    ['escrow', 'SBINR52026110200001'],
    [null, null],
    [null, null],
  ]);
  expect(await balances(world.knex)).not.toHaveProperty('tax:gst-payable');
});

test.each([
  ['tds-remitted', 'update tax_remittances set amount_paise = amount_paise + 1'],
  ['tds-summed', 'update commission_tds_months set tds_paise = tds_paise + 1'],
  ['tax-posted', 'update tax_remittances set amount_paise = amount_paise + 1'],
])('the verifier finds it: %s', async (check, sql) => {
  await commission(1_000_000n);
  world.clock.set('2026-11-02T06:30:00Z');
  await remitted();
  const found = await lookAtBroken(world.knex, { sql }, (trx) => verifyTables(trx, {}));
  expect(found.find(({ name }) => name === check)!.result!.violations).toBeGreaterThan(0);
});
