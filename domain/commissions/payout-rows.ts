import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import {
  arraysOf,
  bool,
  insertAll,
  insertNew,
  int2,
  int4,
  int8,
  jsonb,
  table,
  text,
  uuid,
} from '../../platform/sql';
import type { AccountId, UserId } from '../ids/ids';
import { ruleInForce } from '../errors/rule-in-force';
import type { TaxYear } from './tax';

type Trx = Knex.Transaction;

/** A day from which something is due, as it was found: `touched` says whether more has become due meanwhile. */
export interface DueDay {
  payableFrom: string;
  touched: bigint;
}

/** Days up to this one of which not all is paid. */
export async function openDays(db: Knex | Trx, day: string): Promise<DueDay[]> {
  return rows<DueDay>(
    db,
    `select payable_from::text as "payableFrom", touched from commission_due_days
    where is_open and payable_from <= :day::date order by payable_from`,
    { day },
  );
}

/** After all of a day was paid; one that got more in the meantime stays open. */
export async function closeDays(db: Knex | Trx, days: readonly DueDay[]): Promise<void> {
  await execute(
    db,
    `update commission_due_days d set is_open = false from unnest(:days::date[], :touched::int8[]) as n(day, touched)
    where d.payable_from = n.day and d.touched = n.touched`,
    { days: days.map((d) => d.payableFrom), touched: days.map((d) => d.touched) },
  );
}

/** Users after this one who have something to be paid, or to give back, of the day. */
export async function usersWithDues(
  db: Knex | Trx,
  given: { after: string; payableFrom: string; mode: string | null; limit: number },
): Promise<UserId[]> {
  const found = await rows<{ userId: UserId }>(
    db,
    `select user_id as "userId" from (
      (select distinct user_id from commission_dues where payable_from = :payableFrom::date and gross_paise <> paid_paise
        and user_id > :after::uuid and (:mode::text is null or mode = :mode) order by user_id limit :limit)
      union
      (select distinct user_id from commission_returns where payable_from = :payableFrom::date and not is_done
        and user_id > :after::uuid and (:mode::text is null or mode = :mode) order by user_id limit :limit)) as open
    order by user_id limit :limit`,
    given,
  );
  return found.map(({ userId }) => userId);
}

/** What is paid at once: of one user, level and mode, with the dues that it is of. */
export interface Due {
  userId: UserId;
  level: string;
  mode: string;
  grossPaise: bigint;
  /** Each with how often it was paid before, by the day from which it is due. */
  dues: Readonly<Record<string, number>>;
}

/** What of a due was not paid yet. */
export interface OpenDue extends Pick<Due, 'userId' | 'level' | 'mode' | 'grossPaise'> {
  payableFrom: string;
  payments: number;
}

/** Marks as paid what is due, and says how much that was. */
export async function takeDues(
  trx: Trx,
  given: { users: readonly UserId[]; days: readonly string[]; mode: string | null },
): Promise<OpenDue[]> {
  return rows<OpenDue>(
    trx,
    `with due as materialized (
      select * from commission_dues where user_id = any(:users::uuid[]) and payable_from = any(:days::date[])
        and gross_paise <> paid_paise and (:mode::text is null or mode = :mode) order by user_id, payable_from, mode, level for update
    ), paid as (
      update commission_dues d set paid_paise = due.gross_paise, payments = d.payments + 1
      from due where d.user_id = due.user_id
        and d.payable_from = due.payable_from and d.mode = due.mode and d.level = due.level
    )
    select user_id as "userId", level, mode, gross_paise - paid_paise as "grossPaise", payable_from::text as "payableFrom",
      payments
    from due order by user_id, level, mode, payable_from`,
    given,
  );
}

export interface Payee {
  userId: UserId;
  walletAccount: AccountId;
  /** It gives what has to be given back where the commission wallet is short; null for who has none. */
  mainAccount: AccountId | null;
  /** What the user owes us already; null where nobody has ever owed us anything. */
  receivableAccount: AccountId | null;
  /** The first user who is known by the same PAN; without a PAN, the user. */
  deducteeId: string;
  hasPan: boolean;
}

