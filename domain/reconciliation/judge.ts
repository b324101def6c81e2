import type { Knex } from 'knex';
import { execute } from '../../platform/database';
import { AGREES_SQL } from './agreement';
import { CLAIMS } from './match';
import type { Source } from './sources';
import type { Terms } from './terms';

/** What a run found, in a temporary table: one row for each break. */
export const FOUND = 'recon_found';
/** Definite words about transactions that are under way with us. */
export const TOLD = 'recon_told';

/** Credits that settle rows of reports, in a temporary table: one row for each UTR. */
export const SETTLED = 'recon_settled';

/** The ways in which a movement that is no payment of ours is matched, beside the rules of `recon_rules`. */
export const BOOKED = 10;
export const SETTLEMENT = 11;
export const FEES = 12;
/** Two persons said which transaction a row is about. */
export const LINKED = 13;
/** One debit of a bank for a whole file of settlements. */
export const BANK_FILE = 14;

/** The last day that a report of the source has. */
export interface Judging {
  source: Source;
  terms: Terms;
  asOf: string;
}

export async function beginFindings(trx: Knex.Transaction): Promise<void> {
  await execute(trx, `drop table if exists ${FOUND}, ${TOLD}, recon_verdicts`);
  await execute(
    trx,
    `create temporary table ${FOUND} (break_key text, kind text, business_date date, transaction_id uuid, row_key text,
      row_seq int2, ours jsonb, theirs jsonb, candidates jsonb, gap_paise bigint) on commit drop`,
  );
}

/**
 * Compares matched rows with their transactions, all at once: those that say the same are agreed, and are not looked at
 * again until a file says otherwise. The others are breaks, or wait.
 */
export async function judgeMatchedRows(trx: Knex.Transaction, judging: Judging): Promise<number> {
  const { source } = judging;
  await execute(trx, `create temporary table recon_verdicts on commit drop as ${verdictSql(judging)}`);
  const agreed = await execute(
    trx,
    `update recon_rows r set state = 'agreed' from recon_verdicts v
    where r.source_id = ${source.id} and r.row_key = v.row_key and r.seq = v.seq and v.verdict = 'agreed'`,
  );
  await execute(
    trx,
    `create temporary table ${TOLD} on commit drop as
    select transaction_id as "transactionId", attempt_no as "attemptNo", kind, provider_reference as "providerReference", utr,
      amount_paise as "amountPaise", case when settlement_utr is null then commission_paise end as "commissionPaise",
      case when settlement_utr is null then tds_paise end as "tdsPaise", status_word as "statusWord"
    from recon_verdicts where verdict = 'told'`,
  );
  await execute(
    trx,
    `insert into ${FOUND} select 'transaction:' || transaction_id || ':' || attempt_no || ':' || part,
      case when verdict in ('told', 'behind') then 'status_mismatch' else verdict end, happened_on, transaction_id, row_key,
      seq, ours, theirs, '[]',
      case when verdict = 'told' then 0
        else (case when is_inflow then -1 else 1 end) * (our_money - their_money) + their_earning - our_earning end
    from recon_verdicts where verdict not in ('agreed', 'waits')`,
  );
  return agreed;
}

const within = (a: string, b: string, tolerance: bigint): string =>
  `abs(coalesce(${a} - ${b}, 0)) <= ${tolerance}`;

