import type { BillInstruction, Counter, Disposition } from '../../domain/bbps/port';
import type { PreparedRequest } from '../../domain/provider/calls';
import type { RechargeInstruction } from '../../domain/recharge/port';
import { paiseToJson } from '../../platform/money';
import { plainName } from '../names';
import { preparedRequest, refuseUnless } from '../requests';
import { readFetchRef } from './billers';
import { accountInfoOf, AGENT_MODES } from './instruments';
import { isRef } from './schemas';

/**
 * Ours → theirs: the exact bodies that we send. Pure; the order of the keys is part of the contract with
 * ourselves (a repeat is byte-identical). For values that the contract cannot express it
 * throws DomainError PROVIDER_REJECTED, so that nothing is sent.
 */

/**
 * BillPay takes 6 to 35 characters, the recharge service 6 to 30 letters and digits; ours are 20 of [0-9a-z].
 */
const REFERENCE = /^[A-Za-z0-9]{6,30}$/;
const BILLER_ID = /^[A-Za-z0-9]{4,30}$/;
const AGENT_ID = /^[A-Za-z0-9]{4,40}$/;
const MOBILE = /^[6-9]\d{9}$/;
const ANY_MOBILE = /^\d{6,22}$/;
const PINCODE = /^[1-9]\d{5}$/;
const GEOCODE = /^-?\d{1,2}\.\d{1,10},-?\d{1,3}\.\d{1,10}$/;
const PLAIN = /^[^\p{Cc}]{1,200}$/u;
const MAX_PARAMETERS = 20;
const MAX_NAME = 50;
/** The agent's wallet with us pays; the recharge service knows five modes, and cash is not among them. */
const RECHARGE_MODE = 'Wallet';

/** Operators and circles by their names with us. Setu spells them in the same way ("exact circle name"). */
export const OPERATORS: ReadonlySet<string> = new Set(['jio', 'airtel', 'vi', 'bsnl', 'mtnl']);
export const CIRCLES: ReadonlySet<string> = new Set([
  'Kolkata',
  'Mumbai',
  'Delhi',
  'Chennai',
  'Maharashtra',
  'Gujarat',
  'Andhra Pradesh',
  'Karnataka',
  'Tamil Nadu',
  'Kerala',
  'Punjab',
  'Haryana',
  'Uttar Pradesh (East)',
  'Uttar Pradesh (West)',
  'Madhya Pradesh',
  'Rajasthan',
  'West Bengal & AN Island',
  'Orissa',
  'Himachal Pradesh',
  'Bihar & Jharkhand',
  'Assam',
  'NorthEast',
  'J&K',
  'Uttaranchal',
  'All',
  'IND',
]);

type Customer = BillInstruction['customer'];

/** `POST bills/fetch/request`. */
export function fetchRequest({
  biller,
  customer,
  counter,
}: {
  biller: { id: string };
  customer: Customer;
  counter: Counter;
}): string {
  refuseUnless(BILLER_ID.test(biller.id), 'the biller');
  return JSON.stringify({
    agent: agentOf(counter),
    biller: { id: biller.id },
    customer: customerOf(customer),
  });
}

/**
 * `POST bills/payment/request`. With a fetch its refId says what is paid, and the customer is not sent again;
 * without one the request says everything. The amount is without the convenience fee, which stands beside it; a
 * fee of nothing is left out.
 */
export function paymentRequest(instruction: BillInstruction): PreparedRequest {
  const {
    ourReference,
    amountPaise,
    currency,
    biller,
    customer,
    counter,
    paymentMode,
    fetchRef,
    bill,
    convenienceFeePaise,
    ownFeePaise,
    acceptedAt,
  } = instruction;
  const fetch = fetchRef === null ? undefined : readFetchRef(fetchRef);
  refuseUnless(REFERENCE.test(ourReference), 'the reference');
  refuseUnless(amountPaise >= 1n, 'the amount');
  refuseUnless(convenienceFeePaise >= 0n && ownFeePaise >= 0n, 'the fee');
  refuseUnless(currency === 'INR', 'the currency');
  refuseUnless(BILLER_ID.test(biller.id), 'the biller');
  refuseUnless(fetch === undefined || isRef(fetch.refId), 'the reference of the fetch');
  refuseUnless(fetch?.isList !== true || PLAIN.test(bill?.billNumber ?? ''), 'the bill');
  const { name, accountInfo } = payerOf(instruction);
  return prepared({
    ...(fetch === undefined ? {} : { refId: fetch.refId }),
    agent: agentOf(counter),
    biller: { id: biller.id },
    ...(fetch === undefined ? { customer: customerOf(customer) } : {}),
    ...(name === '' ? {} : { remitter: { name } }),
    ...(fetch?.isList === true
      ? { bills: [{ amount: paiseToJson(amountPaise), billNumber: bill!.billNumber }] }
      : {}),
    paymentDetails: {
      amount: paiseToJson(amountPaise),
      ...(convenienceFeePaise === 0n ? {} : { custConvFee: paiseToJson(convenienceFeePaise) }),
      ...(ownFeePaise === 0n ? {} : { COUcustConvFee: paiseToJson(ownFeePaise) }),
      mode: paymentMode,
      paymentRefId: ourReference,
      timestamp: istTimestamp(acceptedAt),
      ...(accountInfo === undefined ? {} : { accountInfo }),
    },
  });
}

