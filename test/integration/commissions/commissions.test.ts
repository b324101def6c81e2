/**
 * Commission from the rule to the wallet, on real transactions: the worked postings of money transfers, what is taken
 * back, and two runs at once.
 */
import { createCommissionAccruals } from '../../../domain/commissions/accrue';
import { createCommissionSteps } from '../../../domain/commissions/night-steps';
import { TOLD_APART } from '../../../domain/services/services';
import type { AppUser } from '../../../domain/users/users';
import { verifyTables } from '../../../domain/verification/verify';
import { execute, rows } from '../../../platform/database';
import { systemIds } from '../../../platform/ids';
import { DMT, nextOf, PAID, TAKEN_BACK, useCommissionNetwork } from '../../support/commission-network';
import { ruleOf, type Desk } from '../../support/commissions';
import type { DmtWorld } from '../../support/dmt-world';
import { violationsIn, type Staff } from '../../support/operations';
import { pass as verifyInParts } from '../../support/walks';
import { fund } from '../../support/world';

const net = useCommissionNetwork();
const { nextDay, transfer, reversed, accrue, pay, overnight, postings, spendMain } = net;
let world: DmtWorld;
let staff: Staff;
let desk: Desk;
let retailer: AppUser;
let distributor: AppUser;
let master: AppUser;

beforeEach(() => {
  ({ world, staff, desk, retailer, distributor, master } = net);
});

