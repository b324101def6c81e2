import type { Knex } from 'knex';
import { execute, sqlState } from '../../platform/database';
import { AGREES_SQL } from './agreement';
import { KEY_VERSION } from './format';
import { giveKeys, IS_NAMED, keepSums, LEFT } from './keyless';
import { SAID, saidOf, STAGED_VALUES, VALUES, type Merging } from './lines-sql';
import { doubtSettlements } from './settlements';
import type { Source } from './sources';

export interface Merged {
  newCount: number;
  /** Imported before, by an overlapping file. */
  knownCount: number;
  /** Of the known ones: what this file says otherwise. */
  restatedCount: number;
}

/**
 * Puts the staged rows to those of their source. Most of a day's rows are new, and both references of most name the same
 * transaction, which says the same as they do: one statement inserts those, matched and agreed. Whatever the unique
 * indexes do not let in, or is there under another name, is left for the second part, and is seldom much.
 */
export async function mergeStaged(trx: Knex.Transaction, merging: Merging): Promise<Merged> {
  const { total, source } = merging;
  const inserted = await insertNew(trx, merging);
  await execute(trx, `drop table if exists recon_left, ${LEFT}`);
  if (inserted === total) {
    if (source.kind === 'report') await keepSums(trx, merging);
    return { newCount: total, knownCount: 0, restatedCount: 0 };
  }
  if (source.kind === 'report') await leaveOfReport(trx, merging);
  else await leave(trx, merging, `(${merging.staging.staged})`);
  if (source.kind === 'report') await doubtSettlements(trx, source.id);
  const added = await insertLeft(trx, merging);
  const restatedCount = await restate(trx, merging);
  return { newCount: inserted + added, knownCount: total - inserted - added, restatedCount };
}

/**
 * What the report has of fee and commission is compared with what is on the transaction; where ours is told by an
 * outcome, the run looks there.
 */
const SAME_MONEY = `s.amount_paise = t.amount_paise and (s.kind <> 'succeeded' or (
  (s.fee_paise is null or s.fee_paise = t.charge_paise)
  and (s.commission_paise is null or s.commission_paise = t.agreed_commission_paise)
  and (s.tds_paise is null or s.tds_paise = t.agreed_tds_paise)))`;

/** For the hash tables of a day of a million rows, which would else be written out and read again. */
const WORK_MEM = '128MB';
const UNIQUE_VIOLATION = '23505';

/**
 * A file of which every row is new is inserted without asking for each row whether it is there: the indexes refuse one
 * that is, and then the statement is made again with that question.
 */
async function insertNew(trx: Knex.Transaction, merging: Merging): Promise<number> {
  const { source } = merging;
  await execute(trx, `set local work_mem = '${WORK_MEM}'`);
  await execute(trx, 'drop table if exists recon_waiting');
  await execute(
    trx,
    `create temporary table recon_waiting on commit drop as
    select distinct row_key from recon_rows where source_id = ${source.id} and state = 'open'`,
  );
  const insert = source.kind === 'report' ? insertOfReport(merging) : insertOfLines(merging);
  await execute(trx, 'savepoint before_rows');
  try {
    const inserted = await execute(trx, insert);
    await execute(trx, 'release savepoint before_rows');
    return inserted;
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    await execute(trx, 'rollback to savepoint before_rows');
    return execute(trx, `${insert} on conflict do nothing`);
  }
}

function insertOfLines({ source, staging, fileNo }: Merging): string {
  return `insert into recon_rows (source_id, row_key, seq, file_no, line_no, state, part, kind, key_version, ${VALUES})
    select ${source.id}, s.row_key, 1, ${fileNo}, s.line_no, 'open', s.part, s.kind, ${KEY_VERSION}, ${STAGED_VALUES}
    from (${staging.staged}) s`;
}

/**
 * Those that agree have no key. What waits for its transaction under a key of its own is left, and so is what does not
 * name a transaction by both references and is known without a key. Each `offset 0` has what it selects computed once.
 */
