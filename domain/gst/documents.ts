import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { arraysOf, insertAll, int4, int8, table, text, uuid } from '../../platform/sql';
import type { UserId } from '../ids/ids';
import { splitGst, splitOfNote, type GstSplit } from './split';

/**
 * Makes the tax invoices of a month that has ended, one for each user who paid fees in it, and the credit notes for
 * what was given back in it of the months before. Numbers are taken under the lock of their row, in the database
 * transaction that writes the documents: there is never a gap, and a month that was made is made again without effect.
 */
export interface DocumentDependencies {
  knex: Knex;
  ids: Ids;
  /** Documents of one database transaction. */
  batch?: number;
  onBatch?(documents: number): void;
}

export type DocumentKind = 'invoice' | 'credit_note';

interface Month {
  /** Its first and its last day; the documents bear the last. */
  from: string;
  to: string;
}

const BATCH = 500;

export async function makeDocuments(
  deps: DocumentDependencies,
  month: Month,
): Promise<{ invoices: number; notes: number; isRegistered: boolean }> {
  const gstin = await registrationOn(deps.knex, month.to);
  if (gstin === undefined) return { invoices: 0, notes: 0, isRegistered: false };
  const invoices = await makeAll(deps, { kind: 'invoice', gstin, month });
  const notes = await makeAll(deps, { kind: 'credit_note', gstin, month });
  return { invoices, notes, isRegistered: true };
}

async function registrationOn(knex: Knex, day: string): Promise<string | undefined> {
  const [found] = await rows<{ gstin: string }>(
    knex,
    'select gstin from gst_registrations where in_force_from <= ?::date order by in_force_from desc limit 1',
    [day],
  );
  return found?.gstin;
}

interface Series {
  kind: DocumentKind;
  gstin: string;
  month: Month;
}

async function makeAll(deps: DocumentDependencies, series: Series): Promise<number> {
  const { knex, batch = BATCH } = deps;
  for (let made = 0; ;) {
    const some = await knex.transaction((trx) => makeSome(trx, deps.ids, series, batch));
    made += some;
    deps.onBatch?.(some);
    if (some < batch) return made;
  }
}

interface Due {
  userId: UserId;
  invoiceId: string | null;
  kycRecordId: string | null;
  /** Null: no state of theirs is on record, and so it is ours. */
  buyerState: string | null;
  /** Of a note, where we were by its invoice. */
  sellerState: string | null;
  taxablePaise: bigint;
  taxPaise: bigint;
  takenBackPaise: bigint;
}
interface DocumentRow extends Due, GstSplit {
  id: string;
  no: number;
  place: string;
}
interface Line {
  documentId: string;
  service: string;
  sac: string;
  rateBps: number;
  supplies: number;
  taxablePaise: bigint;
  taxPaise: bigint;
}

const DOCUMENTS = table<DocumentRow>('gst_documents', {
  id: uuid((d) => d.id),
  no: int4((d) => d.no),
  after_no: int4((d) => (d.no === 1 ? null : d.no - 1)),
  user_id: uuid((d) => d.userId),
  invoice_id: uuid((d) => d.invoiceId),
  kyc_record_id: uuid((d) => d.kycRecordId),
  buyer_state: text((d) => d.place),
  taxable_paise: int8((d) => d.taxablePaise),
  tax_paise: int8((d) => d.taxPaise),
  cgst_paise: int8((d) => d.cgstPaise),
  sgst_paise: int8((d) => d.sgstPaise),
  utgst_paise: int8((d) => d.utgstPaise),
  igst_paise: int8((d) => d.igstPaise),
});
const KEYS = table<DocumentRow>('made', {
  id: uuid((d) => d.id),
  user_id: uuid((d) => d.userId),
  invoice_id: uuid((d) => d.invoiceId),
});
const LINES = table<Line>('gst_lines', {
  document_id: uuid((l) => l.documentId),
  service: text((l) => l.service),
  sac: text((l) => l.sac),
  rate_bps: int4((l) => l.rateBps),
  supplies: int4((l) => l.supplies),
  taxable_paise: int8((l) => l.taxablePaise),
  tax_paise: int8((l) => l.taxPaise),
});

async function makeSome(trx: Knex.Transaction, ids: Ids, series: Series, limit: number): Promise<number> {
  const { kind, gstin, month } = series;
  const year = financialYear(month.to);
  const lastNo = await lockNumber(trx, { gstin, year, kind });
  const due = await rows<Due>(trx, kind === 'invoice' ? INVOICES_DUE : NOTES_DUE, { ...month, limit });
  if (due.length === 0) return 0;
  const ours = gstin.slice(0, 2);
  const territories = await unionTerritories(trx);
  const made = due.map((one, i): DocumentRow => {
    const seller = one.sellerState ?? ours;
    const place = one.buyerState ?? seller;
    const states = { seller, place, isUnionTerritory: territories.has(place) };
    const parts =
      kind === 'invoice'
        ? splitGst(one.taxPaise, states)
        : splitOfNote(one.taxPaise, one.takenBackPaise, states);
    return { ...one, ...parts, id: ids.uuid(), no: lastNo + i + 1, place };
  });
  await insertAll(trx, DOCUMENTS, made, { kind, gstin, year, month: month.from, dated: month.to });
  await writeLines(trx, kind, made, month);
  await execute(
    trx,
    'update gst_numbers set last_no = :no where gstin = :gstin and year = :year and kind = :kind',
    {
      ...{ no: made.at(-1)!.no, gstin, year, kind },
    },
  );
  return made.length;
}

