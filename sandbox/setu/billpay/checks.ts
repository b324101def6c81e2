/**
 * Checks a request against the biller and the fetch that it pays. Every function throws the error that
 * BillPay would answer.
 */
import { RE2JS } from 're2js';
import type { Param } from '../entries';
import type { Row } from '../tables';
import { billsFor, isPayable, type Bill } from './bills';
import { billerOf, plansOfBiller, type Biller } from './catalogue';
import {
  directPayNotAllowed,
  fetchInProgress,
  invalidAmount,
  invalidBiller,
  invalidBillerType,
  invalidChannel,
  invalidCustomerParam,
  invalidFee,
  invalidMode,
  invalidPaymentRequest,
  invalidRefId,
  validationError,
} from './errors';
import { convenienceFee } from './fees';
import { checkModeOfChannel } from './instruments';
import { limitOf } from './limits';
import type { PaymentRequest } from './requests';

/** Compiled with RE2, which takes linear time whatever the expression. */
const compiled = new Map<string, RE2JS>();

function matches(regex: string, value: string): boolean {
  let expression = compiled.get(regex);
  if (expression === undefined) compiled.set(regex, (expression = RE2JS.compile(regex)));
  return expression.matcher(value).find();
}

export function requireBiller(id: string): Biller {
  const biller = billerOf(id);
  if (biller === undefined || biller.status === 'DEACTIVATED') throw invalidBiller();
  return biller;
}

export function requireFetchable(id: string): Biller {
  const biller = requireBiller(id);
  if (biller.fetchApiType === 'BILL_DIRECT') throw invalidBillerType();
  return biller;
}

/** Each required parameter must be given once, in any order, and match its length, expression and choices. */
export function checkCustomer(biller: Biller, params: readonly Param[]): void {
  for (const param of params)
    if (!biller.params.some((p) => p.name === param.name)) throw invalidCustomerParam(param.name);
  for (const { name, optional, minLength, maxLength, regex, choices } of biller.params) {
    const given = params.filter((p) => p.name === name);
    if (given.length === 0 && optional === true) continue;
    const value = given[0]?.value;
    if (value === undefined || given.length > 1) throw invalidCustomerParam(name);
    if (value.length < minLength || value.length > maxLength || !matches(regex, value))
      throw invalidCustomerParam(name);
    if (choices !== undefined && !choices.includes(value)) throw invalidCustomerParam(name);
  }
}

/** The parameters in the biller's order, because the first one chooses the scenario. */
export const inOrder = (biller: Biller, params: readonly Param[]): Param[] =>
  biller.params.flatMap(({ name }) => params.filter((p) => p.name === name));

export function checkChannel(biller: Biller, channel: string): void {
  if (biller.without?.includes(channel) === true) throw invalidChannel();
}

export interface Payable {
  biller: Biller;
  mobile: string;
  customerId: string | null;
  params: Param[];
  channel: string;
  fetch: number | null;
}

/** The fetch must have succeeded, and whatever the request repeats from it must be the same. */
export function payableOfFetch(fetch: Row<'fetch'> | undefined, request: PaymentRequest): Payable {
  if (fetch === undefined) throw invalidRefId();
  if (fetch.status === 'Processing') throw fetchInProgress();
  if (fetch.status !== 'Success') throw invalidPaymentRequest();
  const { biller: billerId, mobile, customer_id: customerId, params, channel } = fetch.details;
  if (request.billerId !== undefined && request.billerId !== billerId)
    throw invalidPaymentRequest('The biller is not the one of the fetch.');
  const biller = requireBiller(billerId);
  if (
    request.customer !== undefined &&
    JSON.stringify(inOrder(biller, request.customer.params)) !== JSON.stringify(params)
  )
    throw invalidPaymentRequest('The customer is not the one of the fetch.');
  return { biller, mobile, customerId, params, channel: request.agent?.channel ?? channel, fetch: fetch.n };
}

/** A payment without a fetch, which must give all details itself. */
export function payableDirectly({ agent, billerId, customer }: PaymentRequest): Payable {
  if (agent === undefined || billerId === undefined || customer === undefined)
    throw validationError('without refId, the fields agent, biller and customer are required');
  const biller = requireBiller(billerId);
  if (biller.fetchApiType !== 'BILL_DIRECT') throw directPayNotAllowed();
  checkCustomer(biller, customer.params);
  return {
    biller,
    mobile: customer.mobile,
    customerId: customer.customerId,
    params: inOrder(biller, customer.params),
    channel: agent.channel,
    fetch: null,
  };
}