export async function readPayees(trx: Trx, users: readonly UserId[]): Promise<Map<UserId, Payee>> {
  const found = await rows<Payee>(
    trx,
    `with known as materialized (
      select distinct on (user_id) user_id, pan_fingerprint from kyc_records
      where user_id = any(:users::uuid[]) and state = 'approved' order by user_id, made_at desc
    ), persons as materialized (
      select distinct on (pan_fingerprint) pan_fingerprint, user_id from kyc_records
      where state = 'approved' and pan_fingerprint = any(array(select pan_fingerprint from known))
      order by pan_fingerprint, decided_at, user_id
    )
    select w.user_id as "userId", w.account_id as "walletAccount", m.account_id as "mainAccount",
      a.id as "receivableAccount",
      coalesce(p.user_id, w.user_id) as "deducteeId", k.pan_fingerprint is not null as "hasPan"
    from wallets w
      left join wallets m on m.user_id = w.user_id and m.kind = 'main'
      left join ledger_accounts a on a.code = :receivable || w.user_id
      left join known k on k.user_id = w.user_id left join persons p on p.pan_fingerprint = k.pan_fingerprint
    where w.user_id = any(:users::uuid[]) and w.kind = 'commission'`,
    { users, receivable: 'receivable:user:' },
  );
  return new Map(found.map((payee) => [payee.userId, payee]));
}

/** Users who have no commission wallet yet. */
export async function withoutWallet(db: Knex | Trx, users: readonly UserId[]): Promise<UserId[]> {
  const found = await rows<{ userId: UserId }>(
    db,
    `select u as "userId" from unnest(?::uuid[]) as u
    where not exists (select from wallets where user_id = u and kind = 'commission')`,
    [users],
  );
  return found.map(({ userId }) => userId);
}

export interface NewWallet {
  id: string;
  userId: UserId;
  accountId: AccountId;
}
const WALLETS = table<NewWallet>('wallets', {
  id: uuid((w) => w.id),
  user_id: uuid((w) => w.userId),
  account_id: int8((w) => w.accountId),
});

/** Commission wallets, on accounts that are open. */
export async function insertWallets(trx: Trx, list: readonly NewWallet[]): Promise<void> {
  await insertNew(trx, WALLETS, list, {
    conflict: '(user_id, kind)',
    returning: 'id',
    shared: { kind: 'commission' },
  });
}

export interface TdsRule {
  section: string;
  paymentCode: string | null;
  form: string;
  bps: number;
  noPanBps: number;
  thresholdPaise: bigint;
  fromFirstRupee: boolean;
}

/** By the day of the credit. Throws DomainError POLICY_NOT_FOUND. */
export async function tdsRuleOn(db: Knex | Trx, day: string): Promise<TdsRule> {
  const [found] = await rows<TdsRule>(
    db,
    `select section, payment_code as "paymentCode", form, bps, no_pan_bps as "noPanBps",
      threshold_paise as "thresholdPaise", from_first_rupee as "fromFirstRupee"
    from commission_tds_rules where in_force_from <= ?::date order by in_force_from desc limit 1`,
    [day],
  );
  return ruleInForce(found, `no rule says how commission is taxed on ${day}`);
}

export interface YearRow extends TaxYear {
  deducteeId: string;
  bps: number;
}

type YearTotals = Pick<YearRow, 'deducteeId' | 'grossPaise' | 'untaxedPaise'>;
type YearSums = Pick<YearRow, 'deducteeId' | 'basePaise' | 'tdsPaise' | 'backBasePaise'>;

interface OfYear {
  deductees: readonly { deducteeId: string; bps: number }[];
  year: number;
  section: string;
}

/**
 * The year of each person so far, with what was taxed at the rate that counts for them now. The years are locked, so
 * that the tax of a person who has several users is that of the sum, whoever pays them at the same time.
 */
