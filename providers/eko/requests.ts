import type { BillInstruction, CustomerParameter } from '../../domain/bbps/port';
import type { InstructionBase, PreparedRequest } from '../../domain/provider/calls';
import type { DmtInstruction } from '../../domain/dmt/port';
import type { RechargeInstruction } from '../../domain/recharge/port';
import { rupeesFromPaise } from '../../platform/decimal';
import { MAX_AMOUNT_PAISE, type Paise } from '../../platform/money';
import { plainName } from '../names';
import { hashOf, preparedRequest, refuseUnless } from '../requests';
import { codeOfOperator, MOBILE_PREPAID } from './operators';
import { PARAMETER } from './schemas';

/**
 * Ours → theirs: the exact bodies. Pure. What Eko's contract cannot express is a DomainError
 * PROVIDER_REJECTED, and nothing is sent.
 */

export const MOBILE = /^[6-9]\d{9}$/;
export const OTP = /^\d{4,8}$/;
export const OPAQUE = /^[\x21-\x7e]{1,300}$/;
export const USER_CODE = /^[A-Za-z0-9]{1,20}$/;
export const TID = /^\d{1,20}$/;
const REFERENCE = /^[0-9A-Za-z]{1,20}$/;
const NUMBER = /^(?:0|[1-9]\d{0,17})$/;
const IP = /^[0-9A-Fa-f:.]{2,45}$/;
const VALUE = /^[^\p{Cc}]{1,200}$/u;

/** Identifies us as the caller, from the settings. */
export interface Caller {
  initiatorId: string;
}

/**
 * A JSON number in its own digits: an amount in rupees is written from its paise, without a float in between.
 */
class Digits {
  constructor(readonly text: string) {}
}
export type Field = string | Digits | undefined;

/** `150050n` → the number 1500.50, `200000n` → 2000. */
export function amountOf(paise: Paise): Digits {
  return new Digits(rupeesFromPaise(paise).replace(/\.00$/, ''));
}

/** Digits that Eko wants as a number. A leading zero would be lost: then the text is sent (README). */
export function numberOf(digits: string): Digits | string {
  return NUMBER.test(digits) ? new Digits(digits) : digits;
}

/**
 * A body; fields that are undefined are left out. The order is that of the list: a repeat is byte-identical.
 */
export function bodyOf(fields: readonly (readonly [string, Field])[]): string {
  const parts = fields.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`${JSON.stringify(name)}:${value instanceof Digits ? value.text : JSON.stringify(value)}`],
  );
  return `{${parts.join(',')}}`;
}

/**
 * `POST /customer/payment/dmt-fino`. The hash is over the body with the one-time password blanked, so that
 * the stored hash of an attempt does not help to guess it.
 */
export function transferRequest(instruction: DmtInstruction, { initiatorId }: Caller): PreparedRequest {
  refuseUnlessBase(instruction);
  refuseUnless(NUMBER.test(instruction.recipientRef), 'the recipient');
  refuseUnless(MOBILE.test(instruction.senderMobile), 'the mobile number of the sender');
  refuseUnless(OTP.test(instruction.otp), 'the one-time password');
  refuseUnless(OPAQUE.test(instruction.otpRef), 'the reference of the one-time password');
  const body = (otp: string): string =>
    bodyOf([
      ['initiator_id', initiatorId],
      ['recipient_id', numberOf(instruction.recipientRef)],
      ['amount', amountOf(instruction.amountPaise)],
      ['customer_id', instruction.senderMobile],
      ['otp', otp],
      ['otp_ref_id', instruction.otpRef],
      ['client_ref_id', instruction.ourReference],
    ]);
  return { body: body(instruction.otp), bodyHash: hashOf(body('')) };
}

/** `POST /customer/payment/bbps` for a bill. */
export function billRequest(instruction: BillInstruction, { initiatorId }: Caller): PreparedRequest {
  refuseUnlessBase(instruction);
  // There is no field for it, and an amount that is not the bill's is refused.
  refuseUnless(instruction.convenienceFeePaise === 0n, 'a convenience fee');
  const { biller, customer, remitter, counter, bill } = instruction;
  // Of a payment that was accepted before the payer was asked for, the same as was said then.
  const payer = remitter === null ? customer : { ...customer, name: remitter.name };
  const body = bodyOf([
    ['initiator_id', initiatorId],
    ...billerFields(biller, payer, counter.ip, (category) => numberOf(category)),
    ['amount', amountOf(instruction.amountPaise)],
    ['utilitycustomername', bill?.customerName ?? undefined],
    ['client_ref_id', instruction.ourReference],
  ]);
  return preparedRequest(body);
}

