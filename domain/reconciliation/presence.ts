import type { Knex } from 'knex';
import { addMs, startOfBusinessDate } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { firstUuidAt } from '../../platform/ids';
import { EARNED, FOUND, type Judging } from './judge';
import { CLAIMS } from './match';

const DAY_MS = 86_400_000;

/** What the provider must know: it was sent, and is not known to have ended without money. */
const EXPECTED = `t.state in ('dispatched', 'succeeded', 'refund_pending')`;

/**
 * Transactions of ours that no report has: of the day, and those that were missing before. What was sent shortly before
 * midnight may be in the next report, and waits for it. A missing payment stays as it is: absence says nothing. One that
 * a row may be about, whose reference is damaged or names several, is a candidate of that break, and no second one.
 */
export async function findMissing(
  trx: Knex.Transaction,
  { source, terms, asOf }: Judging,
  businessDate: string,
): Promise<void> {
  const begins = startOfBusinessDate(businessDate);
  const named = await namedByOthers(trx, source);
  await execute(
    trx,
    `insert into ${FOUND}
    select 'absent:' || t.id || ':' || t.attempt_no,
      case when d.sent_on + ${terms.carryDays} >= '${asOf}'::date
          and d.sent_at >= d.sent_on + interval '1 day' - interval '${terms.cutoffMinutes} minutes'
        then 'cutoff_timing' else 'missing_at_provider' end,
      d.sent_on, t.id, null, null,
      jsonb_build_object('state', t.state, 'amount_paise', t.amount_paise, 'charge_paise', t.charge_paise,
        'provider_reference', t.provider_reference, 'utr', t.utr, 'our_reference', a.our_reference),
      '{}', '[]',
      case when t.state = 'dispatched' then 0
        else (case when t.flow = 'credit' then -t.amount_paise else t.amount_paise + t.charge_paise end)
          ${source.kind === 'report' ? '' : '+ coalesce(e.taken_fee_paise, 0)'}
          - coalesce(e.commission_paise - e.tds_paise, 0) end
    from (select id, true as is_of_day from transactions where id between :first and :last
        and provider = :provider and service = any(:services::text[])
      union all select b.transaction_id, false from recon_breaks b where b.source_id = :source and b.state = 'open'
        and b.kind in ('missing_at_provider', 'cutoff_timing') and b.business_date <> :date::date) c
      join transactions t on t.id = c.id join dispatch_attempts a on a.transaction_id = t.id and a.attempt_no = t.attempt_no
      cross join lateral (select a.created_at at time zone 'Asia/Kolkata' as sent_at,
        (a.created_at at time zone 'Asia/Kolkata')::date as sent_on) d ${EARNED}
    where (d.sent_on = :date::date) = c.is_of_day and ${EXPECTED}
      and not exists (select from recon_rows r where r.source_id = :source and r.transaction_id = t.id
        and r.attempt_no = t.attempt_no and r.part = 'payment')
      and t.id <> all(:named::uuid[])`,
    {
      first: firstUuidAt(addMs(begins, -DAY_MS)),
      last: firstUuidAt(addMs(begins, DAY_MS)),
      date: businessDate,
      source: source.id,
      provider: source.provider,
      services: source.services,
      named,
    },
  );
}

/** The candidates of rows that no rule could match, unless two persons are done with those. */
async function namedByOthers(trx: Knex.Transaction, { id }: Judging['source']): Promise<string[]> {
  const found = await rows<{ id: string }>(
    trx,
    `select distinct c.transaction_id as id
    from ${CLAIMS} c join ${FOUND} f on f.row_key = c.row_key and f.row_seq = c.seq
    where f.kind in ('ambiguous', 'identifier_damaged') and not exists (select from recon_breaks b
      where b.source_id = ? and b.break_key = f.break_key and b.resolution in ('decided', 'closed'))`,
    [id],
  );
  return found.map((one) => one.id);
}
