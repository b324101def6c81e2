import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import { addDays } from '../calendar/days';
import { FEES, FOUND, type Judging } from './judge';
import { FEES_REACH_DAYS, idsOfRows } from './overdue';

interface Line {
  rowKey: string;
  seq: number;
  day: string;
  amountPaise: bigint;
  lineNo: number;
  fileNo: number;
}

/**
 * A line in which a provider collects the fees that it charged before, at the end of a day or later. It takes the oldest
 * payouts whose fees are owed, up to its amount, or those of whole days. Where nothing comes to the amount it takes what
 * comes nearest, and the rest is the break: so the lines after it begin with what is theirs, and one difference is one
 * break. Nothing is posted. What such a line took is given back first, since a payout may have been told late.
 */
export async function matchCollectedFees(trx: Knex.Transaction, { source }: Judging): Promise<void> {
  const { id } = source;
  await execute(
    trx,
    `delete from recon_fee_matches m using recon_rows r
    where r.source_id = :id and r.part = 'fees' and r.state = 'open'
      and m.source_id = r.source_id and m.row_key = r.row_key and m.seq = r.seq`,
    { id },
  );
  const lines = await rows<Line>(
    trx,
    `select row_key as "rowKey", seq, happened_on::text as day, amount_paise as "amountPaise", line_no as "lineNo",
      file_no as "fileNo"
    from recon_rows where source_id = :id and state = 'open' and part = 'fees' order by happened_on, file_no, line_no`,
    { id },
  );
  for (const line of lines) await collect(trx, source, line);
}

/** What a line took. */
interface Taken {
  payouts: number;
  feePaise: bigint;
  from: string | null;
  to: string | null;
}

async function collect(
  trx: Knex.Transaction,
  { id, provider }: Judging['source'],
  line: Line,
): Promise<void> {
  const { rowKey, seq, day, amountPaise, fileNo, lineNo } = line;
  const reach = addDays(day, -FEES_REACH_DAYS);
  const [taken] = await rows<Taken>(trx, TAKE, {
    ...{ id, provider, rowKey, seq, from: reach, day, amount: amountPaise.toString() },
    ...idsOfRows(reach, day),
  });
  const { payouts, feePaise, from, to } = taken!;
  if (feePaise === amountPaise) {
    await execute(
      trx,
      `update recon_rows set state = 'agreed', rule = ${FEES} where source_id = ? and row_key = ? and seq = ?`,
      [id, rowKey, seq],
    );
    return;
  }
  await execute(
    trx,
    `insert into ${FOUND} values ('fees:' || :rowKey::text || ':' || :seq::int2, 'fee_mismatch', :day::date, null,
      :rowKey::text, :seq::int2, :ours::jsonb, :theirs::jsonb, '[]', :gap::int8)`,
    {
      ...{ rowKey, seq, day, gap: (feePaise - amountPaise).toString() },
      ours: JSON.stringify({ payouts, fee_paise: Number(feePaise), from, to }),
      theirs: JSON.stringify({ amount_paise: Number(amountPaise), file: fileNo, line: lineNo }),
    },
  );
}

/**
 * The fees that are owed at the end of a day in the provider's order, each with the sum up to it; which of them a line may
 * take (none, the oldest so many, or whole days); and of these the nearest to its amount. An exact one is the nearest.
 */
const TAKE = `
  with owed as (
    select f.*, sum(f.fee) over (order by f.n) as total from (
      select t.id, r.happened_on as day, o.provider_fee_paise + coalesce(o.provider_tax_paise, 0) as fee,
        row_number() over (order by r.happened_on, o.recorded_at, t.id) as n
      from recon_rows r join transactions t on t.id = r.transaction_id
        join transaction_outcomes o on o.transaction_id = t.id and o.effect = 'success' and o.provider_fee_owed
      where r.source_id = :id and r.part = 'payment' and t.provider = :provider
        and r.transaction_id between :first and :last and r.happened_on between :from::date and :day::date
        and o.provider_fee_paise + coalesce(o.provider_tax_paise, 0) > 0
        and not exists (select from recon_fee_matches m where m.transaction_id = t.id)) f
  ), days as (
    select day, min(n) - 1 as before_n, max(total) - sum(fee) as before, max(n) as last_n, max(total) as total
    from owed group by day
  ), spans as (
    select 0::int8 as after_n, 0::int8 as last_n, 0::numeric as fee
    union all select 0, n, total from owed
    union all select b.before_n, e.last_n, e.total - b.before from days b join days e on e.day >= b.day where b.before_n > 0
  ), nearest as (
    select * from spans order by abs(fee - :amount::int8), after_n, last_n desc limit 1
  ), taken as (
    insert into recon_fee_matches (transaction_id, source_id, row_key, seq, fee_paise)
    select o.id, :id::int2, :rowKey::text, :seq::int2, o.fee from owed o, nearest s
    where o.n > s.after_n and o.n <= s.last_n
  )
  select count(*)::int4 as payouts, coalesce(sum(o.fee), 0)::int8 as "feePaise", min(o.day)::text as "from",
    max(o.day)::text as "to"
  from owed o, nearest s where o.n > s.after_n and o.n <= s.last_n`;
