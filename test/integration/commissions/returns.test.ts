/** Commission that is taken back: the mirror of the payout that paid it, to the paisa, and from which wallets it comes. */
import { createCommissionDesk } from '../../../domain/commissions/desk';
import { mirrorsOf, type OpenReturn } from '../../../domain/commissions/returns';
import type { AppUser } from '../../../domain/users/users';
import { verifyTables } from '../../../domain/verification/verify';
import { execute, rows } from '../../../platform/database';
import { nextOf, TAKEN_BACK, useCommissionNetwork } from '../../support/commission-network';
import type { Desk } from '../../support/commissions';
import type { DmtWorld } from '../../support/dmt-world';
import { violationsIn } from '../../support/operations';
import { broken } from '../../support/verified-world';
import { fund } from '../../support/world';

const net = useCommissionNetwork();
const { nextDay, withPan, transfer, reversed, overnight, postings } = net;
let world: DmtWorld;
let desk: Desk;
let retailer: AppUser;
let distributor: AppUser;

beforeEach(() => {
  ({ world, desk, retailer, distributor } = net);
});

/** As if their papers had been taken back, or had another number. */
async function withoutPan(...users: AppUser[]): Promise<void> {
  await world.knex.transaction(async (trx) => {
    await execute(trx, 'set local session_replication_role = replica');
    for (const { userId } of users) await execute(trx, 'delete from kyc_records where user_id = ?', [userId]);
  });
}
const register = () =>
  rows<{
    what: string;
    level: string;
    section: string;
    bps: number;
    year: number;
    pan: boolean;
    gross: bigint;
    tds: bigint;
    base: bigint;
  }>(
    world.knex,
    `select case when of_payout is null then 'paid' else 'back' end as what, level, section, bps, year,
       has_pan as pan, gross_paise as gross,
       tds_paise as tds, base_paise as base from commission_payouts where level = 'retailer' order by at, gross_paise desc`,
  );

