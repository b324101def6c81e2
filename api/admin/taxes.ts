import type { Compensations } from '../../domain/compensation/read';
import type { Cursors } from '../../domain/errors/cursor';
import { FUNDS_ERRORS } from '../../domain/funds/errors';
import { receiptProposal } from '../../domain/funds/receipts';
import { GST_ERRORS } from '../../domain/gst/errors';
import type { AllTaxDocuments } from '../../domain/gst/read';
import type { TaxDesk } from '../../domain/remittances/desk';
import { REMITTANCE_ERRORS } from '../../domain/remittances/errors';
import { remitProposal } from '../../domain/remittances/remit';
import { paiseFromJson } from '../../platform/money';
import { FILE } from '../answers/content';
import {
  compensationOf,
  compensations as compensationList,
  documentOfUser,
  documentOfUserOf,
  documentsOfUsers,
  remittanceOf,
  remittances,
  taxDueOf,
  taxDues,
} from '../answers/staff-taxes';
import { found, page } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { listOf, ok, sendFile } from '../registry/replies';
import { json, routesOf, staff } from '../registry/route';
import {
  compensationsQuery,
  gstRemittanceBody,
  receiptBody,
  remittancesQuery,
  taxDocumentsQuery,
  tdsRemittanceBody,
} from '../schemas/staff';
import { paged } from './pages';
import { PROPOSED, proposed, PROPOSING_ERRORS, type Proposing } from './proposals';

/** Tax documents, taxes that we owe, what providers owe us, and compensation for delay. */
const route = routesOf<
  {
    allTaxDocuments: AllTaxDocuments;
    taxes: TaxDesk;
    compensations: Compensations;
    cursors: Cursors;
  } & Proposing
>();
const COMMON = { limits: 'list', idempotency: 'none' } as const;
const BOOKS = { ...COMMON, access: staff('books.read'), method: 'GET' } as const;
const TAXES = { ...COMMON, tag: 'Taxes' } as const;
const MONTHS = 100;
const { TAX_DOCUMENT_NOT_FOUND } = GST_ERRORS;
const params = { id: idParameter('taxDocument', TAX_DOCUMENT_NOT_FOUND) };
const STATEMENT_LINE = { bank: 'escrow', reference: 'SBINR52026120700001' };
const SAID = { reason: 'of November', evidence: 'the challan of the bank' };
const OF_NOVEMBER = { month: '2026-11', challan: 'CH-00042', paid_on: '2026-12-07', ...SAID };
const GST_OF_NOVEMBER = { ...OF_NOVEMBER, paid: { ...STATEMENT_LINE, amount: 150_000 }, input: 30_000 };
const REMIT = {
  ...TAXES,
  access: staff('settlements.propose'),
  method: 'POST',
  description: 'Another person decides. The line of the statement is booked once',
  action: 'tax.propose',
  answers: PROPOSED,
  problems: [
    ...PROPOSING_ERRORS,
    REMITTANCE_ERRORS.TAX_NOT_OWED,
    REMITTANCE_ERRORS.TAX_EARLIER_OWED,
    REMITTANCE_ERRORS.TAX_INPUT_MISSING,
    REMITTANCE_ERRORS.TAX_MONTH_OPEN,
    REMITTANCE_ERRORS.TAX_CHALLAN_USED,
  ],
} as const;

const documentRoutes = [
  route({
    ...BOOKS,
    tag: 'Taxes',
    path: '/admin/v1/tax-documents',
    summary: 'Tax invoices and credit notes of everybody',
    query: taxDocumentsQuery,
    answers: page(documentsOfUsers),
    examples: [{ summary: 'The invoices of November', query: { kind: 'invoice', month: '2026-11' } }],
    handle: async ({ request, query }, { allTaxDocuments, cursors }) =>
      paged(
        cursors,
        { request, query },
        (at) =>
          allTaxDocuments.page({
            ...{ user: query.user, kind: query.kind, number: query.number },
            month: query.month === undefined ? undefined : `${query.month}-01`,
            ...at,
          }),
        documentOfUserOf,
      ),
  }),
  route({
    ...BOOKS,
    tag: 'Taxes',
    limits: 'read',
    path: '/admin/v1/tax-documents/{id}',
    summary: 'A tax invoice or credit note',
    params,
    answers: found('It', documentOfUser),
    problems: [TAX_DOCUMENT_NOT_FOUND],
    handle: async ({ params: { id } }, { allTaxDocuments }) =>
      ok(documentOfUserOf(await allTaxDocuments.get(id))),
  }),
  route({
    ...BOOKS,
    tag: 'Taxes',
    path: '/admin/v1/tax-documents/{id}/pdf',
    summary: 'A tax invoice or credit note as PDF',
    params,
    answers: {
      200: {
        description: 'The file',
        content: { 'application/pdf': FILE },
        headers: { 'Content-Disposition': 'That it is a file, and its name' },
      },
    },
    problems: [TAX_DOCUMENT_NOT_FOUND],
    handle: async ({ params: { id } }, { allTaxDocuments }) => {
      const { name, content } = await allTaxDocuments.pdf(id);
      return sendFile(name, 'application/pdf', content);
    },
  }),
];