export async function lockYears(trx: Trx, given: OfYear): Promise<Map<string, TaxYear>> {
  const { deductees, year, section } = given;
  const ids = deductees.map((d) => d.deducteeId);
  const lock = (): Promise<YearTotals[]> =>
    rows<YearTotals>(
      trx,
      `select deductee_id as "deducteeId", gross_paise as "grossPaise", untaxed_paise as "untaxedPaise"
      from commission_tds_years where deductee_id = any(:ids::uuid[]) and year = :year
      order by deductee_id for no key update`,
      { ids, year },
    );
  let years = await lock();
  if (years.length < ids.length) {
    await execute(
      trx,
      `insert into commission_tds_years (deductee_id, year, gross_paise, untaxed_paise)
      select id, :year, 0, 0 from unnest(:ids::uuid[]) as n(id) order by id on conflict do nothing`,
      { ids, year },
    );
    years = await lock();
  }
  // A statement after the locks: it sees what whoever held them has written.
  const sums = await rows<YearSums>(
    trx,
    `select s.deductee_id as "deducteeId", s.base_paise as "basePaise", s.tds_paise as "tdsPaise",
      s.back_base_paise as "backBasePaise"
    from unnest(:ids::uuid[], :bps::int4[]) as n(id, bps) join commission_tds_sums s on s.deductee_id = n.id
      and s.year = :year and s.section = :section and s.bps = n.bps`,
    { ids, bps: deductees.map((d) => d.bps), year, section },
  );
  const known = new Map(sums.map((sum) => [sum.deducteeId, sum]));
  return new Map(
    years.map(({ deducteeId, grossPaise, untaxedPaise }) => {
      const { basePaise = 0n, tdsPaise = 0n, backBasePaise = 0n } = known.get(deducteeId) ?? {};
      return [deducteeId, { grossPaise, untaxedPaise, basePaise, tdsPaise, backBasePaise }];
    }),
  );
}

const YEARS = table<YearRow>('commission_tds_years', {
  deductee_id: uuid((y) => y.deducteeId),
  gross_paise: int8((y) => y.grossPaise),
  untaxed_paise: int8((y) => y.untaxedPaise),
});
const SUMS = table<YearRow>('commission_tds_sums', {
  deductee_id: uuid((y) => y.deducteeId),
  bps: int4((y) => y.bps),
  base_paise: int8((y) => y.basePaise),
  tds_paise: int8((y) => y.tdsPaise),
});

export async function writeYears(
  trx: Trx,
  list: readonly YearRow[],
  { year, section }: { year: number; section: string },
): Promise<void> {
  await execute(
    trx,
    `update commission_tds_years y set gross_paise = n.gross_paise, untaxed_paise = n.untaxed_paise
    from ${YEARS.source} where y.deductee_id = n.deductee_id and y.year = :year`,
    { year, ...arraysOf(YEARS, list) },
  );
  await execute(
    trx,
    `insert into commission_tds_sums (deductee_id, year, section, bps, base_paise, tds_paise)
    select n.deductee_id, :year, :section, n.bps, n.base_paise, n.tds_paise from ${SUMS.source}
    on conflict (deductee_id, year, section, bps) do update set base_paise = excluded.base_paise,
      tds_paise = excluded.tds_paise`,
    { year, section, ...arraysOf(SUMS, list) },
  );
}

/** By what a payout is taxed: for the register and the return. */
export interface TaxedAs {
  section: string;
  paymentCode: string | null;
  form: string;
  /** That begins on 1 April of it. */
  year: number;
  bps: number;
  deducteeId: string;
  hasPan: boolean;
}

export interface PayoutRow extends Due, TaxedAs {
  id: string;
  tdsPaise: bigint;
  walletPaise: bigint;
  mainPaise: bigint;
  receivablePaise: bigint;
  walletAccount: AccountId;
  basePaise: bigint;
  /** The payout of which it gives something back. */
  ofPayout: string | null;
}

const PAYOUTS = table<PayoutRow>('commission_payouts', {
  id: uuid((p) => p.id),
  user_id: uuid((p) => p.userId),
  level: text((p) => p.level),
  mode: text((p) => p.mode),
  gross_paise: int8((p) => p.grossPaise),
  tds_paise: int8((p) => p.tdsPaise),
  wallet_paise: int8((p) => p.walletPaise),
  main_paise: int8((p) => p.mainPaise),
  receivable_paise: int8((p) => p.receivablePaise),
  wallet_account: int8((p) => p.walletAccount),
  deductee_id: uuid((p) => p.deducteeId),
  has_pan: bool((p) => p.hasPan),
  year: int2((p) => p.year),
  section: text((p) => p.section),
  payment_code: text((p) => p.paymentCode),
  form: text((p) => p.form),
  bps: int4((p) => p.bps),
  base_paise: int8((p) => p.basePaise),
  of_payout: uuid((p) => p.ofPayout),
  dues: jsonb((p) => p.dues),
});

export async function writePayouts(
  trx: Trx,
  list: readonly PayoutRow[],
  shared: { day: string; at: Date },
): Promise<void> {
  await insertAll(trx, PAYOUTS, list, shared);
}