test('what is taken back is the mirror of its payout, whatever the person is known by since, and in which year', async () => {
  await withoutPan(retailer);
  const first = await transfer();
  await overnight();
  await postings();
  await withPan(retailer);
  const second = await transfer();
  await overnight();
  expect((await postings()).filter((line) => line.includes('tds'))).toContain(
    'expense:commission:retailer -> tax:tds-payable 16',
  );
  await withoutPan(retailer, distributor);
  await reversed(second);
  await overnight();
  expect(await postings()).toEqual(TAKEN_BACK);
  await withPan(retailer, distributor);
  await execute(
    world.knex,
    `insert into commission_tds_rules select :today::date, '999', '1999', '999', 1000, 3000, threshold_paise, true, source
     from commission_tds_rules where in_force_from = '2026-04-01'`,
    { today: net.today },
  );
  nextDay(150); // another year of tax
  await reversed(first);
  await overnight();
  expect(await postings()).toContain('tax:tds-payable -> expense:commission:retailer 160');
  const of = { level: 'retailer', section: '393(1)-1(ii)', year: 2026 };
  expect(await register()).toEqual([
    { what: 'paid', ...of, bps: 2_000, pan: false, gross: 800n, tds: 160n, base: 800n },
    { what: 'paid', ...of, bps: 200, pan: true, gross: 800n, tds: 16n, base: 800n },
    { what: 'back', ...of, bps: 200, pan: true, gross: -800n, tds: -16n, base: -800n },
    { what: 'back', ...of, bps: 2_000, pan: false, gross: -800n, tds: -160n, base: -800n },
  ]);
  const years = await rows<object>(
    world.knex,
    'select gross_paise as gross, untaxed_paise as untaxed from commission_tds_years where deductee_id = ?',
    [retailer.userId],
  );
  expect(years).toEqual([{ gross: 0n, untaxed: 0n }]);
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('of a payout of several shares each takes its part of the tax back, and all of them all of it', async () => {
  await desk.rule('standard', 'dmt:IMPS', '100-200000:retailer=25', nextOf(net.today));
  nextDay();
  const ids = [await transfer(100_000n), await transfer(100_000n), await transfer(100_000n)]; // 0.75 together: 0.02 of tax
  expect(await overnight()).toMatchObject({ payouts: 1, grossPaise: 75n, tdsPaise: 2n });
  const back: (readonly [bigint, bigint])[] = [];
  for (const id of ids) {
    await reversed(id);
    const { grossPaise, tdsPaise } = await overnight();
    back.push([grossPaise, tdsPaise]);
  }
  expect(back).toEqual([
    [-25n, -1n],
    [-25n, 0n],
    [-25n, -1n],
  ]);
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('what was earned in the same night as something is taken back is a payout of its own', async () => {
  const first = await transfer();
  await overnight();
  await reversed(first);
  await transfer(150_000n);
  expect(await overnight()).toMatchObject({ grossPaise: 300n - 950n, payouts: 4 });
  expect((await register()).map((one) => Object.values(one).slice(6))).toEqual([
    [800n, 16n, 800n],
    [300n, 6n, 300n],
    [-800n, -16n, -800n],
  ]);
});

test('the main wallet gives what the commission wallet cannot, as far as it is free; a frozen one gives nothing', async () => {
  const ids = [await transfer(), await transfer()];
  await overnight();
  await postings();
  await world.first.walletTransfers.move(retailer.userId, 'k-1', {
    ...{ amountPaise: 1_500n, reference: 'spent-1', from: 'commission', to: 'main' },
  });
  await reversed(ids[0]!);
  await overnight();
  const back = await postings();
  expect(back).toContain('wallet:R:commission -> expense:commission:retailer 68');
  expect(back).toContain('wallet:R:main -> expense:commission:retailer 716');
  expect(back.filter((line) => line.includes('receivable'))).toEqual([]);
  const statement = await world.first.commissions.reader.statement(retailer.userId, {
    from: net.today,
    to: net.today,
  });
  const [paid] = await rows<{ id: string }>(
    world.knex,
    "select id from commission_payouts where level = 'retailer' and gross_paise > 0",
  );
  expect(statement.payouts).toMatchObject([
    { commission: -800, tds: -16, wallet: -68, main: -716, owed: 0, reverses: paid!.id },
  ]);
  const shown = await createCommissionDesk(world).payouts({ user: retailer.userId }, { limit: 5 });
  expect(
    shown.data.map((one) => [
      one.netPaise,
      one.walletPaise,
      one.mainPaise,
      one.receivablePaise,
      one.ofPayout,
    ]),
  ).toEqual([
    [-784n, -68n, -716n, 0n, paid!.id],
    [1_568n, 1_568n, 0n, 0n, null],
  ]);
  await execute(
    world.knex,
    `insert into wallet_freezes (id, wallet_id, reason, placed_by, placed_at)
     select gen_random_uuid(), id, 'an order of a court', user_id, now() from wallets where user_id = ? and kind = 'main'`,
    [retailer.userId],
  );
  await reversed(ids[1]!);
  await overnight();
  expect(await postings()).toContain('receivable:user:R -> expense:commission:retailer 784');
  expect(await violationsIn(world.knex)).toEqual([]);
});

test('a line of credit is not lent for what is taken back: what is not there is owed', async () => {
  const id = await transfer();
  await overnight();
  await postings();
  await world.first.walletTransfers.move(retailer.userId, 'k-1', {
    ...{ amountPaise: 784n, reference: 'spent-1', from: 'commission', to: 'main' },
  });
  await reversed(id);
  await net.spendMain();
  await fund(world.first, retailer.accountId, 100n);
  await execute(
    world.knex,
    `insert into wallet_credit_lines (wallet_id, limit_paise, reason, set_by, set_at)
     select id, 500000, 'a good customer', user_id, now() from wallets where user_id = ? and kind = 'main'`,
    [retailer.userId],
  );
  await overnight();
  const back = await postings();
  expect(back).toContain('wallet:R:main -> expense:commission:retailer 100');
  expect(back).toContain('receivable:user:R -> expense:commission:retailer 684');
  await fund(world.first, retailer.accountId, 600_000n);
});

test('of a payout of before, which names no dues, no more is mirrored than it gave', async () => {
  await transfer();
  await overnight();
  const [paid] = await rows<{ id: string; dues: Record<string, number> }>(
    world.knex,
    "select id, dues from commission_payouts where level = 'retailer'",
  );
  const share = (grossPaise: bigint): OpenReturn => ({
    ...{ transactionId: paid!.id, turn: 2, userId: retailer.userId, level: 'retailer', mode: 'daily' },
    ...{ grossPaise, dueFrom: Object.keys(paid!.dues)[0]!, payment: 0 },
  });
  const found = async (given: bigint[], back = 0n): Promise<[string, bigint[]]> => {
    const trx = await world.knex.transaction();
    try {
      await execute(trx, 'set local session_replication_role = replica');
      await execute(trx, "update commission_payouts set dues = '{}' where id = ?", [paid!.id]);
      if (back > 0n) await execute(trx, GIVEN_BACK, { id: paid!.id, back });
      const { mirrors, others } = await mirrorsOf(trx, given.map(share));
      return [mirrors.map(({ grossPaise }) => grossPaise).join(' '), others.map((one) => one.grossPaise)];
    } finally {
      await trx.rollback();
    }
  };
  expect(await found([801n])).toEqual(['', [801n]]);
  expect(await found([500n, 400n, 300n])).toEqual(['-500 -300', [400n]]);
  expect(await found([500n], 301n)).toEqual(['', [500n]]);
  expect(await found([499n], 301n)).toEqual(['-499', []]);
});
const GIVEN_BACK = `
  insert into commission_payouts (id, user_id, level, mode, day, gross_paise, tds_paise, wallet_paise, receivable_paise,
    wallet_account, deductee_id, has_pan, year, section, payment_code, form, bps, base_paise, at, of_payout)
  select gen_random_uuid(), user_id, level, mode, day, -:back::int8, 0, -:back::int8, 0, wallet_account, deductee_id, has_pan,
    year, section, payment_code, form, bps, -:back::int8, at, id from commission_payouts where id = :id`;

test('of what is paid at once several times a day, each comes back as it was paid', async () => {
  await execute(
    world.knex,
    `insert into commission_terms select service, :from::date, basis, 'instant', 0 from commission_terms
     where service = 'dmt' order by in_force_from desc limit 1`,
    { from: nextOf(net.today) },
  );
  nextDay();
  const { instant } = world.first.commissions;
  const first = await transfer();
  await instant.pay();
  await withoutPan(retailer);
  const second = await transfer();
  await instant.pay();
  await withPan(retailer);
  const third = await transfer(150_000n);
  await instant.pay();
  await postings();
  for (const id of [second, third, first]) {
    await reversed(id);
    await instant.pay();
  }
  expect(
    (await register()).filter(({ what }) => what === 'back').map((one) => [one.bps, one.gross, one.tds]),
  ).toEqual([
    [2_000, -800n, -160n],
    [200, -300n, -6n],
    [200, -800n, -16n],
  ]);
  expect(await violationsIn(world.knex)).toEqual([]);
});

test.each([
  [
    'commission-mirrored',
    'update commission_payouts set tds_paise = tds_paise + 1, wallet_paise = wallet_paise - 1 where of_payout is not null',
  ],
  ['commission-mirrored', "update commission_payouts set section = '194H' where of_payout is not null"],
  ['commission-mirrored', 'update commission_returns set gross_paise = gross_paise + 1'],
  ['commission-taxed', 'update commission_tds_sums set back_tds_paise = back_tds_paise - 1'],
  ['commission-taxed', 'update commission_payouts set bps = 100 where of_payout is null'],
  ['commission-due', 'update commission_returns set gross_paise = gross_paise + 1'],
  ['commission-due', 'update commission_returns set is_done = false, payout_id = null'],
  [
    'commission-posted',
    'update commission_payouts set main_paise = main_paise - 1, wallet_paise = wallet_paise + 1',
  ],
])('the verifier finds it: %s after %s', async (check, sql) => {
  const id = await transfer();
  await overnight();
  await reversed(id);
  await overnight();
  const violated = (found: Awaited<ReturnType<typeof verifyTables>>): string[] =>
    found.flatMap(({ name, result }) => ((result?.violations ?? 0) > 0 ? [name] : []));
  const clean = await world.knex.transaction((trx) => verifyTables(trx, {}));
  expect(violated(clean).filter((name) => name.startsWith('commission'))).toEqual([]);
  expect(
    violated(await broken(world.knex, sql, ['commission_payouts.commission_payouts_main_gives'])),
  ).toContain(check);
});