/** What the two say of each matched row that has not agreed yet. Amounts are of the way that the payment goes. */
function verdictSql({ source, terms, asOf }: Judging): string {
  const isReport = source.kind === 'report';
  const ourFee = isReport ? 't.charge_paise' : 'e.fee_paise';
  const went = `s.kind in ('succeeded', 'refund_pending')`;
  return `
  select s.row_key, s.seq, s.part, s.kind, s.happened_on, s.transaction_id, s.attempt_no, s.provider_reference, s.utr,
    s.settlement_utr, s.amount_paise, s.commission_paise, s.tds_paise, s.status_word, t.flow = 'credit' as is_inflow,
    case when t.state in ('succeeded', 'refund_pending') then t.amount_paise + case when t.flow = 'debit' then t.charge_paise else 0 end
      ${isReport ? '' : '+ coalesce(e.taken_fee_paise, 0)'} else 0 end as our_money,
    case when s.part = 'payment' and (${went} or s.kind = 'pending') then s.amount_paise + case when t.flow = 'debit'
      then coalesce(s.fee_paise, 0) else 0 end else 0 end as their_money,
    case when s.part = 'payment' and (${went} or s.kind = 'pending') then ${EARNED_THERE} else 0 end as their_earning,
    case when t.state in ('succeeded', 'refund_pending') then coalesce(e.commission_paise - e.tds_paise, 0) else 0 end
      as our_earning,
    jsonb_build_object('state', t.state, 'amount_paise', t.amount_paise, 'charge_paise', t.charge_paise,
      'provider_reference', t.provider_reference, 'utr', t.utr, 'fee_paise', ${ourFee},
      'commission_paise', e.commission_paise, 'tds_paise', e.tds_paise) as ours,
    jsonb_build_object('kind', s.kind, 'status', s.status_word, 'amount_paise', s.amount_paise, 'fee_paise', s.fee_paise,
      'provider_reference', s.provider_reference, 'our_reference', s.our_reference, 'utr', s.utr,
      'commission_paise', s.commission_paise, 'tds_paise', s.tds_paise, 'file', s.file_no, 'line', s.line_no) as theirs,
    case
      when s.attempt_no < t.attempt_no then case when s.kind = 'failed' then 'agreed' else 'status_mismatch' end
      when t.state = 'in_review' then 'waits'
      when t.state = 'dispatched' and s.kind = 'pending' then 'waits'
      when s.amount_paise <> t.amount_paise then 'amount_mismatch'
      when t.state = 'dispatched' then
        case when s.part = 'payment' and t.effect_count = t.posted_count then 'told' else 'waits' end
      when ${AGREES_SQL} or ${isLaterWithUs(source)} then
        case when ${went} and not ${within('s.fee_paise', ourFee, terms.tolerancePaise)} then 'fee_mismatch'
          when ${went} and not (${within('s.commission_paise', OUR_COMMISSION, terms.tolerancePaise)}
            and ${within('s.tds_paise', OUR_TDS, terms.tolerancePaise)}) then 'commission_mismatch'
          else 'agreed' end
      when ${isReturnedThere(source)} then 'agreed'
      when s.kind = 'pending' then case when s.happened_on + ${terms.carryDays} >= '${asOf}'::date then 'waits' else 'behind' end
      else 'status_mismatch' end as verdict
  from recon_rows s join transactions t on t.id = s.transaction_id ${EARNED}
  where s.source_id = ${source.id} and s.state = 'matched'`;
}

/** What the provider pays for a row with the row itself, and not later with a settlement. */
export const EARNED_THERE = `case when s.settlement_utr is null
  then coalesce(s.commission_paise - coalesce(s.tds_paise, 0), 0) else 0 end`;

/** Where nothing was agreed and the provider pays with a settlement, that is what its rows are compared with. */
const OUR_COMMISSION = `case when s.settlement_utr is null then coalesce(e.commission_paise, 0) else e.commission_paise end`;
const OUR_TDS = `case when s.settlement_utr is null then coalesce(e.tds_paise, 0) else e.tds_paise end`;

/** The payment went, and the line in which it came back says so: of the two the return is what we have not heard of. */
const isReturnedThere = ({ id, kind }: Source): string =>
  kind === 'report'
    ? 'false'
    : `s.part = 'payment' and s.kind in ('failed', 'reversed') and t.state = 'succeeded' and exists (select from recon_rows b
      where b.source_id = ${id} and b.transaction_id = s.transaction_id and b.attempt_no = s.attempt_no and b.part = 'return')`;

/**
 * What was posted of fee, commission and tax: the first figures that an effect states, or the agreed ones; and of the fee
 * what was taken with the amount, and is not owed until it is collected.
 */
