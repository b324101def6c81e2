import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import { bankJournalIds, providerJournalId } from '../funds/funds';
import { accountCode } from '../ledger/accounts';
import { BOOKED, type Judging, SETTLEMENT } from './judge';

const BATCH = 1_000;

/** What persons may have booked, and nobody is known to; the index `recon_rows_to_book` has just these. */
const TO_BOOK = `journal_id is null
  and (part = 'fees' or part in ('credit', 'debit') and (state = 'open' or rule = ${SETTLEMENT}))`;

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
      `select row_key as "rowKey", utr, provider_reference as "providerReference" from recon_rows
      where source_id = :id and row_key > :after and seq = 1 and ${TO_BOOK}
      order by source_id, row_key limit ${BATCH}`,
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
  // What was booked before references had one form may name an RRN that is padded.
  const spelled = [
    ...new Set(references.flatMap((text) => [text, /^\d{12}$/.test(text) ? text.padStart(16, '0') : text])),
  ];
  const ofBanks = references.flatMap((text) => banks.flatMap((bank) => bankJournalIds(bank, text)));
  if (provider === null) return [...new Set(ofBanks)];
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
