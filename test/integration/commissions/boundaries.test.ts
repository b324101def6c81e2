/** The days on which the tax, the month or the year of a commission turns: what is due is placed as rows, and paid. */
import { createCommissionPayouts } from '../../../domain/commissions/payouts';
import type { AppUser } from '../../../domain/users/users';
import { tdsDues } from '../../../domain/remittances/dues';
import { createTaxDuesStep } from '../../../domain/remittances/night-step';
import { remitProposal } from '../../../domain/remittances/remit';
import { businessDate, FakeClock, startOfBusinessDate } from '../../../platform/clock';
import { execute, rows } from '../../../platform/database';
import { createStaff, violationsIn } from '../../support/operations';
import { createWorld, type World } from '../../support/world';

const LAST_INSTANT_MS = 86_400_000 - 1;
let world: World;

beforeEach(async () => {
  world = await createWorld();
});
afterEach(async () => {
  await world.close();
});

/** A number of nobody's: it is only asked whether there is one, and who else has it. */
async function withPan({ userId }: AppUser, pan: string = userId): Promise<void> {
  await world.knex.transaction(async (trx) => {
    await execute(trx, 'set local session_replication_role = replica');
    await execute(
      trx,
      `insert into kyc_records (id, user_id, tier, holder, state, saved_by, name_sealed, pan_sealed, pan_fingerprint,
        pan_hint, made_at, submitted_at, decided_at, approval_id, risk, due_on, lapses_at, after_tier)
      values (:id, :id, 'full', 'individual', 'approved', :id, :sealed, :sealed, sha256(:pan::text::bytea), 'XXXXX0000X', now(), now(),
        now(), :id, 'low', '2030-01-01', '2030-01-01', 'small')`,
      { id: userId, pan, sealed: world.first.cipher.seal('nobody', 'kyc of a test') },
    );
  });
}

async function due(user: AppUser, from: string, grossPaise: bigint, mode = 'daily'): Promise<void> {
  await execute(
    world.knex,
    `insert into commission_dues (user_id, payable_from, mode, level, gross_paise) values (:user, :from::date, :mode, 'retailer', :gross)`,
    { user: user.userId, from, mode, gross: grossPaise },
  );
  await execute(
    world.knex,
    `insert into commission_due_days as d (payable_from, touched) values (?::date, 1)
     on conflict (payable_from) do update set touched = d.touched + 1, is_open = true`,
    [from],
  );
}

/** At the first or at the last instant of the day in India. */
const payOn = (day: string, end: 'begins' | 'ends') =>
  createCommissionPayouts({
    ...world.first,
    knex: world.first.knex,
    clock: new FakeClock(
      new Date(startOfBusinessDate(day).getTime() + (end === 'begins' ? 0 : LAST_INSTANT_MS)),
    ),
  }).run();

async function withThreshold(...days: readonly string[]): Promise<void> {
  await execute(
    world.knex,
    `insert into commission_tds_rules select d::date, section, payment_code, form, bps, no_pan_bps, threshold_paise, false, source
     from commission_tds_rules, unnest(?::text[]) as d where in_force_from = '2026-04-01'`,
    [days],
  );
}

const TEN_THOUSAND = 1_000_000n;
const EIGHT_THOUSAND = 800_000n;
const DAYS = [
  ['2024-02-29', 'ends', '194H', null, '26Q', 500, 2023, 50_000n],
  ['2024-09-30', 'ends', '194H', null, '26Q', 500, 2024, 50_000n],
  ['2024-10-01', 'begins', '194H', null, '26Q', 200, 2024, 20_000n],
  ['2025-03-31', 'ends', '194H', null, '26Q', 200, 2024, 20_000n],
  ['2025-04-01', 'begins', '194H', null, '26Q', 200, 2025, 20_000n],
  ['2026-03-31', 'ends', '194H', null, '26Q', 200, 2025, 20_000n],
  ['2026-04-01', 'begins', '393(1)-1(ii)', '1006', '140', 200, 2026, 20_000n],
  ['2028-02-29', 'begins', '393(1)-1(ii)', '1006', '140', 200, 2027, 20_000n],
] as const;

