import type { Knex } from 'knex';
import { addMs, startOfBusinessDate } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { firstUuidAt } from '../../platform/ids';
import { EARNED, FOUND, type Judging } from './judge';
import { CLAIMS } from './match';

const DAY_MS = 86_400_000;

const MISSING = 'recon_missing';

/** What the provider must know: it was sent, and is not known to have ended without money. */
const EXPECTED = `t.state in ('dispatched', 'succeeded', 'refund_pending')`;

/**
 * Transactions of ours that no report has: of the day, and those that were missing before. What was sent shortly before
 * midnight may be in the next report, and waits for it. A missing payment stays as it is: absence says nothing. One that
 * a row may be about, whose reference is damaged or names several, is a candidate of that break, and no second one.
 */
export async function findMissing(
  trx: Knex.Transaction,
  judging: Judging,
  businessDate: string,
): Promise<void> {
  const { source } = judging;
  const begins = startOfBusinessDate(businessDate);
  const named = await namedByOthers(trx, source);
  const { id, provider, services } = source;
  // A day is many rows and has no statistics yet: looking each one up would take longer than reading them side by side.
  await execute(trx, 'set local enable_seqscan = off');
  await execute(trx, 'set local enable_nestloop = off');
  const ends = addMs(begins, DAY_MS);
  await execute(
    trx,
    missingSql(`where t.id between :first and :last and t.provider = :provider and t.service = any(:services::text[])
      and ${ABSENT} and r.transaction_id between :first and :last)`),
    {
      ...{ first: firstUuidAt(addMs(begins, -DAY_MS)), last: firstUuidAt(ends) },
      ...{ source: id, provider, services, named },
    },
  );
  await execute(trx, 'set local enable_nestloop = on');
  await keepMissing(trx, judging, {
    sent: 'created_at >= :begins::timestamptz and created_at < :ends::timestamptz',
    bindings: { begins, ends },
  });
  await execute(trx, `drop table ${MISSING}`);
  await execute(
    trx,
    missingSql(`join recon_breaks b on b.transaction_id = t.id
    where b.source_id = :source and b.state = 'open' and b.kind in ('missing_at_provider', 'cutoff_timing')
      and b.business_date <> :date::date and ${ABSENT})`),
    { source: id, date: businessDate, named },
  );
  await keepMissing(trx, judging, {
    sent: `(created_at at time zone 'Asia/Kolkata')::date <> :date::date`,
    bindings: { date: businessDate },
  });
  await execute(trx, `drop table ${MISSING}`);
  await execute(trx, 'set local enable_seqscan = on');
}

const ABSENT = `${EXPECTED} and t.id <> all(:named::uuid[]) and not exists (select from recon_rows r
  where r.transaction_id = t.id and r.attempt_no = t.attempt_no and r.part = 'payment' and r.source_id = :source`;

/** A table of its own, since no insert reads a day with more than one core. */
const missingSql = (absent: string): string =>
  `create temporary table ${MISSING} on commit drop as select t.id from transactions t ${absent}`;

/** Only what is missing is looked at further: each has an attempt that is looked up. */
async function keepMissing(
  trx: Knex.Transaction,
  { source, terms, asOf }: Judging,
  { sent, bindings }: { sent: string; bindings: Readonly<Record<string, unknown>> },
): Promise<void> {
  await execute(
    trx,
    `insert into ${FOUND}
    with absent as materialized (select t.* from ${MISSING} m join transactions t on t.id = m.id
    ), t as materialized (
      select t.*, a.our_reference, a.created_at at time zone 'Asia/Kolkata' as sent_at
      from absent t cross join lateral (select our_reference, created_at from dispatch_attempts
        where transaction_id = t.id and attempt_no = t.attempt_no and ${sent} offset 0) a
    )
    select 'absent:' || t.id || ':' || t.attempt_no,
      case when t.sent_at::date + ${terms.carryDays} >= '${asOf}'::date
          and t.sent_at >= t.sent_at::date + interval '1 day' - interval '${terms.cutoffMinutes} minutes'
        then 'cutoff_timing' else 'missing_at_provider' end,
      t.sent_at::date, t.id, null, null,
      jsonb_build_object('state', t.state, 'amount_paise', t.amount_paise, 'charge_paise', t.charge_paise,
        'provider_reference', t.provider_reference, 'utr', t.utr, 'our_reference', t.our_reference),
      '{}', '[]',
      case when t.state = 'dispatched' then 0
        else (case when t.flow = 'credit' then -t.amount_paise else t.amount_paise + t.charge_paise end)
          ${source.kind === 'report' ? '' : '+ coalesce(e.taken_fee_paise, 0)'}
          - coalesce(e.commission_paise - e.tds_paise, 0) end
    from t ${EARNED}`,
    bindings,
  );
}

/** The candidates of rows that no rule could match, unless two persons are done with those. */
async function namedByOthers(trx: Knex.Transaction, { id }: Judging['source']): Promise<string[]> {
  const found = await rows<{ id: string }>(
    trx,
    `select distinct c.transaction_id as id
    from ${CLAIMS} c join ${FOUND} f on f.row_key = c.row_key and f.row_seq = c.seq
    where f.kind in ('ambiguous', 'identifier_damaged') and not exists (select from recon_breaks b
      where b.source_id = ? and b.break_key = f.break_key and b.resolution in ('decided', 'closed')
        and (b.kind, b.gap_paise) = (f.kind, f.gap_paise))`,
    [id],
  );
  return found.map((one) => one.id);
}
