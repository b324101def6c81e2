import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import { bankJournalId, providerJournalId } from '../funds/funds';
import { accountCode } from '../ledger/accounts';
import { FOUND, type Judging } from './judge';

/** The ways in which a movement that is no payment of ours is matched, beside the rules of `recon_rules`. */
const BOOKED = 10;
export const SETTLEMENT = 11;
const FEES = 12;
const BATCH = 1_000;

interface OpenMovement {
  rowKey: string;
  utr: string | null;
  providerReference: string | null;
}

/**
 * Movements that persons have booked: top-ups, withdrawals, money that customers brought. A journal's id is derived from
 * the reference of the statement's line, so the line finds its journal; the amount must be the same.
 */
export async function matchBooked(trx: Knex.Transaction, { source }: Judging): Promise<number> {
  const banks = source.bank === null ? await bankNames(trx) : [source.bank];
  let matched = 0;
  let after = '';
  for (;;) {
    const open = await rows<OpenMovement>(
      trx,
      `select row_key as "rowKey", utr, provider_reference as "providerReference"
      from recon_rows where source_id = :id and seq = 1 and journal_id is null and row_key > :after
        and (state = 'open' and part in ('credit', 'debit') or part = 'fees' or rule = ${SETTLEMENT})
      order by row_key limit ${BATCH}`,
      { id: source.id, after },
    );
    if (open.length === 0) return matched;
    after = open.at(-1)!.rowKey;
    const asked = open.flatMap((row) => journalsOf(row, source.provider, banks).map((id) => ({ row, id })));
    matched += await execute(trx, BOOK, {
      id: source.id,
      keys: asked.map(({ row }) => row.rowKey),
      journals: asked.map(({ id }) => id),
      code: source.provider === null ? accountCode.bank(source.bank!) : accountCode.float(source.provider),
    });
  }
}

/**
 * The journal moves the amount of the line on our account, the same way. Of lines that name one journal the first has
 * it. Fees are matched with payouts besides.
 */
const BOOK = `
  update recon_rows r set journal_id = found.journal_id,
    rule = case when r.part = 'fees' and r.state = 'open' then null else coalesce(r.rule, ${BOOKED}) end,
    state = case when r.part = 'fees' and r.state = 'open' then 'open' else 'agreed' end
  from (select distinct on (journal_id) row_key, journal_id from (
    select a.row_key, min(a.journal_id::text)::uuid as journal_id, min(s.file_no) as file_no, min(s.line_no) as line_no
    from unnest(:keys::text[], :journals::uuid[]) as a(row_key, journal_id)
      join recon_rows s on s.source_id = :id and s.row_key = a.row_key and s.seq = 1
    where exists (select from ledger_transfers t join ledger_accounts l
        on l.id = case when s.part = 'credit' then t.debit_account_id else t.credit_account_id end
      where t.journal_id = a.journal_id and l.code = :code and t.amount_paise = s.amount_paise)
      and not exists (select from recon_rows taken where taken.source_id = :id and taken.journal_id = a.journal_id)
    group by a.row_key) one order by journal_id, file_no, line_no) found
  where r.source_id = :id and r.row_key = found.row_key and r.seq = 1`;

function journalsOf(row: OpenMovement, provider: string | null, banks: readonly string[]): string[] {
  const references = [row.utr, row.providerReference, row.rowKey].filter((text) => text !== null);
  // A bank's own statement may pad an RRN that a person wrote as it is, and the reverse.
  const spelled = [
    ...new Set(references.flatMap((text) => [text, /^\d{12}$/.test(text) ? text.padStart(16, '0') : text])),
  ];
  const ofBanks = spelled.flatMap((text) => banks.map((bank) => bankJournalId(bank, text)));
  if (provider === null) return ofBanks;
  const ofProvider = spelled.flatMap((text) =>
    (['float.opening', 'float.fees'] as const).map((action) => providerJournalId(action, provider, text)),
  );
  return [...ofBanks, ...ofProvider];
}

async function bankNames(trx: Knex.Transaction): Promise<string[]> {
  const found = await rows<{ name: string }>(
    trx,
    `select substr(code, 6) as name from ledger_accounts where code like 'bank:%'`,
  );
  return found.map(({ name }) => name);
}

/**
 * A credit of the bank that settles many rows of a report: it names the UTR that they name, and is their commission less
 * tax. Another amount is a settlement that is short, or too much, and stays so when persons have booked what came.
 */