test('section, code, form, rate and year are those of the day of the credit, to the last instant in India', async () => {
  const [user, stranger] = [await world.user(0n), await world.user(0n)];
  await withPan(user);
  for (const [day, end] of DAYS) {
    await due(user, day, TEN_THOUSAND);
    await due(stranger, day, TEN_THOUSAND);
    await payOn(day, end);
  }
  const of = (who: AppUser) =>
    rows(
      world.knex,
      `select day::text as day, section, payment_code as code, form, bps, year, tds_paise as tds
       from commission_payouts where user_id = ? order by day`,
      [who.userId],
    );
  expect(await of(user)).toEqual(
    DAYS.map(([day, , section, code, form, bps, year, tds]) => ({
      day,
      section,
      code,
      form,
      bps,
      year,
      tds,
    })),
  );
  expect(await of(stranger)).toEqual(
    DAYS.map(([day, , section, code, form, , year]) => ({
      ...{ day, section, code, form, bps: 2_000, year, tds: 200_000n },
    })),
  );
});

test('the threshold counts a year of its own: it is caught up on 31 March, and 1 April begins anew', async () => {
  const user = await world.user(0n);
  await withPan(user);
  await withThreshold('2026-11-02', '2027-04-01');
  const taxed: bigint[] = [];
  for (const [day, gross] of [
    ['2027-01-31', EIGHT_THOUSAND],
    ['2027-02-28', EIGHT_THOUSAND],
    ['2027-03-31', EIGHT_THOUSAND],
    ['2027-03-31', 100_000n],
    ['2027-04-01', EIGHT_THOUSAND],
  ] as const) {
    await due(user, day, gross, taxed.length === 3 ? 'monthly' : 'daily');
    taxed.push((await payOn(day, 'ends')).tdsPaise);
  }
  expect(taxed).toEqual([0n, 0n, 48_000n, 2_000n, 0n]);
});

test('a person who is known as a second, older user is the same person for the year', async () => {
  const [older, user] = [await world.user(0n), await world.user(0n)];
  await withThreshold('2026-11-02');
  await withPan(user);
  const taxed: bigint[] = [];
  for (const day of ['2026-12-01', '2026-12-02', '2026-12-03']) {
    if (day === '2026-12-03') await withPan(older, user.userId);
    await due(user, day, EIGHT_THOUSAND);
    taxed.push((await payOn(day, 'ends')).tdsPaise);
  }
  expect(taxed).toEqual([0n, 0n, 48_000n]);
});

test('a run that goes on after midnight pays on the day of its posting: section, year and register are of that day', async () => {
  const user = await world.user(0n);
  await withPan(user);
  await due(user, '2026-03-31', TEN_THOUSAND);
  const midnight = startOfBusinessDate('2026-04-01').getTime();
  let asked = 0;
  const clock = { now: () => new Date(midnight - (asked++ === 0 ? 1 : 0)) };
  await createCommissionPayouts({ ...world.first, knex: world.first.knex, clock }).run();
  expect(
    await rows(
      world.knex,
      `select p.section, p.day::text as day, p.year, (t.created_at at time zone 'Asia/Kolkata')::date::text as posted
       from commission_payouts p join ledger_transfers t on t.journal_id = p.id and t.line = 0`,
    ),
  ).toEqual([{ section: '393(1)-1(ii)', day: '2026-04-01', year: 2026, posted: '2026-04-01' }]);
});

test('what is due on the last day of a month is not paid before its first instant, and once', async () => {
  const user = await world.user(0n);
  await due(user, '2028-02-29', 500n, 'monthly');
  await due(user, '2028-03-01', 700n);
  expect(await payOn('2028-02-28', 'ends')).toMatchObject({ payouts: 0 });
  expect(await payOn('2028-02-29', 'begins')).toMatchObject({ payouts: 1, grossPaise: 500n });
  expect(await payOn('2028-02-29', 'ends')).toMatchObject({ payouts: 0 });
  expect(await payOn('2028-03-01', 'begins')).toMatchObject({ payouts: 1, grossPaise: 700n });
});

