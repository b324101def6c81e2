import Joi from 'joi';
import type { CompensationRow } from '../../domain/compensation/read';
import type { TaxDocumentOfUser, TaxDocumentView } from '../../domain/gst/read';
import { TAXES, type RemittanceRow, type TaxDueView } from '../../domain/remittances/desk';
import type { Tax } from '../../domain/remittances/dues';
import { SERVICES } from '../../domain/provider/service-name';
import { publicId } from '../../platform/ids';
import { paiseToJson } from '../../platform/money';
import { answer, day, id, instant, is, list, paise, part, path, signedPaise, words } from './fields';
import { taxDocument } from './tax-documents';

/** Tax documents of everybody, what is owed and remitted to the state, and compensation for delay, for staff. */

const month = (): Joi.StringSchema =>
  Joi.string()
    .max(7)
    .pattern(/^\d{4}-\d{2}$/)
    .example('2026-11');
const section = (): Joi.StringSchema => words(40).example('393(1)-1(ii)').allow(null).description('Of TDS');

interface DocumentAnswer {
  object: 'tax_document_of_user';
  id: string;
  user: string;
  document: TaxDocumentView;
  links: { self: string; pdf: string };
}
export const documentOfUser = answer<DocumentAnswer>('TaxDocumentOfUser', 'A tax document, and whose it is', {
  object: is('tax_document_of_user'),
  id: id('taxDocument'),
  user: id('user'),
  document: taxDocument,
  links: part<DocumentAnswer['links']>({
    self: path('/admin/v1/tax-documents/txd_01jxvqexvqexvt0xvqexvqexvq'),
    pdf: path('/admin/v1/tax-documents/txd_01jxvqexvqexvt0xvqexvqexvq/pdf'),
  }),
});
export const documentsOfUsers = list(documentOfUser, 'TaxDocumentOfUserList');
export function documentOfUserOf({ id: of, user, document }: TaxDocumentOfUser): DocumentAnswer {
  const shown = publicId('taxDocument', of);
  const self = `/admin/v1/tax-documents/${shown}`;
  return {
    ...{ object: 'tax_document_of_user', id: shown, user: publicId('user', user), document },
    links: { self, pdf: `${self}/pdf` },
  };
}

interface DueAnswer {
  object: 'tax_due';
  tax: Tax;
  month: string;
  section: string | null;
  payment_code: string | null;
  form: string | null;
  due_on: string;
  liability: number;
  remitted: number;
  owed: number;
}
export const taxDues = list(
  answer<DueAnswer>('TaxDue', 'What of a tax is owed for a month, and by when', {
    object: is('tax_due'),
    tax: is(...TAXES),
    month: month(),
    section: section(),
    payment_code: words(40).allow(null).description('Of the challan'),
    form: words(40).allow(null).description('Of the return'),
    due_on: day(),
    liability: signedPaise().description('Of the month alone; paise'),
    remitted: paise().description('For this month; paise'),
    owed: signedPaise().description('Of all months up to it, less all that was remitted; paise'),
  }),
  'TaxDueList',
  2_000,
);
export const taxDueOf = (due: TaxDueView): DueAnswer => ({
  ...{ object: 'tax_due', tax: due.tax, month: due.month.slice(0, 7), section: due.section },
  ...{ payment_code: due.paymentCode, form: due.form, due_on: due.dueOn },
  ...{ liability: paiseToJson(due.liabilityPaise), remitted: paiseToJson(due.remittedPaise) },
  owed: paiseToJson(due.owedPaise),
});

interface RemittanceAnswer {
  object: 'tax_remittance';
  id: string;
  tax: Tax;
  month: string;
  section: string | null;
  payment_code: string | null;
  amount: number;
  input: number;
  challan: string;
  paid_on: string;
  bank: string | null;
  utr: string | null;
  journal: string;
  approval: string;
  posted_at: string;
}
export const remittances = list(
  answer<RemittanceAnswer>('TaxRemittance', 'Tax that was paid to the state, with its challan', {
    object: is('tax_remittance'),
    id: id('taxRemittance'),
    tax: is(...TAXES),
    month: month(),
    section: section(),
    payment_code: words(40).allow(null),
    amount: paise(),
    input: paise().description('Of GST: tax on our own purchases that was set against it; paise'),
    challan: words(40).example('CH-00042'),
    paid_on: day(),
    bank: words(40).example('escrow').allow(null).description('Null where input tax paid alone'),
    utr: words(60).allow(null),
    journal: words(36).example('01977777-7777-7777-8777-777777777777'),
    approval: id('approval'),
    posted_at: instant(),
  }),
  'TaxRemittanceList',
);
export const remittanceOf = (row: RemittanceRow): RemittanceAnswer => ({
  ...{ object: 'tax_remittance', id: publicId('taxRemittance', row.id), tax: row.tax },
  ...{ month: row.month.slice(0, 7), section: row.section, payment_code: row.paymentCode },
  ...{ amount: paiseToJson(row.amountPaise), input: paiseToJson(row.inputPaise), challan: row.challanNo },
  ...{ paid_on: row.paidOn, bank: row.bank, utr: row.utr, journal: row.journalId },
  ...{ approval: publicId('approval', row.approvalId), posted_at: row.postedAt.toISOString() },
});

interface CompensationAnswer {
  object: 'compensation';
  transaction: string;
  date: string;
  amount: number;
  payer: CompensationRow['payer'];
  service: string;
  provider: string;
  user: string;
  journal: string;
}
export const compensations = list(
  answer<CompensationAnswer>('Compensation', 'For the delay of a transaction on a day', {
    object: is('compensation'),
    transaction: id('transaction'),
    date: day(),
    amount: paise(),
    payer: is('provider', 'us').description('Who bears it'),
    service: is(...SERVICES),
    provider: words(40).example('razorpayx'),
    user: id('user'),
    journal: words(36).example('01977777-7777-7777-8777-777777777777'),
  }),
  'CompensationList',
);
export const compensationOf = (row: CompensationRow): CompensationAnswer => ({
  ...{ object: 'compensation', transaction: publicId('transaction', row.transactionId), date: row.day },
  ...{ amount: paiseToJson(row.amountPaise), payer: row.payer, service: row.service, provider: row.provider },
  ...{ user: publicId('user', row.userId), journal: row.journalId },
});
