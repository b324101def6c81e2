import Joi from 'joi';
import { PAYMENT_MODES, type PaymentMode } from '../../domain/bbps/payment';
import { DISPOSITIONS, type Disposition } from '../../domain/bbps/port';
import { REFERENCE } from './payouts';

/** The bodies of bill payment. Rules of fields: what NPCI and the providers take of a counter; what the biller asks of a customer is checked against the biller. */
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
  bill_number?: string;
}
export interface ComplaintBody {
  disposition: Disposition;
  description: string;
}

/** `+91` and a leading 0 are for the caller to take away: one number has one form. */
export const MOBILE = /^[6-9]\d{9}$/;
export const CUSTOMER_NAME = /^[A-Za-z][A-Za-z0-9 .'&()_/-]{0,99}$/;
/** Printable ASCII without a space at either end: what consumer numbers are made of. */
export const PARAMETER = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
export const BILLER_ID = /^[A-Za-z0-9]{1,40}$/;
export const PINCODE = /^[1-9]\d{5}$/;
/** `lat,long` with four decimals or more, which is some ten metres. */
export const GEOCODE = /^(-?\d{1,2}\.\d{4,10}),(-?\d{1,3}\.\d{4,10})$/;
export const IP_V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
/** Letters, digits, punctuation and spaces of any script. */
export const DESCRIPTION = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]+$/u;
const INDIA = { lat: [6, 37.5], long: [68, 97.5] } as const;

const geocode = Joi.string()
  .max(27)
  .pattern(GEOCODE)
  .custom((text: string, helpers) => {
    const [lat, long] = text.split(',').map(Number) as [number, number];
    return lat >= INDIA.lat[0] && lat <= INDIA.lat[1] && long >= INDIA.long[0] && long <= INDIA.long[1]
      ? text
      : helpers.error('any.invalid');
  });

const customer = Joi.object<CustomerBody>({
  mobile: Joi.string().max(10).pattern(MOBILE).required(),
  name: Joi.string().max(100).pattern(CUSTOMER_NAME),
  parameters: Joi.array()
    .items(
      Joi.object({
        name: Joi.string().max(100).pattern(PARAMETER).required(),
        value: Joi.string().max(200).pattern(PARAMETER).required(),
      }),
    )
    .max(20)
    .required(),
});

const counter = Joi.object<CounterBody>({
  agent_id: Joi.string()
    .max(40)
    .pattern(/^[A-Za-z0-9]{4,40}$/)
    .required(),
  terminal_id: Joi.string()
    .max(50)
    .pattern(/^[A-Za-z0-9_-]{1,50}$/)
    .required(),
  mobile: Joi.string().max(10).pattern(MOBILE).required(),
  geocode: geocode.required(),
  pincode: Joi.string().max(6).pattern(PINCODE).required(),
  ip: Joi.string().max(15).pattern(IP_V4).required(),
});

/** POST /v1/bbps/fetches. */
export const fetchBody = Joi.object<FetchBody>({
  biller: Joi.string().max(40).pattern(BILLER_ID).required(),
  customer: customer.required(),
  counter: counter.required(),
}).required();

/** POST /v1/bbps/payments: a bill that was fetched, or biller, customer and counter where there is none. */
export const paymentBody = Joi.object<PaymentBody>({
  fetch: Joi.string()
    .max(40)
    .pattern(/^bft_[0-9a-z]{26}$/),
  biller: Joi.string().max(40).pattern(BILLER_ID),
  customer,
  counter,
  amount: Joi.number().integer().min(1).max(1_000_000_000_000).required(),
  currency: Joi.string().valid('INR').required(),
  reference: Joi.string().max(40).pattern(REFERENCE).required(),
  payment_mode: Joi.string()
    .valid(...PAYMENT_MODES)
    .required(),
  bill_number: Joi.string().max(100).pattern(PARAMETER),
})
  .xor('fetch', 'biller')
  .and('biller', 'customer', 'counter')
  .required();

/** POST /v1/bbps/payments/{id}/complaints. */
export const complaintBody = Joi.object<ComplaintBody>({
  disposition: Joi.string()
    .valid(...DISPOSITIONS)
    .required(),
  description: Joi.string().min(5).max(255).pattern(DESCRIPTION).required(),
}).required();

/** GET /v1/bbps/billers. */
export const billersQuery = Joi.object<{ category: string; limit: number; cursor?: string }>({
  category: Joi.string()
    .max(80)
    .pattern(/^[A-Za-z0-9][A-Za-z0-9 ()&.,'/+_-]*$/)
    .required(),
  limit: Joi.string()
    .pattern(/^(?:[1-9]\d?|100)$/)
    .custom(Number)
    .default(20),
  cursor: Joi.string()
    .max(400)
    .pattern(/^[A-Za-z0-9_-]+$/),
});