const taxRoutes = [
  route({
    ...TAXES,
    access: staff('settlements.read'),
    method: 'GET',
    path: '/admin/v1/taxes',
    summary: 'TDS and GST by month: what is owed, and by when',
    answers: found(`The newest months first, ${MONTHS} of each at most`, taxDues),
    handle: async ({ request }, { taxes }) => listOf(request, (await taxes.dues(MONTHS)).map(taxDueOf)),
  }),
  route({
    ...TAXES,
    access: staff('settlements.read'),
    method: 'GET',
    path: '/admin/v1/taxes/remittances',
    summary: 'What was paid to the state, with its challans',
    query: remittancesQuery,
    answers: page(remittances),
    examples: [{ summary: 'Of TDS', query: { tax: 'tds' } }],
    handle: async ({ request, query }, { taxes, cursors }) =>
      paged(cursors, { request, query }, (at) => taxes.remittances({ tax: query.tax, ...at }), remittanceOf),
  }),
  route({
    ...REMIT,
    path: '/admin/v1/taxes/tds/remittances',
    summary: 'Propose to book TDS that was paid to the state',
    body: json(tdsRemittanceBody),
    examples: [
      {
        summary: 'Of November',
        body: { ...OF_NOVEMBER, ...STATEMENT_LINE, section: '393(1)-1(ii)', amount: 20_000 },
      },
    ],
    handle: async ({ caller, body: { amount, challan, paid_on: paidOn, ...body } }, deps) =>
      proposed(
        deps,
        remitProposal({
          ...{ tax: 'tds', amountPaise: paiseFromJson(amount), inputPaise: 0n },
          ...{ challanNo: challan, paidOn, ...body },
        }),
        caller,
      ),
  }),
  route({
    ...REMIT,
    path: '/admin/v1/taxes/gst/remittances',
    summary: 'Propose to book GST that was paid to the state',
    body: json(gstRemittanceBody),
    examples: [{ summary: 'Of November', body: GST_OF_NOVEMBER }],
    handle: async ({ caller, body: { paid, input = 0, challan, paid_on: paidOn, ...body } }, deps) => {
      const { amount = 0, ...line } = paid ?? {};
      return proposed(
        deps,
        remitProposal({
          ...{ tax: 'gst', amountPaise: paiseFromJson(amount), inputPaise: paiseFromJson(input) },
          ...{ challanNo: challan, paidOn, ...body, ...line },
        }),
        caller,
      );
    },
  }),
];

const owedRoutes = [
  route({
    ...COMMON,
    tag: 'Receivables',
    access: staff('funds.propose'),
    method: 'POST',
    path: '/admin/v1/receivables/receipts',
    summary: 'Propose to book what a provider has paid us',
    description: 'Another person decides, but of small amounts. What is short is booked with its cause',
    action: 'receivable.propose',
    body: json(receiptBody),
    answers: PROPOSED,
    problems: [
      ...PROPOSING_ERRORS,
      FUNDS_ERRORS.FUNDS_NOTHING_OWED,
      FUNDS_ERRORS.FUNDS_REFERENCE_USED,
      'LEDGER_INSUFFICIENT_FUNDS',
    ],
    examples: [
      {
        summary: 'AEPS, less tax that was deducted',
        body: {
          ...{ provider: 'eko', of: 'aeps', amount: 301_176, short: { amount: 6_024, cause: 'tds' } },
          ...STATEMENT_LINE,
          ...SAID,
        },
      },
    ],
    handle: async ({ caller, body: { amount, short, ...body } }, deps) =>
      proposed(
        deps,
        receiptProposal({
          ...{ amountPaise: paiseFromJson(amount), ...body },
          ...(short === undefined
            ? {}
            : { short: { paise: paiseFromJson(short.amount), cause: short.cause } }),
        }),
        caller,
      ),
  }),
  route({
    ...BOOKS,
    tag: 'Nights',
    path: '/admin/v1/compensations',
    summary: 'Compensation for delay, by transaction and day',
    query: compensationsQuery,
    answers: page(compensationList),
    examples: [{ summary: 'Of a day', query: { date: '2026-11-28' } }],
    handle: async ({ request, query }, { compensations, cursors }) =>
      paged(
        cursors,
        { request, query },
        (at) => compensations.list({ day: query.date, transactionId: query.transaction, ...at }),
        compensationOf,
      ),
  }),
];

export const adminTaxRoutes = [...documentRoutes, ...taxRoutes, ...owedRoutes];