test('a share of 31 March that goes back on 1 April goes by the section of March, and lessens no tax of April', async () => {
  const staff = await createStaff(world);
  const user = await world.user(0n);
  await withPan(user);
  await due(user, '2026-03-31', TEN_THOUSAND);
  await payOn('2026-03-31', 'ends');
  await due(user, '2026-04-01', EIGHT_THOUSAND);
  await execute(
    world.knex,
    `insert into commission_returns (transaction_id, turn, user_id, level, mode, gross_paise, payable_from, due_from, payment)
     values (gen_random_uuid(), 1, :user, 'retailer', 'daily', 250000, '2026-04-01', '2026-03-31', 0)`,
    { user: user.userId },
  );
  await payOn('2026-04-01', 'begins');
  const [march, april] = [
    { section: '194H', form: '26Q', year: 2025 },
    { section: '393(1)-1(ii)', form: '140', year: 2026 },
  ];
  expect(
    await rows(
      world.knex,
      `select day::text as day, section, form, year, bps, tds_paise as tds from commission_payouts order by day, tds_paise`,
    ),
  ).toEqual([
    { day: '2026-03-31', ...march, bps: 200, tds: 20_000n },
    { day: '2026-04-01', ...march, bps: 200, tds: -5_000n },
    { day: '2026-04-01', ...april, bps: 200, tds: 16_000n },
  ]);
  const owed = async () =>
    (await tdsDues(world.knex, '2026-04-01', 9)).map(({ month, section, owedPaise, mostPaise }) => ({
      ...{ month: month.slice(0, 7), section, owedPaise, mostPaise },
    }));
  const ofApril = { month: '2026-04', section: april.section, owedPaise: 16_000n, mostPaise: 16_000n };
  expect(await owed()).toEqual([
    { month: '2026-04', section: '194H', owedPaise: 15_000n, mostPaise: 15_000n },
    ofApril,
    { month: '2026-03', section: '194H', owedPaise: 15_000n, mostPaise: 20_000n },
  ]);

  // The bank had paid all of March before.
  let line = 0;
  const remitted = async (section: string, month: string, amountPaise: bigint, paidOn: string) => {
    const { id } = await staff.operations.approvals.propose(
      remitProposal({
        ...{
          tax: 'tds',
          month,
          section,
          amountPaise,
          inputPaise: 0n,
          paidOn,
          challanNo: `CH-000${(line += 1)}`,
        },
        ...{ bank: 'escrow', reference: `SBINR5202605050000${line}`, reason: 'the tax', evidence: 'challan' },
      }),
      staff.asha,
    );
    await staff.operations.approvals.approve(id, staff.ravi);
  };
  world.clock.set('2026-05-05T06:30:00Z');
  await remitted('194H', '2026-03', 20_000n, '2026-04-01');
  await expect(remitted('194H', '2026-04', 100n, '2026-05-04')).rejects.toMatchObject({
    code: 'TAX_NOT_OWED',
  });
  expect(await owed()).toMatchObject([{ owedPaise: -5_000n }, ofApril, { owedPaise: -5_000n }]);
  expect(await dueCases()).toEqual([
    ['tax_overpaid', 'tax:tds:194H:overpaid'],
    ['tax_remittance_due', `tax:tds:${april.section}:2026-04`],
  ]);
  await remitted(april.section, '2026-04', 16_000n, '2026-05-04');
  expect(await dueCases()).toEqual([['tax_overpaid', 'tax:tds:194H:overpaid']]);
  expect(await owed()).toMatchObject([{ owedPaise: -5_000n }, { owedPaise: 0n }, { owedPaise: -5_000n }]);
  // what is due was not earned here
  const violations = await violationsIn(world.knex);
  expect(violations.filter((text) => /^(tds|commission-(mirrored|taxed|posted))/.test(text))).toEqual([]);
  staff.close();
});

/** Open ones, after the night of today. */
async function dueCases(): Promise<string[][]> {
  const date = businessDate(world.clock.now());
  await createTaxDuesStep({ ...world.first, clock: world.clock }).run({ date } as never);
  const found = await rows<{ kind: string; subject: string }>(
    world.knex,
    `select kind, subject from ops_cases where kind like 'tax!_%' escape '!' and closed_at is null order by kind`,
  );
  return found.map(({ kind, subject }) => [kind, subject]);
}

test('a statement shows a thousand payouts at most, and says that there are more', async () => {
  const user = await world.user(0n);
  await execute(
    world.knex,
    `insert into commission_payouts (id, user_id, level, mode, day, gross_paise, tds_paise, wallet_paise, receivable_paise,
       wallet_account, deductee_id, has_pan, year, section, form, bps, base_paise, at)
     select gen_random_uuid(), :user, 'retailer', 'instant', '2026-11-02', 100, 2, 98, 0, 1, :user, true, 2026, 's', '140', 200, 100,
       now() from generate_series(1, 1001)`,
    { user: user.userId },
  );
  const of = await world.first.commissions.reader.statement(user.userId, {
    ...{ from: '2026-11-02', to: '2026-11-02' },
  });
  expect([of.payouts.length, of.more, of.paid]).toEqual([1_000, true, 100_100]);
});