/** The query of `GET /customer/payment/bbps/bill`. */
export function billQuery(
  request: {
    ourReference: string;
    biller: BillInstruction['biller'];
    customer: BillInstruction['customer'];
    counter: { ip: string };
  },
  { initiatorId }: Caller,
): Record<string, string> {
  refuseUnless(REFERENCE.test(request.ourReference), 'the reference');
  const fields = billerFields(request.biller, request.customer, request.counter.ip, (category) => category);
  return Object.fromEntries([
    ['initiator_id', initiatorId],
    ...fields,
    ['client_ref_id', request.ourReference],
  ]) as Record<string, string>;
}

/** The same endpoint for a recharge: the operator is the biller, the mobile number its customer. */
export function rechargeRequest(
  instruction: RechargeInstruction,
  { initiatorId }: Caller,
  sourceIp: string,
): PreparedRequest {
  refuseUnlessBase(instruction);
  refuseUnless(MOBILE.test(instruction.mobile), 'the mobile number');
  const operator = codeOfOperator(instruction.operator);
  refuseUnless(operator !== undefined, 'the operator');
  refuseUnless(operator.asks === undefined, `the operator (it asks for the ${operator.asks ?? ''})`);
  const customer = {
    mobile: instruction.mobile,
    name: null,
    parameters: [{ name: 'utility_acc_no', value: instruction.mobile }],
  };
  const body = bodyOf([
    ['initiator_id', initiatorId],
    ...billerFields({ id: operator.code, category: MOBILE_PREPAID }, customer, sourceIp, (category) =>
      numberOf(category),
    ),
    ['amount', amountOf(instruction.amountPaise)],
    ['client_ref_id', instruction.ourReference],
  ]);
  return preparedRequest(body);
}

const RESERVED = new Set([
  'initiator_id',
  'user_code',
  'phone_operator_code',
  'operator_id',
  'confirmation_mobile_no',
  'sender_name',
  'category',
  'amount',
  'utilitycustomername',
  'client_ref_id',
  'source_ip',
  'latlong',
  'otp',
]);

/**
 * The fields that fetch and payment share. The biller's own parameters are fields beside the others; a
 * parameter that would replace another field is refused.
 */
function billerFields(
  biller: BillInstruction['biller'],
  customer: BillInstruction['customer'],
  ip: string,
  category: (text: string) => Field,
): [string, Field][] {
  refuseUnless(/^\d{1,9}$/.test(biller.id), 'the biller');
  refuseUnless(/^\d{1,6}$/.test(biller.category), 'the category of the biller');
  refuseUnless(MOBILE.test(customer.mobile), 'the mobile number of the customer');
  refuseUnless(IP.test(ip), 'the address of the counter');
  const account = customer.parameters.find((p) => p.name === 'utility_acc_no');
  refuseUnless(account !== undefined, 'a customer without utility_acc_no');
  return [
    ['phone_operator_code', biller.id],
    ...parameterFields(customer.parameters),
    ['confirmation_mobile_no', customer.mobile],
    ['sender_name', plainName(customer.name ?? '') || NAMELESS],
    ['category', category(biller.category)],
    ['source_ip', ip],
  ];
}

/**
 * `sender_name` is required, also where nobody is named: in a recharge, and in a fetch of a customer who gave no
 * name. We invent no names: this word plainly is not one.
 */
const NAMELESS = 'Customer';

function parameterFields(parameters: readonly CustomerParameter[]): [string, string][] {
  const names = new Set<string>();
  return parameters.map(({ name, value }) => {
    refuseUnless(
      PARAMETER.test(name) && !RESERVED.has(name.toLowerCase()) && !names.has(name),
      'the name of a parameter',
    );
    refuseUnless(VALUE.test(value), 'the value of a parameter');
    names.add(name);
    return [name, value];
  });
}

/**
 * Whether these are the bytes that the instruction makes. Other bytes would do something else under the
 * reference of the attempt, so they are not sent.
 */
export function isRequestOf<I>(
  instruction: I,
  prepared: PreparedRequest,
  prepare: (instruction: I) => PreparedRequest,
): boolean {
  try {
    const own = prepare(instruction);
    return own.body === prepared.body && own.bodyHash.equals(prepared.bodyHash);
  } catch {
    return false;
  }
}

function refuseUnlessBase({ ourReference, amountPaise, currency }: InstructionBase): void {
  refuseUnless(REFERENCE.test(ourReference), 'the reference');
  refuseUnless(amountPaise > 0n && amountPaise <= MAX_AMOUNT_PAISE, 'the amount');
  refuseUnless(currency === 'INR', 'the currency');
}
