import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { FieldCipher } from '../../platform/encryption';
import { paiseToJson } from '../../platform/money';
import { pageOf, type Page } from '../../platform/page';
import { DomainError } from '../errors/errors';
import type { UserId } from '../ids/ids';
import { KYC_GSTIN } from '../kyc/sealed';
import type { DocumentKind } from './documents';
import { GST_ERRORS } from './errors';
import { pdfOfDocument } from './pdf';

/** Tax invoices and credit notes of a user. */
export interface TaxDocuments {
  /** Those dated within these days, both included, the oldest first; `MOST_DOCUMENTS` at most. */
  list(user: UserId, days: { from: string; to: string }): Promise<TaxDocumentList>;
  /** Throws DomainError TAX_DOCUMENT_NOT_FOUND. */
  pdf(user: UserId, number: string): Promise<DocumentFile>;
}

/** Those of everybody, for staff. */
export interface AllTaxDocuments {
  /** The newest first. */
  page(filter: TaxDocumentFilter): Promise<Page<TaxDocumentOfUser>>;
  /** Throws DomainError TAX_DOCUMENT_NOT_FOUND. */
  get(id: string): Promise<TaxDocumentOfUser>;
  /** Throws DomainError TAX_DOCUMENT_NOT_FOUND. */
  pdf(id: string): Promise<DocumentFile>;
}

export interface DocumentFile {
  name: string;
  content: Buffer;
}

export interface TaxDocumentFilter {
  user?: string | undefined;
  kind?: DocumentKind | undefined;
  /** Its first day. */
  month?: string | undefined;
  /** As it stands on the document; each of our registrations counts its own. */
  number?: string | undefined;
  limit: number;
  /** The position that the page before gave. */
  after?: string | undefined;
}

export interface TaxDocumentOfUser {
  id: string;
  user: UserId;
  document: TaxDocumentView;
}

export interface TaxDocumentList {
  object: 'list';
  data: TaxDocumentView[];
  /** There are more than are shown: ask for fewer days. */
  more: boolean;
}

export interface TaxDocumentView {
  object: 'tax_document';
  kind: DocumentKind;
  number: string;
  date: string;
  /** Of a credit note: the number of the invoice. */
  invoice: string | null;
  seller_name: string;
  seller_address: string;
  seller_gstin: string;
  buyer_name: string;
  /** Null: not registered. */
  buyer_gstin: string | null;
  /** Two digits. */
  place_of_supply: string;
  place_of_supply_name: string;
  lines: TaxLineView[];
  taxable: number;
  cgst: number;
  sgst: number;
  utgst: number;
  igst: number;
  /** The total less what stands above it: at most a paisa. */
  rounding: number;
  total: number;
}

export interface TaxLineView {
  service: string;
  sac: string;
  rate_bps: number;
  supplies: number;
  taxable: number;
  tax: number;
}

export const MOST_DOCUMENTS = 100;

interface Found {
  id: string;
  userId: UserId;
  kind: DocumentKind;
  number: string;
  dated: string;
  invoice: string | null;
  sellerName: string;
  sellerAddress: string;
  gstin: string;
  buyerName: string;
  kycRecordId: string | null;
  gstinSealed: string | null;
  buyerState: string;
  buyerStateName: string;
  taxablePaise: bigint;
  cgstPaise: bigint;
  sgstPaise: bigint;
  utgstPaise: bigint;
  igstPaise: bigint;
  roundingPaise: bigint;
  totalPaise: bigint;
}

interface FoundLine {
  documentId: string;
  service: string;
  sac: string;
  rateBps: number;
  supplies: number;
  taxablePaise: bigint;
  taxPaise: bigint;
}

export function createTaxDocuments(deps: { lists: Knex; cipher: FieldCipher }): TaxDocuments {
  return {
    async list(user, { from, to }) {
      const where =
        'g.user_id = :user and g.dated between :from::date and :to::date order by g.dated, g.kind desc, g.no';
      const found = await find(deps, where, { user, from, to, limit: MOST_DOCUMENTS + 1 });
      const data = found.slice(0, MOST_DOCUMENTS).map(({ document }) => document);
      return { object: 'list', data, more: found.length > MOST_DOCUMENTS };
    },
    async pdf(user, number) {
      const [found] = await find(deps, 'g.user_id = :user and g.number = :number', {
        user,
        number,
        limit: 1,
      });
      if (found === undefined) throw new DomainError(GST_ERRORS.TAX_DOCUMENT_NOT_FOUND);
      return fileOf(found);
    },
  };
}

