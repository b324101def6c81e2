import Joi from 'joi';
import {
  MOST_DOCUMENTS,
  type TaxDocumentList,
  type TaxDocumentView,
  type TaxLineView,
} from '../../domain/gst/read';
import { answer, count, day, is, paise, signedPaise, words } from './fields';

const MOST_SERVICES = 50;
const MOST_SUPPLIES = 1_000_000_000;
const MOST_BPS = 10_000;

const line = answer<TaxLineView>('TaxDocumentLine', 'The fees of a service', {
  service: words(40).example('payout'),
  sac: words(6).description('Services accounting code').example('9971'),
  rate_bps: count(MOST_BPS).example(1_800),
  supplies: count(MOST_SUPPLIES).example(12),
  taxable: signedPaise().example(6_000),
  tax: signedPaise().example(1_080),
});

export const taxDocument = answer<TaxDocumentView>('TaxDocument', 'A tax invoice, or a credit note to one', {
  object: is('tax_document'),
  kind: is('invoice', 'credit_note'),
  number: words(16).example('INV/2627/0000001'),
  date: day(),
  invoice: words(16).example('INV/2627/0000001').allow(null).description('The invoice of a credit note'),
  seller_name: words(120).example('Munim'),
  seller_address: words(300).example('Bengaluru'),
  seller_gstin: words(15).example('29AAGCB7383J1Z4'),
  buyer_name: words(200).example('Corner shop'),
  buyer_gstin: words(15).example('27AAPFU0939F1ZV').allow(null).description('Null: not registered'),
  place_of_supply: words(2).description('The state, as in a GSTIN').example('27'),
  place_of_supply_name: words(60).example('Maharashtra'),
  lines: Joi.array().items(line).max(MOST_SERVICES),
  taxable: paise().example(6_000),
  cgst: paise().example(0),
  sgst: paise().example(0),
  utgst: paise().example(0),
  igst: paise().example(1_080),
  rounding: signedPaise().description('Of two halves of an odd paisa').example(0),
  total: paise().example(7_080),
});

export const taxDocumentList = answer<TaxDocumentList>('TaxDocumentList', 'Tax invoices and credit notes', {
  object: is('list'),
  data: Joi.array().items(taxDocument).max(MOST_DOCUMENTS),
  more: Joi.boolean().description('There are more than are shown: ask for fewer days'),
});
