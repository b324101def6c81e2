import type { Knex } from 'knex';
import { execute } from '../../platform/database';
import { BOOKED, FOUND, SETTLED, SETTLEMENT, type Judging } from './judge';

/**
 * Credits of the bank that settle rows of reports: they name the UTR that the rows name, and are together the commission
 * of those rows less tax. Another amount is a settlement that is short, or too much: one break for a UTR, which stays when
 * persons have booked what came. One that agreed is compared again while rows of its UTR may still come.
 */
export async function matchSettlements(
  trx: Knex.Transaction,
  { source, terms, asOf }: Judging,
): Promise<void> {
  await execute(trx, `drop table if exists ${SETTLED}`);
  await execute(
    trx,
    `create temporary table ${SETTLED} on commit drop as
    with credits as (
      select s.utr, sum(s.amount_paise)::int8 as came, count(*)::int4 as credits,
        (array_agg(s.row_key order by s.happened_on, s.file_no, s.line_no))[1] as row_key, min(s.happened_on) as day,
        (array_agg(s.file_no order by s.happened_on, s.file_no, s.line_no))[1] as file,
        (array_agg(s.line_no order by s.happened_on, s.file_no, s.line_no))[1] as line
      from recon_rows s where s.source_id = ${source.id} and s.part = 'credit' and s.seq = 1 and s.utr is not null
        and (s.state <> 'agreed' or s.rule in (${BOOKED}, ${SETTLEMENT})
          and (s.happened_on >= '${asOf}'::date - ${terms.carryDays}
            or exists (select from recon_breaks b where b.source_id = ${source.id} and b.state = 'open'
              and b.break_key = 'settlement:' || s.utr)))
      group by s.utr
    ), sums as (
      select utr, sum(total)::int8 as total, sum(rows)::int4 as rows from (
        select g.settlement_utr as utr, sum(g.commission_paise - coalesce(g.tds_paise, 0)) as total, count(*) as rows
        from recon_rows g join recon_sources p on p.id = g.source_id and p.kind = 'report'
        where g.settlement_utr in (select utr from credits) and g.row_key is not null
        group by g.settlement_utr
        union all
        select settlement_utr, paise, row_count from recon_settlement_sums
        where row_count > 0 and settlement_utr in (select utr from credits)
      ) one group by utr
    )
    select c.*, g.total, g.rows from credits c join sums g using (utr)`,
  );
  const credit = `s.source_id = ${source.id} and s.part = 'credit' and s.seq = 1`;
  await execute(
    trx,
    `update recon_rows s set state = 'agreed', rule = ${SETTLEMENT} from ${SETTLED} g
    where ${credit} and s.utr = g.utr and g.came = g.total and (s.state, s.rule) is distinct from ('agreed', ${SETTLEMENT})`,
  );
  await execute(
    trx,
    `update recon_rows s set state = case when s.journal_id is null then 'open' else 'agreed' end,
      rule = case when s.journal_id is null then null else ${BOOKED} end
    where ${credit} and s.rule = ${SETTLEMENT} and (s.state = 'matched' or s.utr in (select utr from ${SETTLED} where came <> total))`,
  );
  await execute(
    trx,
    `insert into ${FOUND}
    select 'settlement:' || g.utr, case when g.came < g.total then 'settlement_short' else 'settlement_excess' end,
      g.day, null, g.row_key, 1, jsonb_build_object('rows', g.rows, 'amount_paise', g.total),
      jsonb_build_object('amount_paise', g.came, 'credits', g.credits, 'utr', g.utr, 'file', g.file, 'line', g.line), '[]',
      g.came - g.total
    from ${SETTLED} g where g.came <> g.total`,
  );
}

/**
 * A late or corrected report says more, or something else, of a settlement that agreed: the next run of the statement
 * compares it again.
 */
export async function doubtSettlements(trx: Knex.Transaction, reportId: number): Promise<void> {
  await execute(
    trx,
    `update recon_rows s set state = 'matched'
    where s.source_id in (select id from recon_sources where kind = 'statement') and s.rule = ${SETTLEMENT}
      and s.utr in (select settlement_utr from recon_left union select r.settlement_utr from recon_left l
        join recon_rows r on r.source_id = ${reportId} and r.row_key = l.row_key and r.seq = l.seq)`,
  );
}
