import type { Knex } from 'knex';
import { execute, rows, sqlState } from '../../platform/database';
import { AGREES_SQL } from './agreement';
import { KEY_VERSION } from './format';
import { doubtSettlements } from './settlements';
import type { Source } from './sources';
import type { Staging } from './staging';

export interface Merged {
  newCount: number;
  /** Imported before, by an overlapping file. */
  knownCount: number;
  /** Of the known ones: what this file says otherwise. */
  restatedCount: number;
}

interface Merging {
  source: Source;
  staging: Staging;
  fileNo: number;
  copied: number;
}

const VALUES = `happened_on, provider_reference, our_reference, utr, settlement_utr, amount_paise, fee_paise,
  commission_paise, tds_paise, balance_paise, is_credit, status_word`;
const STAGED_VALUES = VALUES.replaceAll(/\b[a-z]\w*/g, 's.$&');

/**
 * Puts the staged rows to those of their source. Most of a day's rows are new, and both references of most name the same
 * transaction, which says the same as they do: one statement inserts those, matched and agreed. Whatever the two unique
 * indexes do not let in is left for the second part, and is seldom much.
 */
export async function mergeStaged(trx: Knex.Transaction, merging: Merging): Promise<Merged> {
  const { staging, copied } = merging;
  const total = staging.leavesOut ? await countOf(trx, staging.staged) : copied;
  const inserted = await insertNew(trx, merging);
  if (inserted === total) return { newCount: total, knownCount: 0, restatedCount: 0 };
  await keepLeft(trx, merging);
  if (merging.source.kind === 'report') await doubtSettlements(trx, merging.source.id);
  const added = await insertLeft(trx, merging);
  const restatedCount = await restate(trx, merging);
  return { newCount: inserted + added, knownCount: total - inserted - added, restatedCount };
}

async function countOf(trx: Knex.Transaction, staged: string): Promise<number> {
  const [found] = await rows<{ count: number }>(trx, `select count(*)::int4 as count from (${staged}) s`);
  return found!.count;
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
const WORK_MEM = '64MB';
const UNIQUE_VIOLATION = '23505';

/**
 * A file of which every row is new is inserted without asking for each row whether it is there: the two indexes refuse one
 * that is, and then the statement is made again with that question.
 */
async function insertNew(trx: Knex.Transaction, merging: Merging): Promise<number> {
  await execute(trx, `set local work_mem = '${WORK_MEM}'`);
  const otherwise = `${insertSql(merging)} on conflict do nothing`;
  if (await hasTwins(trx, merging.staging)) return execute(trx, otherwise);
  await execute(trx, 'savepoint before_rows');
  try {
    const inserted = await execute(trx, insertSql(merging));
    await execute(trx, 'release savepoint before_rows');
    return inserted;
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    await execute(trx, 'rollback to savepoint before_rows');
    return execute(trx, otherwise);
  }
}

async function hasTwins(trx: Knex.Transaction, { staged }: Staging): Promise<boolean> {
  const [found] = await rows<{ has: boolean }>(
    trx,
    `select exists (select from (${staged}) s group by s.row_key having count(*) > 1) as has`,
  );
  return found!.has;
}

function insertSql({ source, staging, fileNo }: Merging): string {
  const isReport = source.kind === 'report';
  return `insert into recon_rows (source_id, row_key, seq, file_no, line_no, state, part, kind, rule, key_version,
      transaction_id, attempt_no, ${VALUES})
    select ${source.id}, s.row_key, 1, ${fileNo}, s.line_no,
      ${isReport ? `case when t.id is null then 'open' when ${AGREES_SQL} and ${SAME_MONEY} then 'agreed' else 'matched' end` : `'open'`},
      s.part, s.kind, ${isReport ? 'case when t.id is not null then 1 end' : 'null'}, ${KEY_VERSION},
      ${isReport ? 't.id, t.attempt_no' : 'null::uuid, null::int2'}, ${STAGED_VALUES}
    from (${staging.staged}) s ${isReport ? bothReferences(source) : ''}`;
}

/** The attempt by our reference, and its transaction if it has the provider's too. */
const bothReferences = ({ provider }: Source): string => `
  left join (dispatch_attempts a join transactions t on t.id = a.transaction_id and t.attempt_no = a.attempt_no)
    on a.provider = '${provider}' and a.our_reference = s.our_reference
      and t.provider_reference = s.provider_reference`;

/** Each left row with its place among those of its key in this file, which is its `seq`. */
async function keepLeft(trx: Knex.Transaction, { source, staging, fileNo }: Merging): Promise<void> {
  await execute(trx, 'drop table if exists recon_left');
  await execute(
    trx,
    `create temporary table recon_left on commit drop as
    select s.*, (row_number() over (partition by s.row_key order by s.line_no)
      + case when r.file_no = ${fileNo} then 1 else 0 end)::int2 as seq
    from (${staging.staged}) s
      left join recon_rows r on r.source_id = ${source.id} and r.row_key = s.row_key and r.seq = 1
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

const SAID = ['part', 'kind', ...VALUES.split(/,\s*/)] as const;
const saidOf = (alias: string): string => SAID.map((name) => `${alias}.${name}`).join(', ');

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
