import type { Knex } from 'knex';
import { addMs, startOfBusinessDate } from '../../platform/clock';
import { rows } from '../../platform/database';
import { firstUuidAt } from '../../platform/ids';
import { accountCode } from '../ledger/accounts';
import { EARNED_THERE, SETTLEMENT } from './judge';
import type { Source } from './sources';

const END = `(:date::date + 1)::timestamp at time zone 'Asia/Kolkata'`;

/** An open item between our account with a provider, or at a bank, and what they say. */
export interface FloatItem {
  /** Of a break, or of a transaction that is in flight. */
  subject: string;
  kind: string;
  businessDate: string;
  gapPaise: bigint;
}

/**
 * What our books say of the account, what the other side says, and the items that stand between the two. Their sum is the
 * whole difference, or something is not explained. What is in suspense is in our account already.
 */
export interface FloatLine {
  oursPaise: bigint;
  /** Null where neither a report nor a balance of that day is known. */
  theirsPaise: bigint | null;
  explainedPaise: bigint;
  /** Null where theirs is. */
  unexplainedPaise: bigint | null;
  items: FloatItem[];
}

const DAY_MS = 86_400_000;
/** A payment is in flight for so long at most; older ones have been looked at by persons. */
const IN_FLIGHT_DAYS = 3;

export async function readFloat(knex: Knex, source: Source, businessDate: string): Promise<FloatLine> {
  const code = source.provider === null ? accountCode.bank(source.bank!) : accountCode.float(source.provider);
  return knex.transaction(
    async (trx) => {
      const [balance] = await rows<{ ours: bigint }>(trx, OURS, { code, date: businessDate });
      const [stated] = await rows<{ theirs: bigint | null }>(trx, THEIRS, {
        source: source.id,
        provider: source.provider,
        date: businessDate,
      });
      const found = `${OF_BREAKS} ${NOT_BOOKED[source.kind]} order by 3, 1`;
      const ofBreaks = await rows<FloatItem>(trx, found, {
        source: source.id,
        provider: source.provider,
        date: businessDate,
      });
      const items = [...ofBreaks, ...(await inFlight(trx, source, businessDate))];
      const oursPaise = balance?.ours ?? 0n;
      const theirsPaise = stated?.theirs ?? null;
      const explainedPaise = items.reduce((sum, { gapPaise }) => sum + gapPaise, 0n);
      const unexplainedPaise = theirsPaise === null ? null : theirsPaise - oursPaise - explainedPaise;
      return { oursPaise, theirsPaise, explainedPaise, unexplainedPaise, items };
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

/** The balance that the account's newest transfer of the day or before states; read from its end, so history costs nothing. */
const OURS = `
  select coalesce((select -last.balance_after from (
    (select id, debit_balance_after as balance_after from ledger_transfers
      where debit_account_id = a.id and created_at < ${END} order by id desc limit 1)
    union all
    (select id, credit_balance_after from ledger_transfers
      where credit_account_id = a.id and created_at < ${END} order by id desc limit 1)) last
    order by last.id desc limit 1), 0)::int8 as ours
  from ledger_accounts a where a.code = :code`;

const THEIRS = `
  select coalesce(
    (select closing_paise from recon_files where source_id = :source and business_date = :date::date
      and closing_paise is not null order by file_no desc limit 1),
    (select amount_paise from provider_balances where provider = :provider
      and (refreshed_at at time zone 'Asia/Kolkata')::date = :date::date)) as theirs`;

/** Of a break: what stood in suspense when the day ended is in our account. */
const IN_SUSPENSE = `case when b.suspense_since < ${END} then b.suspense_paise else 0 end`;

/**
 * Breaks whose money was not in suspense when the day ended, and lines that nobody has booked: of all reports that speak
 * of the account, but for payments that come to us otherwise (a withdrawal is owed to us). A settlement or a
 * collection of fees that has another sum is a difference to what is owed; on the account the whole line is missing.
 * What never came moved nothing on it.
 */
const OF_BREAKS = `
  select b.id::text as "subject", b.kind, b.business_date::text as "businessDate",
    b.gap_paise - b.written_off_paise - ${IN_SUSPENSE} as "gapPaise"
  from recon_breaks b join recon_sources s on s.id = b.source_id
    left join recon_rows r on r.source_id = b.source_id and r.row_key = b.row_key and r.seq = b.row_seq
    left join transactions t on t.id = b.transaction_id
  where (b.source_id = :source or s.provider = :provider) and b.state = 'open' and b.business_date <= :date::date
    and b.gap_paise <> b.written_off_paise + ${IN_SUSPENSE}
    and b.kind not in ('settlement_short', 'settlement_excess', 'settlement_missing', 'fee_uncollected') and b.break_key not like 'fees:%'
    and not (s.kind = 'report' and coalesce(r.is_credit, t.flow = 'credit', false))`;

/** Each kind of source has one kind of such lines, and a report of payments none: it may have very many rows. */
const NOT_BOOKED: Readonly<Record<Source['kind'], string>> = {
  report: '',
  movements: `
  union all select row_key, 'fees_not_booked', happened_on::text, -amount_paise from recon_rows
  where source_id = :source and part = 'fees' and journal_id is null and happened_on <= :date::date`,
  statement: `
  union all select row_key, 'settlement_not_booked', happened_on::text, amount_paise from recon_rows r
  where source_id = :source and journal_id is null and happened_on <= :date::date
    and part = 'credit' and (rule = ${SETTLEMENT} or state = 'open' and exists (select from recon_breaks b
      where b.source_id = :source and b.break_key = 'settlement:' || r.utr))`,
};

/** The provider took it by the end of the day, and our books had its end after that. */
const IN_FLIGHT = `
  with late as materialized (
    select t.id, t.attempt_no, t.flow from transactions t where t.id between :first and :last and t.provider = :provider
      and (t.finished_at is null and t.state <> 'refund_pending' or t.finished_at >= ${END})
  )
  select t.id::text as "subject", 'in_flight' as kind, r.happened_on::text as "businessDate",
    (case when t.flow = 'credit' then 0 else ${EARNED_THERE.replaceAll('s.', 'r.')}
      - (r.amount_paise + coalesce(r.fee_paise, 0)) end)::int8 as "gapPaise"
  from late t join recon_rows r on r.transaction_id = t.id and r.attempt_no = t.attempt_no and r.part = 'payment'
    and r.source_id in (select id from recon_sources where id = :source or provider = :provider)
  where r.happened_on <= :date::date and r.kind in ('succeeded', 'refund_pending', 'pending')
    and not exists (select from recon_breaks b where b.source_id = r.source_id and b.state = 'open'
      and b.transaction_id = t.id)
  order by t.id`;

async function inFlight(trx: Knex.Transaction, source: Source, date: string): Promise<FloatItem[]> {
  if (source.provider === null) return [];
  const begins = startOfBusinessDate(date);
  return rows<FloatItem>(trx, IN_FLIGHT, {
    ...{ source: source.id, provider: source.provider, date },
    first: firstUuidAt(addMs(begins, -IN_FLIGHT_DAYS * DAY_MS)),
    last: firstUuidAt(addMs(begins, DAY_MS)),
  });
}