export function createAllTaxDocuments(deps: { lists: Knex; cipher: FieldCipher }): AllTaxDocuments {
  const theOne = async (id: string): Promise<TaxDocumentOfUser> => {
    const [found] = await find(deps, 'g.id = :id::uuid', { id, limit: 1 });
    if (found === undefined) throw new DomainError(GST_ERRORS.TAX_DOCUMENT_NOT_FOUND);
    return found;
  };
  return {
    async page({ user, kind, month, number, limit, after }) {
      const [lastDay, last] = after?.split(' ') ?? [];
      const found = await find(deps, PAGE, {
        ...{ user: user ?? null, kind: kind ?? null, month: month ?? null, number: number ?? null },
        ...{ lastDay: lastDay ?? null, last: last ?? null, limit: limit + 1 },
      });
      return pageOf(found, limit, ({ id, document }) => `${document.date} ${id}`);
    },
    get: theOne,
    pdf: async (id) => fileOf(await theOne(id)),
  };
}

const PAGE = `(:user::uuid is null or g.user_id = :user::uuid)
    and (:number::text is null or g.number = :number::text) and (:kind::text is null or g.kind = :kind::text)
    and (:month::date is null or (g.dated >= :month::date and g.dated < :month::date + interval '1 month'))
    and (:lastDay::date is null or (g.dated, g.id) < (:lastDay::date, :last::uuid))
  order by g.dated desc, g.id desc`;

async function fileOf({ document }: TaxDocumentOfUser): Promise<DocumentFile> {
  return { name: `${document.number.replaceAll('/', '-')}.pdf`, content: await pdfOfDocument(document) };
}

async function find(
  { lists, cipher }: { lists: Knex; cipher: FieldCipher },
  which: string,
  values: Readonly<Record<string, unknown>>,
): Promise<TaxDocumentOfUser[]> {
  const documents = await rows<Found>(
    lists,
    `select g.id, g.user_id as "userId", g.kind, g.number, g.dated::text as dated, i.number as invoice, r.legal_name as "sellerName",
      r.address as "sellerAddress", g.gstin, u.name as "buyerName", g.kyc_record_id as "kycRecordId",
      k.gstin_sealed as "gstinSealed", g.buyer_state as "buyerState",
      coalesce(a.name, g.buyer_state) as "buyerStateName", g.taxable_paise as "taxablePaise",
      g.cgst_paise as "cgstPaise", g.sgst_paise as "sgstPaise", g.utgst_paise as "utgstPaise",
      g.igst_paise as "igstPaise", g.rounding_paise as "roundingPaise", g.total_paise as "totalPaise"
    from gst_documents g join users u on u.id = g.user_id
      join lateral (select legal_name, address from gst_registrations where gstin = g.gstin and in_force_from <= g.dated
        order by in_force_from desc limit 1) r on true
      left join gst_documents i on i.id = g.invoice_id
      left join kyc_records k on k.id = g.kyc_record_id
      left join gst_states a on a.code = g.buyer_state
    where ${which} limit :limit`,
    values,
  );
  const lines = await rows<FoundLine>(
    lists,
    `select document_id as "documentId", service, sac, rate_bps as "rateBps", supplies, taxable_paise as "taxablePaise",
      tax_paise as "taxPaise"
    from gst_lines where document_id = any(?::uuid[]) order by service`,
    [documents.map(({ id }) => id)],
  );
  return documents.map((one) => ({ id: one.id, user: one.userId, document: viewOf(one, lines, cipher) }));
}

function viewOf(one: Found, lines: readonly FoundLine[], cipher: FieldCipher): TaxDocumentView {
  return {
    object: 'tax_document',
    kind: one.kind,
    number: one.number,
    date: one.dated,
    invoice: one.invoice,
    seller_name: one.sellerName,
    seller_address: one.sellerAddress,
    seller_gstin: one.gstin,
    buyer_name: one.buyerName,
    buyer_gstin:
      one.gstinSealed === null ? null : cipher.open(one.gstinSealed, KYC_GSTIN.place(one.kycRecordId!)),
    place_of_supply: one.buyerState,
    place_of_supply_name: one.buyerStateName,
    lines: lines
      .filter(({ documentId }) => documentId === one.id)
      .map(({ service, sac, rateBps, supplies, taxablePaise, taxPaise }) => ({
        ...{ service, sac, rate_bps: rateBps, supplies },
        ...{ taxable: paiseToJson(taxablePaise), tax: paiseToJson(taxPaise) },
      })),
    taxable: paiseToJson(one.taxablePaise),
    cgst: paiseToJson(one.cgstPaise),
    sgst: paiseToJson(one.sgstPaise),
    utgst: paiseToJson(one.utgstPaise),
    igst: paiseToJson(one.igstPaise),
    rounding: paiseToJson(one.roundingPaise),
    total: paiseToJson(one.totalPaise),
  };
}
