import type { Knex } from 'knex';
import { execute } from '../../platform/database';
import { saidOf, type Merging } from './lines-sql';
import type { Source } from './sources';

/**
 * Lines that agree with the transaction that both their references name have no key (`recon_rows_without_key_agrees`):
 * they are found by that transaction, whose part is matched once, and say their key as the provider's reference.
 */

/** The lines of a file that are not among the rows yet, in a temporary table. */
export const LEFT = 'recon_left_lines';
const KNOWN = 'recon_known_lines';

/** Transactions that a line `s` may name, by one reference or the other. */
const namedBy = ({ provider, services }: Source): string => `array(
  select a.transaction_id from dispatch_attempts a where a.provider = '${provider}' and a.our_reference = s.our_reference
  union select t.id from transactions t where t.provider = '${provider}' and t.provider_reference = s.provider_reference
    ${services.includes('payout') ? '' : "and t.service <> 'payout'"})`;

const keylessOf = (source: Source): string => `recon_rows n where n.transaction_id = any(${namedBy(source)})
  and n.part = 'payment' and n.source_id = ${source.id} and n.row_key is null
  and n.provider_reference = s.provider_reference`;

/** A line `s` is there without a key. */
export const IS_NAMED = (source: Source): string => `exists (select from ${keylessOf(source)})`;

/**
 * Rows without a key that a left line names get one where it says something else, or is another line of one file with
 * the same reference. A line that says the same again is known, and left no longer.
 */
export async function giveKeys(trx: Knex.Transaction, { source, fileNo }: Merging): Promise<void> {
  const said = saidOf('n').replace('n.our_reference', 'a.our_reference');
  await execute(trx, `drop table if exists ${KNOWN}`);
  await execute(
    trx,
    `create temporary table ${KNOWN} on commit drop as
    select s.line_no, n.transaction_id, n.attempt_no, n.settlement_utr, n.commission_paise - coalesce(n.tds_paise, 0) as paise,
      a.our_reference, n.file_no <> ${fileNo} and count(*) over (partition by s.row_key) = 1
        and (${said}) is not distinct from (${saidOf('s')}) as is_same
    from ${LEFT} s cross join lateral (select * from ${keylessOf(source)}) n
      join dispatch_attempts a on a.transaction_id = n.transaction_id and a.attempt_no = n.attempt_no`,
  );
  await execute(trx, `delete from ${LEFT} s using ${KNOWN} k where k.line_no = s.line_no and k.is_same`);
  const others = `(select distinct transaction_id, attempt_no, our_reference, settlement_utr, paise from ${KNOWN} where not is_same)`;
  await execute(
    trx,
    `update recon_settlement_sums g set paise = g.paise - k.paise, row_count = g.row_count - k.row_count
    from (select settlement_utr, sum(paise)::int8 as paise, count(*)::int4 as row_count from ${others} o group by 1) k
    where g.source_id = ${source.id} and g.settlement_utr = k.settlement_utr`,
  );
  await execute(
    trx,
    `update recon_rows r set row_key = r.provider_reference, our_reference = k.our_reference from ${others} k
    where r.transaction_id = k.transaction_id and r.attempt_no = k.attempt_no and r.part = 'payment'
      and r.source_id = ${source.id} and r.row_key is null`,
  );
}

/**
 * What the lines of this file that have no key are settled by: all of its lines, but for those that are left and those
 * that have a key. They are too many to look each up when the bank's line comes.
 */
export async function keepSums(trx: Knex.Transaction, { source, staging, fileNo }: Merging): Promise<void> {
  const sumOf = (sign: '' | '-', from: string): string => `
    select s.settlement_utr, ${sign}sum(s.commission_paise - coalesce(s.tds_paise, 0)) as paise, ${sign}count(*) as row_count,
      max(s.happened_on) as last_on
    from ${from} s where s.settlement_utr is not null group by 1`;
  const isLeft = await execute(trx, `select from pg_class where oid = to_regclass('pg_temp.${LEFT}')`);
  const withKeys = `(select * from recon_rows r where r.source_id = ${source.id} and r.file_no = ${fileNo}
    and r.row_key is not null)`;
  await execute(
    trx,
    `insert into recon_settlement_sums as g (source_id, settlement_utr, paise, row_count, last_on)
    select ${source.id}, settlement_utr, coalesce(sum(paise), 0)::int8, sum(row_count)::int4, max(last_on) from (
      ${sumOf('', `(${staging.staged})`)} union all ${sumOf('-', withKeys)}
      ${isLeft === 0 ? '' : `union all ${sumOf('-', LEFT)}`}
    ) one group by settlement_utr having sum(row_count) > 0
    on conflict (source_id, settlement_utr) do update
      set paise = g.paise + excluded.paise, row_count = g.row_count + excluded.row_count,
        last_on = greatest(g.last_on, excluded.last_on)`,
  );
}