export async function matchSettlements(trx: Knex.Transaction, { source }: Judging): Promise<void> {
  const credit = `s.source_id = ${source.id} and s.part = 'credit' and s.seq = 1
    and (s.state = 'open' or s.journal_id is not null and s.rule = ${BOOKED})`;
  const sums = `(select g.settlement_utr, sum(g.commission_paise - coalesce(g.tds_paise, 0))::int8 as total, count(*)::int4 as rows
    from recon_rows g join recon_sources p on p.id = g.source_id and p.kind = 'report'
    where g.settlement_utr is not null and g.settlement_utr in (select s.utr from recon_rows s where ${credit})
    group by g.settlement_utr) g`;
  await execute(
    trx,
    `insert into ${FOUND}
    select 'settlement:' || s.row_key, case when s.amount_paise < g.total then 'settlement_short' else 'settlement_excess' end,
      s.happened_on, null, s.row_key, s.seq, jsonb_build_object('rows', g.rows, 'amount_paise', g.total),
      jsonb_build_object('amount_paise', s.amount_paise, 'utr', s.utr, 'file', s.file_no, 'line', s.line_no), '[]',
      s.amount_paise - g.total
    from recon_rows s join ${sums} on g.settlement_utr = s.utr where ${credit} and s.amount_paise <> g.total`,
  );
  await execute(
    trx,
    `update recon_rows s set state = 'agreed', rule = ${SETTLEMENT} from ${sums}
    where ${credit} and g.settlement_utr = s.utr and s.amount_paise = g.total`,
  );
}

/**
 * A line in which a provider collects the fees that it charged before, at the end of a day or later: the oldest payouts
 * whose fees are owed and not collected yet, up to the line. They come to its amount, or it is a break; nothing is posted.
 */
export async function matchCollectedFees(trx: Knex.Transaction, { source }: Judging): Promise<void> {
  const lines = await rows<{
    rowKey: string;
    seq: number;
    day: string;
    amountPaise: bigint;
    lineNo: number;
    fileNo: number;
  }>(
    trx,
    `select row_key as "rowKey", seq, happened_on::text as day, amount_paise as "amountPaise", line_no as "lineNo",
      file_no as "fileNo"
    from recon_rows where source_id = :id and state = 'open' and part = 'fees' order by happened_on, line_no`,
    { id: source.id },
  );
  for (const line of lines) await collect(trx, source, line);
}

async function collect(
  trx: Knex.Transaction,
  { id, provider }: Judging['source'],
  line: { rowKey: string; seq: number; day: string; amountPaise: bigint; lineNo: number; fileNo: number },
): Promise<void> {
  const { rowKey, seq, day } = line;
  const bindings = { id, provider, rowKey, seq, day, amount: line.amountPaise.toString() };
  const taken = await execute(
    trx,
    `with owed as (${OWED}), upto as (select max(n) as n from owed where total = :amount::int8)
    insert into recon_fee_matches (transaction_id, source_id, row_key, seq, fee_paise)
    select o.id, :id::int2, :rowKey::text, :seq::int2, o.fee from owed o, upto where o.n <= upto.n`,
    bindings,
  );
  if (taken > 0) {
    await execute(
      trx,
      `update recon_rows set state = 'agreed', rule = ${FEES} where source_id = ? and row_key = ? and seq = ?`,
      [id, rowKey, seq],
    );
    return;
  }
  await execute(
    trx,
    `with owed as (${OWED})
    insert into ${FOUND} select 'fees:' || :rowKey::text || ':' || :seq::int2, 'fee_mismatch', :day::date, null, :rowKey::text, :seq::int2,
      jsonb_build_object('payouts', count(*), 'fee_paise', coalesce(sum(fee), 0)),
      jsonb_build_object('amount_paise', :amount::int8, 'file', :file::int4, 'line', :line::int4), '[]',
      coalesce(sum(fee), 0)::int8 - :amount::int8
    from owed`,
    { ...bindings, file: line.fileNo, line: line.lineNo },
  );
}

/** The fees that are owed at the end of a day, oldest first, each with the sum up to it. */
const OWED = `
  select f.id, f.fee, f.n, sum(f.fee) over (order by f.n) as total from (
    select t.id, o.provider_fee_paise + coalesce(o.provider_tax_paise, 0) as fee,
      row_number() over (order by o.recorded_at, t.id) as n
    from recon_rows r join transactions t on t.id = r.transaction_id
      join transaction_outcomes o on o.transaction_id = t.id and o.effect = 'success' and o.provider_fee_owed
    where r.source_id = :id and r.part = 'payment' and t.provider = :provider
      and r.happened_on between :day::date - 45 and :day::date
      and o.provider_fee_paise + coalesce(o.provider_tax_paise, 0) > 0
      and not exists (select from recon_fee_matches m where m.transaction_id = t.id)) f`;
