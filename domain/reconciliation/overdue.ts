import type { Knex } from 'knex';
import { startOfBusinessDate } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { firstUuidAt } from '../../platform/ids';
import { addDays } from '../calendar/days';
import { FOUND, type Judging } from './judge';

/**
 * Settlements that rows of a report name by their UTR, and that came to no bank: when the statements that were read reach
 * far enough beyond the last row. Without any statement nothing can be said. Nothing is posted: the provider still owes it.
 */
export async function findMissingSettlements(
  trx: Knex.Transaction,
  { source, terms }: Judging,
): Promise<void> {
  await execute(
    trx,
    `insert into ${FOUND}
    with settled as (
      select utr, sum(rows)::int4 as rows, max(day) as day, sum(total)::int8 as total from (
        select settlement_utr as utr, count(*) as rows, max(happened_on) as day,
          coalesce(sum(commission_paise - coalesce(tds_paise, 0)), 0) as total
        from recon_rows where source_id = ${source.id} and settlement_utr is not null and row_key is not null group by 1
        union all
        select settlement_utr, row_count, last_on, paise from recon_settlement_sums
        where source_id = ${source.id} and row_count > 0
      ) one group by utr
    ), statements as (
      select s.id from recon_sources s where s.kind = 'statement'
    ), came as (
      select utr from recon_rows where source_id in (select id from statements) and part = 'credit' and utr is not null
    ), read as (
      select max(business_date) as to_day from recon_files where source_id in (select id from statements)
    )
    select 'settlement_missing:' || s.utr, 'settlement_missing', s.day, null, null, null,
      jsonb_build_object('rows', s.rows, 'amount_paise', s.total), jsonb_build_object('utr', s.utr), '[]', -s.total
    from settled s
    where s.utr not in (select utr from came) and s.total > 0
      and s.day + ${terms.settlementDays} <= (select to_day from read)`,
  );
}

/** So far back a line of collected fees looks. */
export const FEES_REACH_DAYS = 45;
/** So far a row and its payment are apart at most (`recon_rules_days`). */
const APART_DAYS = 31;

/**
 * The ids of transactions whose payments can be rows of these days: ids begin with the time, and rows are found by them.
 * There is no index of rows by their day, which would be as large as they are.
 */
export const idsOfRows = (from: string, to: string): { first: string; last: string } => ({
  first: firstUuidAt(startOfBusinessDate(addDays(from, -APART_DAYS))),
  last: firstUuidAt(startOfBusinessDate(addDays(to, APART_DAYS + 1))),
});

/**
 * Fees that a provider said are owed, and that no line has collected in time: one break for a day of payouts. It stays
 * until a line takes them, or a person closes it.
 */
export async function findUncollectedFees(
  trx: Knex.Transaction,
  { source, terms, asOf }: Judging,
): Promise<void> {
  const to = addDays(asOf, -terms.feeDays);
  const [open] = await rows<{ from: string }>(
    trx,
    `select coalesce(min(business_date), :reach::date)::text as "from" from recon_breaks
    where source_id = :id and state = 'open' and kind = 'fee_uncollected' and business_date < :reach::date`,
    { id: source.id, reach: addDays(asOf, -FEES_REACH_DAYS) },
  );
  const { from } = open!;
  await execute(
    trx,
    `insert into ${FOUND}
    select 'fee_uncollected:' || r.happened_on, 'fee_uncollected', r.happened_on, null, null, null,
      jsonb_build_object('payouts', count(*), 'fee_paise', sum(f.paise)), '{}', '[]', sum(f.paise)::int8
    from recon_rows r join transactions t on t.id = r.transaction_id
      join transaction_outcomes o on o.transaction_id = t.id and o.effect = 'success' and o.provider_fee_owed
      cross join lateral (select o.provider_fee_paise + coalesce(o.provider_tax_paise, 0) as paise) f
    where r.source_id = :id and r.part = 'payment' and t.provider = :provider and f.paise > 0
      and r.transaction_id between :first and :last and r.happened_on between :from::date and :to::date
      and not exists (select from recon_fee_matches m where m.transaction_id = t.id)
    group by r.happened_on`,
    { id: source.id, provider: source.provider, from, to, ...idsOfRows(from, to) },
  );
}