function insertOfReport({ source, staging, fileNo }: Merging): string {
  const values = STAGED_VALUES.replace(
    's.our_reference',
    'case when not s.is_agreed then s.our_reference end',
  );
  return `insert into recon_rows (source_id, row_key, seq, file_no, line_no, state, part, kind, rule, key_version,
      transaction_id, attempt_no, ${VALUES})
    select ${source.id}, case when not s.is_agreed then s.row_key end, 1, ${fileNo}, s.line_no,
      case when s.is_agreed then 'agreed' when s.transaction_id is null then 'open' else 'matched' end, s.part, s.kind,
      case when s.transaction_id is not null then 1 end, ${KEY_VERSION}, s.transaction_id, s.attempt_no, ${values}
    from (
      select s.*, t.id as transaction_id, t.attempt_no, coalesce(${AGREES_SQL} and ${SAME_MONEY}
        and (s.settlement_utr is null or s.commission_paise is not null), false) as is_agreed
      from (${staging.staged} offset 0) s ${bothReferences(source)} offset 0
    ) s
    where case when s.is_agreed then s.row_key not in (select row_key from recon_waiting)
      when s.transaction_id is null then not ${IS_NAMED(source)} else true end`;
}

/** The attempt by our reference, and its transaction if it has the provider's too. */
const bothReferences = ({ provider }: Source): string => `
  left join (dispatch_attempts a join transactions t on t.id = a.transaction_id and t.attempt_no = a.attempt_no)
    on a.provider = '${provider}' and a.our_reference = s.our_reference
      and t.provider_reference = s.provider_reference`;

/** The lines of the file that are not among the rows; of what they say of a row without a key, that gets its key first. */
async function leaveOfReport(trx: Knex.Transaction, merging: Merging): Promise<void> {
  const { source, staging, fileNo } = merging;
  // The rows of the file are in no statistics yet: one by one they would take longer than side by side.
  await execute(trx, 'set local enable_nestloop = off');
  await execute(
    trx,
    `create temporary table ${LEFT} on commit drop as select s.* from (${staging.staged}) s
    where not exists (select from recon_rows r
      where r.source_id = ${source.id} and r.file_no = ${fileNo} and r.line_no = s.line_no)`,
  );
  await execute(trx, 'set local enable_nestloop = on');
  await keepSums(trx, merging);
  await giveKeys(trx, merging);
  await leave(trx, merging, LEFT);
}

/** Each left row with its place among those of its key in this file, which is its `seq`. */
async function leave(trx: Knex.Transaction, { source, fileNo }: Merging, of: string): Promise<void> {
  await execute(
    trx,
    `create temporary table recon_left on commit drop as
    select s.*, (row_number() over (partition by s.row_key order by s.line_no)
      + case when r.file_no = ${fileNo} then 1 else 0 end)::int2 as seq
    from ${of} s left join recon_rows r on r.source_id = ${source.id} and r.row_key = s.row_key and r.seq = 1
    where r.row_key is null or r.file_no <> ${fileNo} or r.line_no <> s.line_no`,
  );
}

async function insertLeft(trx: Knex.Transaction, { source, fileNo }: Merging): Promise<number> {
  return execute(
    trx,
    `insert into recon_rows (source_id, row_key, seq, file_no, line_no, state, part, kind, key_version, ${VALUES})
    select ${source.id}, s.row_key, s.seq, ${fileNo}, s.line_no, 'open', s.part, s.kind, ${KEY_VERSION}, ${STAGED_VALUES}
    from recon_left s
    where not exists (select from recon_rows r
      where r.source_id = ${source.id} and r.row_key = s.row_key and r.seq = s.seq)`,
  );
}

/**
 * A corrected file replaces what a row says, keeps what it said, and lets the next run judge it anew: with its transaction,
 * or, a movement, from the beginning.
 */
async function restate(trx: Knex.Transaction, { source, fileNo }: Merging): Promise<number> {
  const differs = `(${saidOf('r')}) is distinct from (${saidOf('s')})`;
  const of = `recon_rows r where r.source_id = ${source.id} and r.row_key = s.row_key and r.seq = s.seq
    and r.file_no <> ${fileNo}`;
  await execute(
    trx,
    `insert into recon_restatements (source_id, row_key, seq, file_no, before)
    select ${source.id}, s.row_key, s.seq, ${fileNo}, (select to_jsonb(b) from (select ${saidOf('r')}) b)
    from recon_left s, ${of} and ${differs}`,
  );
  return execute(
    trx,
    `update recon_rows r set (${SAID.join(', ')}) = row(${saidOf('s')}),
      state = case when r.transaction_id is null then 'open' else 'matched' end,
      rule = case when r.transaction_id is null then null else r.rule end, journal_id = null
    from recon_left s where r.source_id = ${source.id} and r.row_key = s.row_key and r.seq = s.seq
      and r.file_no <> ${fileNo} and ${differs}`,
  );
}