/** Checks mode, channel, limits, the amount against bill or plan, and the convenience fee. */
export function checkPayment(
  { biller, channel, params }: Payable,
  { payment, bills: chosen }: PaymentRequest,
  fetchedAtMs: number,
): void {
  const amountPaise = BigInt(payment.amount);
  checkChannel(biller, channel);
  checkModeOfChannel(payment.mode, channel);
  const limit = limitOf(biller, payment.mode);
  if (limit === undefined) throw invalidMode();
  if (amountPaise < limit.minPaise || amountPaise > limit.maxPaise) throw invalidAmount();
  checkPlan(biller, payment.Id, amountPaise);
  checkAmount(biller, billsFor(biller, params, fetchedAtMs), {
    amountPaise,
    chosen,
    option: payment.selectedPaymentOptions,
  });
  const { lowestPaise, highestPaise } = convenienceFee(biller, amountPaise);
  const feePaise = BigInt(payment.custConvFee ?? 0);
  if (feePaise !== lowestPaise && feePaise !== highestPaise) throw invalidFee();
}

function checkPlan(biller: Biller, planId: string | undefined, amountPaise: bigint): void {
  if (planId === undefined && biller.planRequirement !== 'MANDATORY') return;
  const plan = plansOfBiller(biller).find((p) => p.id === planId && p.status === 'ACTIVE');
  if (plan === undefined) throw invalidPaymentRequest('The plan does not exist.');
  if (plan.amountPaise !== amountPaise) throw invalidAmount();
}

interface Choice {
  amountPaise: bigint;
  chosen: PaymentRequest['bills'];
  option: { name: string; amount: number }[] | undefined;
}

function checkAmount(biller: Biller, bills: readonly Bill[], { amountPaise, chosen, option }: Choice): void {
  if (biller.responseType === 'LIST') return checkChosenBills(biller, bills, amountPaise, chosen ?? []);
  if (
    chosen !== null &&
    chosen.length > 0 &&
    !chosen.every((c) => bills.some((b) => b.number === c.billNumber))
  )
    throw invalidPaymentRequest('The bill is not one of the fetch.');
  const [bill] = bills;
  if (option !== undefined) return checkOption(bill, amountPaise, option);
  if (bill !== undefined && biller.responseType === 'SELECTIVE') {
    if (amountPaise !== bill.amountPaise) throw invalidAmount();
  } else if (bill !== undefined && !isPayable(biller.exactness, bill, amountPaise)) throw invalidAmount();
}

/** Exactly one option must be given, by its name and with the amount of the payment. */
function checkOption(
  bill: Bill | undefined,
  amountPaise: bigint,
  option: { name: string; amount: number }[],
): void {
  const found = bill?.options?.find(({ name }) => name === option[0]?.name);
  if (option.length !== 1 || found === undefined)
    throw invalidPaymentRequest('selectedPaymentOptions must hold one option of the fetched bill.');
  if (BigInt(option[0]!.amount) !== amountPaise) throw invalidAmount();
  const isGood =
    found.amountPaise === null
      ? isPayable('RANGE', { ...found, amountPaise: 0n }, amountPaise)
      : found.amountPaise === amountPaise;
  if (!isGood) throw invalidAmount();
}

function isCountRight({ selectionType }: Biller, chosenCount: number, billCount: number): boolean {
  if (selectionType === 'SINGLE') return chosenCount === 1;
  return selectionType === 'ALL' ? chosenCount === billCount : chosenCount > 0;
}

function checkChosenBills(
  biller: Biller,
  bills: readonly Bill[],
  amountPaise: bigint,
  chosen: readonly { billNumber: string; amount: number }[],
): void {
  if (
    !isCountRight(biller, chosen.length, bills.length) ||
    new Set(chosen.map((c) => c.billNumber)).size !== chosen.length
  )
    throw invalidPaymentRequest('The bills chosen do not suit the selection type of the biller.');
  for (const { billNumber, amount } of chosen) {
    const bill = bills.find((b) => b.number === billNumber);
    if (bill === undefined) throw invalidPaymentRequest('The bill is not one of the fetch.');
    if (bill.amountPaise !== BigInt(amount)) throw invalidAmount();
  }
  if (chosen.reduce((sum, { amount }) => sum + BigInt(amount), 0n) !== amountPaise) throw invalidAmount();
}
