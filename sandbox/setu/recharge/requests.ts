/**
 * Reads and checks the requests that the recharge service accepts. Every function throws the error that it
 * would answer.
 */
import { createFieldReader, type Fields } from '../request-fields';
import { invalidInput, invalidParams, missingParams } from './errors';
import { isCircle, isOperator, type Operator } from './operators';

const MODES = ['Internet Banking', 'UPI', 'Debit Card', 'Credit Card', 'Wallet'];
const PARAMETERS = ['Mobile Number', 'Operator', 'Location'] as const;
const PAYMENT_REF = /^[A-Za-z0-9]{6,30}$/;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

export interface Target {
  mobile: string;
  operator: Operator;
  location: string;
}
export interface RechargeRequest extends Target {
  amount: number;
  mode: string;
  paymentRefId: string;
  refId: string | null;
}

/** Both fetch calls answer every bad request with 400 and ERR007. */
export function readMobileToFetch(body: Fields): string {
  const { 'Mobile Number': mobile } = readParameters(body, createFieldReader(invalidParams));
  return checkMobile(mobile, invalidParams);
}

export function readPlansTarget(body: Fields): Target {
  return checkTarget(readParameters(body, createFieldReader(invalidParams)), invalidParams);
}

/** A missing parameter is a 400 here, an invalid one a 422. */
export function readValidation(body: Fields): Target & { amount: number } {
  const read = createFieldReader(invalidInput);
  const parameters = readParameters(body, read);
  const missing = PARAMETERS.filter((name) => parameters[name] === undefined);
  if (missing.length > 0) throw missingParams(missing);
  return {
    ...checkTarget(parameters, invalidInput),
    amount: read.whole(read.object(body, 'paymentDetails'), 'amount', Number.MIN_SAFE_INTEGER),
  };
}

export function readRecharge(body: Fields): RechargeRequest {
  const read = createFieldReader(invalidInput);
  const parameters = readParameters(body, read);
  const details = read.object(body, 'paymentDetails');
  const mode = read.text(details, 'mode', 1, 50);
  if (!MODES.includes(mode))
    throw invalidInput(
      `Value error, allowed payment modes : [${MODES.map((m) => `'${m}'`).join(', ')}]: paymentDetails.mode`,
    );
  read.list(details, 'paymentParams', 20);
  if (!TIMESTAMP.test(read.text(details, 'timestamp', 1, 50)))
    throw invalidInput('Value error, Invalid input: paymentDetails.timestamp');
  checkMobile(read.text(read.object(body, 'customer'), 'mobile', 1, 50), invalidInput);
  return {
    ...checkTarget(parameters, invalidInput),
    amount: read.whole(details, 'amount', 1),
    mode,
    paymentRefId: readPaymentRef(details, 'paymentDetails.paymentRefId'),
    refId: read.optionalText(body, 'refId', 1, 100) ?? null,
  };
}

/** `field` is the name used in the error. */
export function readPaymentRef(from: Fields, field = 'paymentRefId'): string {
  const value = createFieldReader(invalidInput).text(from, 'paymentRefId', 1, 100);
  if (!PAYMENT_REF.test(value))
    throw invalidInput(`Value error, Invalid input: 'paymentRefId' should be alphanumeric: ${field}`);
  return value;
}

function readParameters(
  body: Fields,
  read: ReturnType<typeof createFieldReader>,
): Partial<Record<string, string>> {
  const list = read.list(read.object(body, 'customer'), 'billParameters', 10);
  return Object.fromEntries(
    list.map((parameter) => [read.text(parameter, 'name', 1, 50), read.text(parameter, 'value', 1, 100)]),
  );
}

function checkTarget(
  parameters: Partial<Record<string, string>>,
  refuse: (message: string) => Error,
): Target {
  const mobile = checkMobile(parameters['Mobile Number'], refuse);
  const { Operator: operator = '', Location: location = '' } = parameters;
  if (!isOperator(operator)) throw refuse(`Invalid operator name ${operator}`.trimEnd());
  if (!isCircle(location)) throw refuse(`Invalid location name ${location}`.trimEnd());
  return { mobile, operator, location };
}

function checkMobile(mobile: string | undefined, refuse: (message: string) => Error): string {
  if (mobile === undefined || !/^\d+$/.test(mobile)) throw refuse('Mobile number should be numeric');
  if (mobile.length !== 10) throw refuse('Mobile number should be 10 digit');
  return mobile;
}