test('a transfer of 2,000: shares of 8.00, 1.00 and 0.50 less tax, the day after; earned once, paid once', async () => {
  await transfer();
  expect(await accrue()).toMatchObject({ earned: 1, takenBack: 0 });
  expect((await pay()).payouts).toBe(0); // not before the day is over
  expect(await accrue()).toMatchObject({ lines: 0, earned: 0 });
  nextDay();
  expect(await pay()).toMatchObject({ payouts: 3, grossPaise: 950n, tdsPaise: 19n });
  expect(await postings()).toEqual(PAID);
  expect((await pay()).payouts).toBe(0);
  const [kept] = await rows<object>(
    world.knex,
    `select e.pool_paise as pool, e.shared_paise as shared, r.version from commission_earnings e
     join commission_rules r on r.id = e.rule_id`,
  );
  expect(kept).toEqual({ pool: 1_135n, shared: 950n, version: 1 });
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('what is reversed is taken back as it was given, though the rule and the network have changed', async () => {
  const id = await transfer();
  await overnight();
  await postings();
  await desk.rule('standard', 'dmt:IMPS', DMT.replace('retailer=800', 'retailer=500'), nextOf(net.today));
  await execute(world.knex, 'update users set parent_id = null where id = ?', [retailer.userId]);
  nextDay();
  await reversed(id);
  expect(await accrue()).toMatchObject({ earned: 0, takenBack: 1 });
  nextDay();
  await pay();
  expect(await postings()).toEqual(TAKEN_BACK);
  const sums = await rows<{ tds: bigint }>(
    world.knex,
    'select tds_paise - back_tds_paise as tds from commission_tds_sums',
  );
  expect(sums.map(({ tds }) => tds)).toEqual([0n, 0n, 0n]);
  await transfer(); // by the new rule, and nobody is above any more
  await overnight();
  expect(await postings()).toEqual([
    'expense:commission:retailer -> tax:tds-payable 10',
    'expense:commission:retailer -> wallet:R:commission 490',
  ]);
});

test('what is reversed before it is paid is never paid', async () => {
  const id = await transfer();
  await accrue();
  await reversed(id);
  expect((await overnight()).payouts).toBe(0);
  expect(await postings()).toEqual([]);
});

test('a wallet that is short gives what it has; the rest is owed, and the next commission pays it first', async () => {
  const id = await transfer();
  await overnight();
  await postings();
  await world.first.walletTransfers.move(retailer.userId, 'k-1', {
    amountPaise: 700n,
    reference: 'spent-1',
    from: 'commission',
    to: 'main',
  });
  await reversed(id);
  await spendMain();
  await overnight();
  await fund(world.first, retailer.accountId, 600_000n);
  const back = await postings();
  expect(back).toContain('wallet:R:commission -> expense:commission:retailer 84');
  expect(back).toContain('receivable:user:R -> expense:commission:retailer 700');
  await transfer();
  await overnight();
  const again = await postings();
  expect(again).toContain('expense:commission:retailer -> receivable:user:R 700');
  expect(again).toContain('expense:commission:retailer -> wallet:R:commission 84');
});

test('two runs at once earn and pay once', async () => {
  const other = await world.another();
  for (const amount of [200_000n, 150_000n, 90_000n]) await transfer(amount);
  const earned = await Promise.all([accrue(), other.commissions.accruals.run(), accrue()]);
  expect(earned.reduce((sum, one) => sum + one.earned, 0)).toBe(3);
  nextDay();
  const paid = await Promise.all([pay(), other.commissions.payouts.run(), pay()]);
  expect(paid.reduce((sum, { grossPaise }) => sum + grossPaise, 0n)).toBe(950n + 300n + 237n);
  const [tie] = await rows<object>(world.knex, TIE);
  expect(tie).toEqual({ accrued: 1_487n, due: 1_487n, paid: 1_487n, payouts: 1_487n, ledger: 1_487n });
});

const TIE = `
  select (select sum(gross_paise)::int8 from commission_accruals) as accrued,
    (select sum(gross_paise)::int8 from commission_dues) as due, (select sum(paid_paise)::int8 from commission_dues) as paid,
    (select sum(gross_paise)::int8 from commission_payouts) as payouts,
    (select sum(debits_paise - credits_paise)::int8 from ledger_accounts where code like 'expense:commission:%') as ledger`;

test('the statement says what was earned and paid, and ties to the wallet; the preview says it before', async () => {
  const asked = { service: 'dmt', category: 'IMPS', operator: null, amountPaise: 200_000n };
  expect(await world.first.commissions.reader.preview(retailer.userId, asked)).toMatchObject({
    ...{ commission: 800, tds: 16, net: 784, paid: 'daily' },
  });
  expect(await staff.operations.commissions.previewAll(retailer.userId, asked)).toMatchObject({
    ...{ scheme: 'standard', poolPaise: 1_135n, marginPaise: 185n },
  });
  const id = await transfer();
  await accrue();
  const from = net.today;
  nextDay();
  await pay();
  await reversed(id);
  await accrue();
  const found = await world.first.commissions.reader.statement(retailer.userId, { from, to: net.today });
  expect(found).toMatchObject({ opening: 0, earned: 0, paid: 800, closing: -800, tds: 16, owed: 0 });
  expect(found.earnings.map(({ commission }) => commission)).toEqual([800, -800]);
  expect(found.payouts).toMatchObject([
    { commission: 800, tds: 16, net: 784, wallet: 784, section: '393(1)-1(ii)', rate_bps: 200 },
  ]);
  const [line] = await rows<{ amount: bigint }>(
    world.knex,
    "select amount_paise as amount from ledger_transfers where journal_id = ? and code = 'commission_share'",
    [found.payouts[0]!.journal],
  );
  expect(line!.amount).toBe(784n);
  await expect(
    world.first.commissions.reader.statement(retailer.userId, { from: '2026-01-01', to: '2026-12-31' }),
  ).rejects.toMatchObject({ code: 'STATEMENT_SPAN_INVALID' });
});

test.each([
  ['commission-earned', 'update commission_earnings set shared_paise = shared_paise + 1'],
  ['commission-earned', "update commission_accruals set turn = 3 where level = 'retailer'"],
  ['commission-share', "update commission_accruals set turn = 3 where level = 'retailer'"],
  ['commission-share', "update commission_accruals set user_id = gen_random_uuid() where level = 'retailer'"],
  ['commission-due', 'update commission_dues set gross_paise = gross_paise + 1'],
  [
    'commission-due',
    'update commission_payouts set gross_paise = gross_paise + 1, wallet_paise = wallet_paise + 1',
  ],
  [
    'commission-posted',
    'update commission_payouts set tds_paise = tds_paise + 1, wallet_paise = wallet_paise - 1',
  ],
  ['commission-posted', 'update commission_payouts set user_id = gen_random_uuid()'],
])('the verifier finds it: %s after %s', async (check, sql) => {
  await transfer();
  await overnight();
  const trx = await world.knex.transaction();
  try {
    await execute(trx, 'set local session_replication_role = replica');
    await execute(trx, sql);
    const found = await verifyTables(trx, {});
    expect(found.find(({ name }) => name === check)!.result!.violations).toBeGreaterThan(0);
    for (const size of [1, 500])
      expect((await verifyInParts(trx, size)).found.map((one) => one.check)).toContain(check);
  } finally {
    await trx.rollback();
  }
});

test('without a PAN the tax is 20 %; several users with one PAN are one person', async () => {
  await world.knex.transaction(async (trx) => {
    await execute(trx, 'set local session_replication_role = replica');
    await execute(trx, 'delete from kyc_records where user_id = ?', [distributor.userId]);
    await execute(
      trx,
      'update kyc_records set pan_fingerprint = (select pan_fingerprint from kyc_records where user_id = :a) where user_id = :b',
      { a: retailer.userId, b: master.userId },
    );
  });
  await transfer();
  await overnight();
  expect(await postings()).toContain('expense:commission:distributor -> tax:tds-payable 20');
  const years = await rows<{ gross: bigint }>(
    world.knex,
    'select gross_paise as gross from commission_tds_years order by gross_paise',
  );
  expect(years.map(({ gross }) => gross)).toEqual([100n, 850n]);
});

test('a rule is refused at the proposal, and again at the approval when a price list has changed', async () => {
  const { approvals } = staff.operations;
  const proposal = (slabs: string, inForceFrom = nextOf(net.today)) =>
    ruleOf({ scheme: 'standard', place: 'dmt:IMPS', slabs, inForceFrom });
  await expect(approvals.propose(proposal('100-100000:retailer=288'), staff.asha)).rejects.toMatchObject({
    code: 'COMMISSION_RULE_INVALID',
    detail: 'slabs[0].shares: at 1.00 rupees the shares come to 2.88, and eko pays 2.87',
  });
  await expect(
    approvals.propose(proposal('100-100000:retailer=1', net.today), staff.asha),
  ).rejects.toMatchObject({
    code: 'COMMISSION_RULE_INVALID',
    detail: expect.stringContaining('in_force_from') as string,
  });
  const { id } = await approvals.propose(proposal('100-100000:retailer=287'), staff.asha);
  await expect(approvals.approve(id, staff.asha)).rejects.toMatchObject({ code: 'APPROVAL_NEEDS_ANOTHER' });
  await execute(
    world.knex,
    `insert into provider_commissions select provider, service, class, up_to_paise, :day, 100, 0
     from provider_commissions where service = 'dmt'`,
    { day: net.today },
  );
  await expect(approvals.approve(id, staff.ravi)).rejects.toMatchObject({ code: 'APPROVAL_OVERTAKEN' });
});

test('the database writes no gap, no overlap and no rule of a day that has begun', async () => {
  const [rule] = await rows<{ id: bigint }>(world.knex, 'select id from commission_rules');
  const slab = (from: number, to: number, after: number | null) =>
    execute(world.knex, "insert into commission_slabs values (:rule, :from, :to, :after, 'amount')", {
      ...{ rule: rule!.id, from, to, after },
    });
  await expect(slab(200_002, 300_000, 200_000)).rejects.toThrow('commission_slabs_without_gap');
  await expect(slab(150_001, 300_000, 150_000)).rejects.toThrow('commission_slabs_above_another');
  await expect(slab(190_001, 300_000, 190_000)).rejects.toThrow(/commission_slabs_(pkey|one_above_another)/);
  await expect(slab(300_001, 400_000, null)).rejects.toThrow('commission_slabs_one_above_another');
  await expect(
    execute(
      world.knex,
      `insert into commission_rules (scheme_id, service, version, in_force_from, approval_id, created_at)
       select scheme_id, service, 9, '2026-11-02', approval_id, '2026-11-02T00:00:00Z' from commission_rules`,
    ),
  ).rejects.toThrow('commission_rules_later');
});

test('the night shares what the day has earned and pays it, and does both again without effect', async () => {
  await transfer();
  const date = net.today;
  nextDay();
  const deps = { ...world.first, ids: systemIds, toldApart: TOLD_APART };
  const steps = createCommissionSteps(deps);
  const context = {
    date,
    begins: world.clock.now(),
    ends: world.clock.now(),
    provider: undefined,
    progress: () => undefined,
    signal: new AbortController().signal,
  };
  const done = [];
  for (const step of [...steps, ...steps]) done.push(await step.run(context));
  expect(done).toEqual([
    { earned: 1, taken_back: 0 },
    { payouts: 3, gross_paise: '950', tds_paise: '19' },
    { earned: 0, taken_back: 0 },
    { payouts: 0, gross_paise: '0', tds_paise: '0' },
  ]);
  expect(await postings()).toEqual(PAID);
});

test('instant commission is paid by the next round of any process, once; what is daily waits', async () => {
  const other = await world.another();
  const { instant } = world.first.commissions;
  await transfer(); // accepted while it was still daily
  expect(await instant.pay()).toBeUndefined();
  await execute(
    world.knex,
    `insert into commission_terms select service, :from::date, basis, 'instant', 0 from commission_terms
     where service = 'dmt' order by in_force_from desc limit 1`,
    { from: nextOf(net.today) },
  );
  nextDay();
  const id = await transfer();
  const rounds = await Promise.all([instant.pay(), other.commissions.instant.pay()]);
  expect(rounds.reduce((sum, one) => sum + (one?.grossPaise ?? 0n), 0n)).toBe(950n);
  expect(await postings()).toEqual(PAID);
  expect((await instant.pay())?.payouts ?? 0).toBe(0);

  // killed after it was earned: whoever comes next pays it
  await reversed(id);
  await createCommissionAccruals({ ...world.first, toldApart: TOLD_APART, isInstant: true }).run();
  expect(await other.commissions.instant.pay()).toMatchObject({ payouts: 3, grossPaise: -950n });
  expect(await postings()).toEqual(TAKEN_BACK);
  nextDay();
  expect(await pay()).toMatchObject({ payouts: 3, grossPaise: 950n }); // the daily one
});

test('the shares of a user who has many are looked at in stretches, and those are the whole', async () => {
  await transfer();
  await transfer(190_100n);
  await accrue();
  const [whole, parts] = [await verifyInParts(world.knex, 500), await verifyInParts(world.knex, 1)];
  expect([whole.found, parts.found]).toEqual([[], []]);
  expect(parts.steps.earners).toBeGreaterThan(whole.steps.earners!);
});

test('staff read schemes, and the shares of their rules', async () => {
  const { commissions } = staff.operations;
  const schemes = await commissions.schemes();
  expect(schemes).toMatchObject([{ name: 'standard', scope: 'all', userId: null }]);
  const shares = await commissions.rules(schemes[0]!.id);
  expect(shares).toHaveLength(7);
  expect(shares.at(-1)).toMatchObject({
    ...{ scheme: 'standard', service: 'dmt', category: 'IMPS', operator: null, version: 1, basis: 'amount' },
    ...{ inForceFrom: '2026-11-02', fromPaise: 190_001n, toPaise: 200_000n },
    ...{ level: 'master_distributor', flatPaise: 50n },
  });
});