export const EARNED = `
  left join lateral (select coalesce(max(case when o.kind in ('succeeded', 'refund_pending') then o.commission_paise end),
      t.agreed_commission_paise) as commission_paise,
    coalesce(max(case when o.kind in ('succeeded', 'refund_pending') then o.tds_paise end), t.agreed_tds_paise) as tds_paise,
    max(case when o.effect = 'success' then coalesce(o.provider_fee_paise, 0) + coalesce(o.provider_tax_paise, 0) end)
      as fee_paise,
    max(case when o.effect = 'success' and o.provider_fee_owed is not true
      then coalesce(o.provider_fee_paise, 0) + coalesce(o.provider_tax_paise, 0) end) as taken_fee_paise
    from transaction_outcomes o where o.transaction_id = t.id and o.effect_seq is not null) e on true`;

/** The report was right on its day: what we know came after it, or its return is a row of its own. */
const isLaterWithUs = ({ id }: Source): string => `
  (s.kind in ('succeeded', 'refund_pending') and t.state in ('reversed', 'refunded')
    and ((t.finished_at at time zone 'Asia/Kolkata')::date > s.happened_on
      or exists (select from recon_rows b where b.source_id = ${id} and b.transaction_id = s.transaction_id and b.part = 'return')))
  or (s.kind = 'succeeded' and s.part = 'payment' and t.state = 'failed'
    and exists (select from recon_rows b where b.source_id = ${id} and b.transaction_id = s.transaction_id and b.part = 'return'))`;

/** A settlement in several credits is one matter. */
const OF_NO_SETTLEMENT = `and not (s.part = 'credit' and s.seq = 1 and s.utr in (select utr from ${SETTLED}))`;
const OF_BANK = `when s.part = 'credit' then 'bank_credit_unmatched' else 'bank_debit_unmatched'`;

/**
 * Rows that have no transaction: the same payment again, a reference that a spreadsheet has damaged, several transactions
 * that it may be, or none at all.
 */
export async function judgeOpenRows(trx: Knex.Transaction, { source }: Judging): Promise<void> {
  const { id } = source;
  await execute(
    trx,
    `insert into ${FOUND}
    select 'row:' || s.row_key || ':' || s.seq, v.kind, s.happened_on, v.twin, s.row_key, s.seq,
      case when v.twin is null then '{}'::jsonb else jsonb_build_object('transaction', v.twin) end,
      jsonb_build_object('kind', s.kind, 'status', s.status_word, 'amount_paise', s.amount_paise, 'fee_paise', s.fee_paise,
        'provider_reference', s.provider_reference, 'our_reference', s.our_reference, 'utr', s.utr, 'part', s.part,
        'file', s.file_no, 'line', s.line_no),
      coalesce((select jsonb_agg(distinct c.transaction_id) from ${CLAIMS} c where c.row_key = s.row_key and c.seq = s.seq), '[]'),
      case when s.kind not in ('succeeded', 'refund_pending') and s.part = 'payment' then 0
        else (case when s.is_credit then s.amount_paise else -(s.amount_paise + coalesce(s.fee_paise, 0)) end)
          + ${EARNED_THERE} end
    from recon_rows s cross join lateral (
      select case
        when s.provider_reference like '_%E+%' or s.our_reference like '_%E+%' then 'identifier_damaged'
        when s.seq > 1 or twin.id is not null then 'duplicate_at_provider'
        when (select count(distinct c.transaction_id) from ${CLAIMS} c where c.row_key = s.row_key and c.seq = s.seq
          and not c.is_suggestion) >= 1 then 'ambiguous'
        ${source.kind === 'statement' ? OF_BANK : `else 'missing_with_us'`}
        end as kind, twin.id as twin
      from (select coalesce(
        (select taken.transaction_id from recon_rows taken where s.seq > 1 and taken.source_id = ${id}
          and taken.row_key = s.row_key and taken.seq = 1),
        (select taken.transaction_id from ${CLAIMS} c join recon_rows taken on taken.transaction_id = c.transaction_id
            and taken.attempt_no = c.attempt_no and taken.part = s.part and taken.source_id = ${id}
          where c.row_key = s.row_key and c.seq = s.seq and not c.is_suggestion limit 1)) as id) twin
    ) v
    where s.source_id = ${id} and s.state = 'open'
      and not exists (select from ${FOUND} f where f.row_key = s.row_key and f.row_seq = s.seq)
      ${source.kind === 'statement' ? OF_NO_SETTLEMENT : ''}`,
  );
}
