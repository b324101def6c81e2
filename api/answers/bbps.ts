import Joi from 'joi';
import { DISPOSITIONS } from '../../domain/bbps/port';
import type { ComplaintView } from '../../domain/bbps/complaints';
import type { Receipt } from '../../domain/bbps/receipt';
import { PAYMENT_MODES } from '../../domain/bbps/remitter';
import type { billerView, FetchView } from '../../domain/bbps/views';
import {
  answer,
  count,
  currency,
  day,
  id,
  instant,
  is,
  list,
  paise,
  part,
  path,
  reference,
  words,
} from './fields';

/** Answers of bill payment. */
const category = answer<{ id: string; object: 'biller_category'; name: string }>(
  'BillerCategory',
  'A kind of biller',
  { id: words(80), object: is('biller_category'), name: words(200) },
);
export const categoryList = list(category, 'BillerCategoryList', 1_000);

type BillerView = ReturnType<typeof billerView>;
const exactness = (): Joi.StringSchema =>
  is('exact', 'exact_and_above', 'exact_and_below', 'any', 'range').description(
    "How the amount paid relates to the bill's",
  );
const fee = answer<BillerView['convenience_fees'][number]>(
  'ConvenienceFee',
  'What the biller asks of payments from one amount to another, before GST',
  { flat: paise(), percent_bps: count(10_000), from_amount: paise(), to_amount: paise().allow(null) },
);
const modeLimit = answer<BillerView['payment_mode_limits'][number]>(
  'PaymentModeLimit',
  'The least and the most of one payment in a payment mode; a mode that is missing has no limit of its own',
  { payment_mode: words(100), min_amount: paise().allow(null), max_amount: paise().allow(null) },
);
const parameter = answer<BillerView['parameters'][number]>(
  'BillerParameter',
  'What the biller asks the customer for',
  {
    name: words(100),
    label: words(200).allow(''),
    type: is('numeric', 'alphanumeric'),
    optional: Joi.boolean(),
    pattern: words(1_000).allow(null).description('A regular expression of the biller'),
    min_length: count(10_000).allow(null),
    max_length: count(10_000).allow(null),
  },
);

export const biller = answer<BillerView>('Biller', 'Who may be paid, and how', {
  id: words(40),
  object: is('biller'),
  name: words(200),
  category: words(200),
  fetch: is('mandatory', 'optional', 'not_supported'),
  exactness: exactness(),
  min_amount: paise().allow(null),
  max_amount: paise().allow(null),
  payment_modes: Joi.array().items(words(100)).max(100),
  payment_mode_limits: Joi.array().items(modeLimit).max(100),
  available: Joi.boolean(),
  convenience_fees: Joi.array().items(fee).max(1_000),
  parameters: Joi.array().items(parameter).max(100),
});
export const billerList = list(biller, 'BillerList');

type BillView = FetchView['bills'][number];
const bill = answer<BillView>('Bill', 'A bill as the biller has it', {
  amount: paise(),
  bill_number: words(200).allow(null),
  bill_date: words(40).allow(null),
  due_date: words(40).allow(null),
  period: words(100).allow(null),
  customer_name: words(200).allow(null),
  min_amount: paise().allow(null),
  max_amount: paise().allow(null),
  amount_multiple: paise().allow(null),
});
const named = answer<{ name: string; value: string }>('NamedValue', 'A value with its name', {
  name: words(200),
  value: words(1_000).allow(''),
});

export const fetch = answer<FetchView>('BillFetch', 'A bill that is fetched, or was', {
  id: id('billFetch'),
  object: is('bill_fetch'),
  biller: words(40),
  state: is('processing', 'fetched', 'failed'),
  reason: words(500).allow(null),
  exactness: exactness().allow(null),
  bills: Joi.array().items(bill).max(100),
  additional: Joi.array().items(named).max(100),
  used: Joi.boolean().description('It was paid, or is being paid'),
  created_at: instant(),
  expires_at: instant(),
  links: part<FetchView['links']>({ self: path('/v1/bbps/fetches/bft_01jxvqexvqexvt0xvqexvqexvq') }),
});

export const receipt = answer<Receipt>('BillReceipt', 'The receipt of a paid bill, as NPCI asks for it', {
  object: is('bill_receipt'),
  payment: id('transaction'),
  reference: reference(),
  bbps_reference: words(100).allow(null),
  approval_reference: words(100).allow(null),
  biller: part<Receipt['biller']>({ id: words(40), name: words(200), category: words(200) }),
  customer: part<Receipt['customer']>({
    name: words(200).allow(null),
    mobile: words(10).example('9876543210'),
    parameters: Joi.array().items(named).max(20),
  }),
  bill: part<NonNullable<Receipt['bill']>>({
    bill_number: words(200).allow(null),
    bill_date: words(40).allow(null),
    due_date: words(40).allow(null),
    period: words(100).allow(null),
  }).allow(null),
  amount: paise(),
  convenience_fee: paise(),
  fee: paise(),
  tax: paise(),
  total: paise(),
  currency: currency(),
  payment_mode: is(...PAYMENT_MODES),
  remitter: part<Receipt['remitter']>({ name: words(200).allow(null) }),
  channel: is('AGT'),
  agent: part<Receipt['agent']>({ id: words(40), terminal: words(50) }),
  paid_at: instant(),
});

export const complaint = answer<ComplaintView>('Complaint', 'A complaint about a payment', {
  id: id('complaint'),
  object: is('complaint'),
  payment: id('transaction'),
  disposition: is(...DISPOSITIONS),
  npci_code: words(40),
  type: is('dispute', 'complaint'),
  state: is('open', 'closed'),
  status: words(100),
  dispute_id: words(100).allow(null),
  assigned_to: words(200).allow(null),
  due_on: day(),
  description: words(255),
  remarks: words(2_000).allow(null),
  created_at: instant(),
  updated_at: instant(),
  closed_at: instant().allow(null),
  links: part<ComplaintView['links']>({
    self: path('/v1/bbps/payments/txn_01jxvqexvqexvt0xvqexvqexvq/complaints/cmp_01jxvqexvqexvt0xvqexvqexvq'),
  }),
});
export const complaintList = list(complaint, 'ComplaintList', 1_000);
