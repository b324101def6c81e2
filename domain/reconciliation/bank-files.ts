import type { Knex } from 'knex';
import { execute } from '../../platform/database';
import { BANK_FILE, type Judging } from './judge';

/** A bank debits a file within so many days of when we wrote it. */
const DAYS = 7;

/**
 * A bank may debit one sum for a whole file of settlements. Such a line is matched with the file whose paid lines come to
 * its amount, when the bank has answered all of them, none of them stands in the statement by itself, and line and file
 * name each other alone. Another sum stays a break. A line that a corrected file restates is looked for anew.
 */
export async function matchBankFiles(trx: Knex.Transaction, { source }: Judging): Promise<void> {
  const { id, bank } = source;
  await execute(
    trx,
    `delete from recon_file_matches m using recon_rows r
    where r.source_id = :id and r.state = 'open' and m.source_id = r.source_id and m.row_key = r.row_key and m.seq = r.seq`,
    { id },
  );
  await execute(
    trx,
    `with answered as (
      select f.id, (f.written_at at time zone 'Asia/Kolkata')::date as written_on,
        sum(i.amount_paise) filter (where e.kind = 'paid') as paid
      from settlement_files f join settlement_file_items l on l.file_id = f.id and l.counts
        join settlement_items i on i.id = l.item_id
        left join settlement_endings e on e.item_id = i.id and e.kind in ('paid', 'failed')
      where f.bank = :bank and f.state = 'written' and not exists (select from recon_file_matches m where m.file_id = f.id)
      group by f.id
      having count(*) = count(e.item_id) and not exists (select from settlement_file_items o
        join settlement_endings p on p.item_id = o.item_id and p.kind = 'paid'
        join recon_rows r on r.journal_id = p.journal_id and r.source_id = :id where o.file_id = f.id and o.counts)
    ), pairs as (
      select a.id, r.row_key, r.seq, count(*) over (partition by a.id) as lines,
        count(*) over (partition by r.row_key, r.seq) as files
      from answered a join recon_rows r on r.source_id = :id and r.state = 'open' and r.part = 'debit'
        and r.amount_paise = a.paid and r.happened_on between a.written_on and a.written_on + ${DAYS}
    ), kept as (
      insert into recon_file_matches (file_id, source_id, row_key, seq)
      select id, :id::int2, row_key, seq from pairs where lines = 1 and files = 1 returning row_key, seq
    )
    update recon_rows r set state = 'agreed', rule = ${BANK_FILE} from kept k
    where r.source_id = :id and r.row_key = k.row_key and r.seq = k.seq`,
    { id, bank },
  );
}