/**
 * Who pays and with what, which Setu's guide requires in all flows (the OpenAPI file does not). Of a payment that
 * was accepted before it was asked for, the same as was said then.
 */
function payerOf(instruction: BillInstruction): { name: string; accountInfo: string | undefined } {
  const { remitter, customer, paymentMode } = instruction;
  const name = plainName(remitter === null ? (customer.name ?? '') : remitter.name)
    .slice(0, MAX_NAME)
    .trim();
  const accountInfo = accountInfoOf(paymentMode, instruction);
  if (remitter === null) return { name, accountInfo };
  refuseUnless(AGENT_MODES.has(paymentMode), 'the payment mode');
  refuseUnless(name !== '', 'the name of the remitter');
  refuseUnless(accountInfo !== undefined, 'the account of the remitter');
  return { name, accountInfo };
}

/** `POST bills/complaint/request`; the dispositions have the same words as with us. */
export function complaintRequest(
  transactionId: string,
  disputeType: Disposition,
  description: string,
): string {
  refuseUnless(isRef(transactionId), 'the reference of the payment');
  const text = description
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, 255);
  refuseUnless(text !== '', 'the description');
  return JSON.stringify({ transactionId, disputeType, description: text });
}

/**
 * `POST recharge/request`. The contract has the mobile number twice: who recharges, and what is recharged. We
 * know the second.
 */
export function rechargeRequest(instruction: RechargeInstruction): PreparedRequest {
  const { ourReference, amountPaise, currency, acceptedAt } = instruction;
  refuseUnless(REFERENCE.test(ourReference), 'the reference');
  refuseUnless(amountPaise >= 1n, 'the amount');
  refuseUnless(currency === 'INR', 'the currency');
  return prepared({
    customer: rechargedNumber(instruction.mobile, instruction),
    paymentDetails: {
      amount: paiseToJson(amountPaise),
      mode: RECHARGE_MODE,
      paymentParams: [],
      paymentRefId: ourReference,
      timestamp: istTimestamp(acceptedAt),
    },
  });
}

/** `POST recharge/validate`. */
export function validationRequest({
  amountPaise,
  ...recharge
}: {
  mobile: string;
  operator: string;
  circle: string;
  amountPaise: bigint;
}): string {
  refuseUnless(amountPaise >= 1n, 'the amount');
  return JSON.stringify({
    customer: rechargedNumber(recharge.mobile, recharge),
    paymentDetails: { amount: paiseToJson(amountPaise) },
  });
}

/** `POST fetch-operator-details`, and with an operator `POST fetch-plans`. */
export function numberRequest(mobile: string, at?: { operator: string; circle: string }): string {
  return JSON.stringify({ customer: rechargedNumber(mobile, at) });
}

/** `2026-11-24T13:12:00+05:30`. */
export function istTimestamp(at: Date): string {
  return `${new Date(at.getTime() + 19_800_000).toISOString().slice(0, 19)}+05:30`;
}

function prepared(body: Record<string, unknown>): PreparedRequest {
  return preparedRequest(JSON.stringify(body));
}

function rechargedNumber(
  mobile: string,
  at?: { operator: string; circle: string },
): { mobile: string; billParameters: { name: string; value: string }[] } {
  refuseUnless(MOBILE.test(mobile), 'the mobile number');
  const billParameters = [{ name: 'Mobile Number', value: mobile }];
  if (at === undefined) return { mobile, billParameters };
  refuseUnless(OPERATORS.has(at.operator), 'the operator');
  refuseUnless(CIRCLES.has(at.circle), 'the circle');
  return {
    mobile,
    billParameters: [
      ...billParameters,
      { name: 'Operator', value: at.operator },
      { name: 'Location', value: at.circle },
    ],
  };
}

/**
 * An offline agent (`AGT`) says its terminal, its mobile, where it stands and its PIN code; all must be what
 * NPCI was told of it.
 */
function agentOf({ agentId, terminalId, mobile, geocode, pincode }: Counter): Record<string, string> {
  refuseUnless(AGENT_ID.test(agentId), 'the agent id of the counter');
  refuseUnless(/^[A-Za-z0-9_-]{1,50}$/.test(terminalId), 'the terminal of the counter');
  refuseUnless(ANY_MOBILE.test(mobile), 'the mobile number of the counter');
  refuseUnless(GEOCODE.test(geocode), 'the place of the counter');
  refuseUnless(PINCODE.test(pincode), 'the PIN code of the counter');
  return { id: agentId, channel: 'AGT', terminalId, mobile, geocode, postalCode: pincode };
}

function customerOf({ mobile, parameters }: Customer): {
  mobile: string;
  customerParams: { name: string; value: string }[];
} {
  refuseUnless(ANY_MOBILE.test(mobile), 'the mobile number of the customer');
  refuseUnless(
    parameters.length <= MAX_PARAMETERS &&
      parameters.every(({ name, value }) => PLAIN.test(name) && PLAIN.test(value)),
    'a parameter of the customer',
  );
  return { mobile, customerParams: parameters.map(({ name, value }) => ({ name, value })) };
}