async function unionTerritories(trx: Knex.Transaction): Promise<ReadonlySet<string>> {
  const found = await rows<{ code: string }>(trx, 'select code from gst_states where is_union_territory');
  return new Set(found.map(({ code }) => code));
}

/** The number that was given last. Whoever holds the row writes documents; others wait. */
async function lockNumber(
  trx: Knex.Transaction,
  key: { gstin: string; year: number; kind: DocumentKind },
): Promise<number> {
  await execute(
    trx,
    'insert into gst_numbers (gstin, year, kind, last_no) values (:gstin, :year, :kind, 0) on conflict do nothing',
    key,
  );
  const [found] = await rows<{ lastNo: number }>(
    trx,
    `select last_no as "lastNo" from gst_numbers where gstin = :gstin and year = :year and kind = :kind for update`,
    key,
  );
  return found!.lastNo;
}

/**
 * By the newest approved record: who has no GSTIN in it is not registered any more. The place of supply is the state of the
 * GSTIN, else that of the address on record (IGST Act, s.12(2) and s.12(12)): what was given when the user was registered;
 * of a state that became part of another, that one.
 */
const BUYER = `left join lateral (select id, gstin_hint from kyc_records where user_id = d.user_id and state = 'approved'
    order by made_at desc limit 1) r on true
  left join lateral (select r.id, left(r.gstin_hint, 2) as state where r.gstin_hint is not null) k on true
  left join users u on u.id = d.user_id left join gst_states a on a.code = coalesce(k.state, u.state_code)`;

/** What was given back in the month in which it was paid stands in no document. */
const OF_INVOICES = `
  gst_supplies s left join gst_supplies o on o.journal_id = s.origin
  where s.day between :from::date and :to::date and (s.origin is null or o.day >= :from::date)`;
const INVOICES_DUE = `
  with d as (
    select s.user_id, sum(s.taxable_paise)::int8 as taxable, sum(s.tax_paise)::int8 as tax from ${OF_INVOICES}
      and not exists (select from gst_documents g where g.user_id = s.user_id and g.month = :from::date
        and g.kind = 'invoice')
    group by s.user_id having sum(s.taxable_paise) > 0 and sum(s.tax_paise) >= 0 order by s.user_id limit :limit
  )
  select d.user_id as "userId", null::uuid as "invoiceId", k.id as "kycRecordId",
    coalesce(a.became, a.code, k.state) as "buyerState", null as "sellerState",
    d.taxable as "taxablePaise", d.tax as "taxPaise", 0::int8 as "takenBackPaise"
  from d ${BUYER} order by d.user_id`;

/** A note is for the buyer of its invoice, as it was, and for what an invoice has. */
const OF_NOTES = `
  gst_supplies s join gst_supplies o on o.journal_id = s.origin
    join gst_documents g on g.kind = 'invoice' and g.user_id = s.user_id and g.month = date_trunc('month', o.day)::date
  where s.day between :from::date and :to::date and o.day < :from::date`;
const NOTES_DUE = `
  select s.user_id as "userId", g.id as "invoiceId", g.kyc_record_id as "kycRecordId", g.buyer_state as "buyerState",
    left(g.gstin, 2) as "sellerState",
    -sum(s.taxable_paise)::int8 as "taxablePaise", -sum(s.tax_paise)::int8 as "taxPaise",
    coalesce((select sum(n.tax_paise) from gst_documents n where n.invoice_id = g.id), 0)::int8 as "takenBackPaise"
  from ${OF_NOTES}
    and not exists (select from gst_documents n where n.invoice_id = g.id and n.month = :from::date)
  group by s.user_id, g.id order by s.user_id, g.id limit :limit`;

const linesOf = (kind: DocumentKind): string => `
  select n.id as "documentId", p.service, r.sac, r.rate_bps as "rateBps", p.supplies,
    ${kind === 'invoice' ? '' : '-'}p.taxable as "taxablePaise", ${kind === 'invoice' ? '' : '-'}p.tax as "taxPaise"
  from ${KEYS.source} join lateral (
    select s.service, count(*)::int as supplies, sum(s.taxable_paise)::int8 as taxable, sum(s.tax_paise)::int8 as tax
    from ${kind === 'invoice' ? OF_INVOICES : OF_NOTES} and s.user_id = n.user_id
      ${kind === 'invoice' ? '' : 'and g.id = n.invoice_id'}
    group by s.service having sum(s.taxable_paise) <> 0) p on true
    join lateral (select sac, rate_bps from gst_services where service = p.service and in_force_from <= :to::date
      order by in_force_from desc limit 1) r on true`;

async function writeLines(
  trx: Knex.Transaction,
  kind: DocumentKind,
  made: readonly DocumentRow[],
  month: Month,
): Promise<void> {
  const lines = await rows<Line>(trx, linesOf(kind), { ...month, ...arraysOf(KEYS, made) });
  await insertAll(trx, LINES, lines);
}

/** The year that begins on 1 April, of a day `YYYY-MM-DD`. */
function financialYear(day: string): number {
  const [year, month] = day.split('-').map(Number) as [number, number];
  return month >= 4 ? year : year - 1;
}
