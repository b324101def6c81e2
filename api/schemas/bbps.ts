import Joi from 'joi';
import { DISPOSITIONS, type Disposition } from '../../domain/bbps/port';
import { PAYMENT_MODES, type PaymentMode } from '../../domain/bbps/remitter';
import {
  accountNumber,
  amount,
  currency,
  geocode,
  ifsc,
  mobile,
  NAME,
  NAME_RULE,
  page,
  pincode,
  reference,
  text,
  vpa,
} from './fields';

/**
 * The bodies of bill payment. Rules of fields: what NPCI and the providers take of a counter; what the biller
 * asks of a customer is checked against the biller.
 */
export interface CustomerBody {
  mobile: string;
  name?: string;
  parameters: { name: string; value: string }[];
}
export interface CounterBody {
  agent_id: string;
  terminal_id: string;
  mobile: string;
  geocode: string;
  pincode: string;
  ip: string;
}
export interface RemitterBody {
  name?: string;
  vpa?: string;
  account_number?: string;
  ifsc?: string;
}
export interface FetchBody {
  biller: string;
  customer: CustomerBody;
  counter: CounterBody;
}
export interface PaymentBody {
  fetch?: string;
  biller?: string;
  customer?: CustomerBody;
  counter?: CounterBody;
  amount: number;
  currency: 'INR';
  reference: string;
  payment_mode: PaymentMode;
  remitter?: RemitterBody;
  bill_number?: string;
  force?: boolean;
}
export interface ComplaintBody {
  disposition: Disposition;
  description: string;
}

/** Printable ASCII without a space at either end: what consumer numbers are made of. */
const PARAMETER = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const IN_ASCII = 'Latin letters, digits, punctuation and spaces, with no space at either end';
const BILLER_ID = /^[A-Za-z0-9]{1,40}$/;
const IP_V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
/** Letters, digits, punctuation and spaces of any script. */
const DESCRIPTION = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]+$/u;

/** What the biller asks of a customer. */
export const parameters = Joi.array()
  .items(
    Joi.object({
      name: Joi.string().max(100).pattern(PARAMETER, IN_ASCII).example('Consumer Number').required(),
      value: Joi.string().max(200).pattern(PARAMETER, IN_ASCII).example('100100000000').required(),
    }),
  )
  .max(20);
export const fetch = Joi.string()
  .max(40)
  .pattern(/^bft_[0-9a-z]{26}$/, 'the id of a fetch, as bft_ and 26 letters or digits')
  .example('bft_01jxvqexvqexvt0xvqexvqexvq');
export const biller = Joi.string()
  .max(40)
  .pattern(BILLER_ID, 'the id of a biller: Latin letters and digits')
  .example('MGVCL0000GUJ01');
export const billNumber = Joi.string().max(100).pattern(PARAMETER, IN_ASCII).example('2026-11-7');

const customer = Joi.object<CustomerBody>({
  mobile,
  name: text([1, 100], NAME, NAME_RULE).example('Test Customer'),
  parameters: parameters.required(),
});

const counter = Joi.object<CounterBody>({
  agent_id: Joi.string()
    .max(40)
    .pattern(/^[A-Za-z0-9]{4,40}$/, '4 to 40 Latin letters or digits')
    .example('AX01AI06512391457204')
    .required(),
  terminal_id: text(50, /^[A-Za-z0-9_-]{1,50}$/, 'Latin letters, digits, _ and - only')
    .example('terminal-7')
    .required(),
  mobile,
  geocode,
  pincode,
  ip: Joi.string().max(15).pattern(IP_V4, 'an IPv4 address, as 10.0.0.7').example('10.0.0.7').required(),
});

/** Who pays, as NPCI is told: names and accounts of 50 characters at most. What the mode asks for is a rule of it. */
const remitter = Joi.object<RemitterBody>({
  name: text([1, 50], NAME, NAME_RULE).example('Test Customer'),
  vpa: vpa(50),
  account_number: accountNumber,
  ifsc,
}).and('account_number', 'ifsc');

/** POST /v1/bbps/fetches. */
export const fetchBody = Joi.object<FetchBody>({
  biller: biller.required(),
  customer: customer.required(),
  counter: counter.required(),
}).required();

/** POST /v1/bbps/payments: a bill that was fetched, or biller, customer and counter where there is none. */
export const paymentBody = Joi.object<PaymentBody>({
  fetch,
  biller,
  customer,
  counter,
  amount,
  currency,
  reference: reference.required(),
  payment_mode: Joi.string()
    .valid(...PAYMENT_MODES)
    .required(),
  remitter,
  bill_number: billNumber,
  force: Joi.boolean(),
})
  .xor('fetch', 'biller')
  .and('biller', 'customer', 'counter')
  .required();

/** POST /v1/bbps/payments/{id}/complaints. */
export const complaintBody = Joi.object<ComplaintBody>({
  disposition: Joi.string()
    .valid(...DISPOSITIONS)
    .required(),
  description: text([5, 255], DESCRIPTION, 'letters, digits, punctuation and spaces on one line')
    .example('The bill still shows as unpaid')
    .required(),
}).required();

/** GET /v1/bbps/billers. */
export const billersQuery = Joi.object<{ category: string; limit: number; cursor?: string }>({
  category: Joi.string()
    .max(80)
    .pattern(/^[A-Za-z0-9][A-Za-z0-9 ()&.,'/+_-]*$/, 'the id of a category of GET /v1/bbps/categories')
    .example('Electricity')
    .required(),
  ...page,
});

/** For examples. */
export const CUSTOMER_EXAMPLE: CustomerBody = {
  mobile: '9876543210',
  parameters: [{ name: 'Consumer Number', value: '123456789012' }],
};
export const COUNTER_EXAMPLE: CounterBody = {
  agent_id: 'AG01',
  terminal_id: 'till-7',
  mobile: '9000000001',
  geocode: '28.613900,77.209000',
  pincode: '110001',
  ip: '10.0.0.7',
};
