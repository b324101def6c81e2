import type { Knex } from 'knex';
import { addMonths } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { addDays } from '../calendar/days';
import { ruleInForce } from '../errors/rule-in-force';
import { accountCode } from '../ledger/accounts';

export const TAXES = ['tds', 'gst'] as const;
export type Tax = (typeof TAXES)[number];

/** What of a tax is owed for a month: with what earlier months have left, or have taken back. */
export interface TaxDue {
  tax: Tax;
  /** Its first day. */
  month: string;
  /** Of TDS. */
  section: string | null;
  paymentCode: string | null;
  form: string | null;
  /** Of the month alone. */
  liabilityPaise: Paise;
  /** For this month. */
  remittedPaise: Paise;
  /**
   * Of all months up to this one, less all that was remitted; below zero it is carried on. Of a section that has ended also
   * less what was taken back of it since: no month of it is to come that would be less by that.
   */
  owedPaise: Paise;
  /** Without what was taken back since: so much the bank may have paid before that. */
  mostPaise: Paise;
}

type Db = Knex | Knex.Transaction;

/** The months of TDS up to this one, each by section, the newest first. From the sums of the register of payouts. */
export const tdsDues = (db: Db, upTo: string, limit: number): Promise<TaxDue[]> =>
  rows<TaxDue>(db, TDS, { upTo, limit });

/** By the section something is credited in the month of the row. */
const IS_IN_FORCE = (
  row: string,
): string => `exists (select from commission_tds_rules r where r.section = ${row}.section
    and r.in_force_from < ${row}.month + interval '1 month' and not exists (select from commission_tds_rules later
      where later.in_force_from > r.in_force_from and later.in_force_from <= ${row}.month))`;

/** What was remitted for later months lessens an earlier one only as far as it is more than those have brought. */
const TDS = `
  with liable as (
    select section, payment_code, form, month, tds_paise as paise from commission_tds_months
  ), remitted as (
    select section, month, sum(amount_paise)::int8 as paise from tax_remittances where kind = 'tds' group by 1, 2
  ), running as (
    select section, month, l.payment_code, l.form, l.paise, r.paise as remitted,
      sum(coalesce(l.paise, 0)) over months as came, sum(coalesce(r.paise, 0)) over months as went
    from liable l full join remitted r using (section, month)
    window months as (partition by section order by month)
  ), passed as materialized (
    select section, month, came from running n where not ${IS_IN_FORCE('n')}
  ), most as (
    select k.*, k.came - k.went - greatest(0, coalesce((select max(n.went - k.went - greatest(n.came - k.came, 0))
      from running n where n.section = k.section and n.month > k.month), 0)) as most
    from running k where k.paise is not null and k.month <= :upTo::date
  )
  select 'tds' as tax, k.month::text as month, k.section, k.payment_code as "paymentCode", k.form,
    k.paise as "liabilityPaise", coalesce(k.remitted, 0)::int8 as "remittedPaise",
    (k.most - greatest(0, coalesce((select k.came - min(n.came) from passed n
      where n.section = k.section and n.month > k.month), 0)))::int8 as "owedPaise", k.most::int8 as "mostPaise"
  from most k order by k.month desc, k.section limit :limit`;

/** TDS of a section by which nothing is deducted any more: what was remitted beyond it, because it was taken back since. */
export interface Overpaid {
  section: string;
  /** Above zero; also below a rupee, which challans in whole rupees leave. Nothing where none was. */
  paise: Paise;
}

/** Of each section that has ended by a day. What is paid too much by one is no payment by another. */
export const overpaidOn = (db: Db, day: string): Promise<Overpaid[]> => rows<Overpaid>(db, OVERPAID, { day });

const OVERPAID = `
  select m.section, greatest(0, coalesce((select sum(r.amount_paise) from tax_remittances r
    where r.kind = 'tds' and r.section = m.section), 0) - sum(m.tds_paise))::int8 as paise
  from commission_tds_months m
  where m.section <> (select section from commission_tds_rules where in_force_from <= :day::date
    order by in_force_from desc limit 1)
  group by m.section order by m.section`;

/**
 * The months of GST up to this one, the newest first, from the balances at their ends: what was remitted since then is
 * taken from them.
 */
export const gstDues = (db: Db, upTo: string, limit: number): Promise<TaxDue[]> =>
  rows<TaxDue>(db, GST, { upTo, limit, account: accountCode.gstPayable() });

const GST = `
  with months as (
    select date_trunc('month', s.business_date)::date as month, max(s.business_date) as last_day,
      sum(s.day_credits_paise - s.day_debits_paise) as moved
    from balance_snapshots s join ledger_accounts a on a.id = s.account_id and a.code = :account
    where s.business_date < :upTo::date + interval '1 month' group by 1
  ), remitted as (
    select month, (posted_at at time zone 'Asia/Kolkata')::date as day, amount_paise + input_paise as paise
    from tax_remittances where kind = 'gst'
  )
  select 'gst' as tax, m.month::text as month, null as section, null as "paymentCode", null as form,
    (m.moved + coalesce((select sum(paise) from remitted r where date_trunc('month', r.day) = m.month), 0))::int8
      as "liabilityPaise",
    coalesce((select sum(paise) from remitted r where r.month = m.month), 0)::int8 as "remittedPaise",
    o.paise as "owedPaise", o.paise as "mostPaise"
  from months m cross join lateral (
    select (select s.credits_paise - s.debits_paise from balance_snapshots s join ledger_accounts a on a.id = s.account_id
      where a.code = :account and s.business_date = m.last_day)
      - coalesce((select sum(paise) from remitted r where r.day > m.last_day), 0)::int8 as paise) o
  order by m.month desc limit :limit`;

export interface DueRule {
  dueDay: number;
  /** For March, another day than that: of any year. */
  marchDue: string | null;
  warnDays: number;
}

/** Throws DomainError POLICY_NOT_FOUND. */
export async function dueRuleFor(db: Db, tax: Tax, month: string): Promise<DueRule> {
  const [found] = await rows<DueRule>(
    db,
    `select due_day as "dueDay", march_due::text as "marchDue", warn_days as "warnDays" from tax_due_rules
    where kind = :tax and in_force_from <= :month::date order by in_force_from desc limit 1`,
    { tax, month },
  );
  return ruleInForce(found, `no rule says when ${tax} of ${month} is due`);
}

const MARCH = '03';

/** The last day on which the tax of a month is paid in time. */
export function dueOn(month: string, { dueDay, marchDue }: DueRule): string {
  if (month.slice(5, 7) === MARCH && marchDue !== null) return `${month.slice(0, 4)}${marchDue.slice(4)}`;
  return addDays(addMonths(month, 1), dueDay - 1);
}

export const monthOf = (day: string): string => `${day.slice(0, 7)}-01`;
