/**
 * Reads and checks the requests that BillPay accepts. Every function throws the error that BillPay would
 * answer; unknown fields are ignored.
 */
import { isIPv4 } from 'node:net';
import type { Param, PaymentFields } from '../entries';
import { createFieldReader, type Fields } from '../request-fields';
import { invalidAgent, invalidMode, validationError } from './errors';
import { MODES, readAccountInfo, readRemitter } from './instruments';

export const CHANNELS = [
  'INT',
  'INTB',
  'MOB',
  'BNKBRNCH',
  'BSC',
  'AGT',
  'KIOSK',
  'ATM',
  'MOBB',
  'POS',
  'MPOS',
] as const;
export type Channel = (typeof CHANNELS)[number];

/** The details that an agent must give, by channel. */
const REQUIRED: Readonly<Record<Channel, readonly AgentField[]>> = {
  INT: ['ip', 'mac'],
  INTB: ['ip', 'mac'],
  MOB: ['ip', 'imei', 'os', 'app'],
  MOBB: ['ip', 'imei', 'os', 'app'],
  AGT: ['terminalId', 'mobile', 'geocode', 'postalCode'],
  BSC: ['terminalId', 'mobile', 'geocode', 'postalCode'],
  BNKBRNCH: ['ifsc', 'mobile', 'geocode', 'postalCode'],
  ATM: ['terminalId'],
  KIOSK: ['terminalId'],
  POS: [],
  MPOS: [],
};

const AGENT_FIELDS = {
  ip: (text: string) => isIPv4(text),
  mac: (text: string) => /^([0-9A-Fa-f]{2}[-:]){5}[0-9A-Fa-f]{2}$/.test(text),
  imei: (text: string) => text !== '',
  os: (text: string) => text === 'iOS' || text === 'Android',
  app: (text: string) => text !== '',
  terminalId: (text: string) => text !== '',
  mobile: (text: string) => MOBILE.test(text),
  geocode: (text: string) => /^-?\d{1,2}(\.\d+)?,-?\d{1,3}(\.\d+)?$/.test(text),
  postalCode: (text: string) => /^[1-9][0-9]{5}$/.test(text),
  ifsc: (text: string) => /^[A-Z]{4}0[A-Z0-9]{6}$/.test(text),
} as const;
type AgentField = keyof typeof AGENT_FIELDS;

const MOBILE = /^\d{6,22}$/;
const DATE_TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const MAX_PARAMS = 20;
const read = createFieldReader(validationError);

export interface Agent {
  id: string;
  channel: Channel;
}
export interface Customer {
  mobile: string;
  customerId: string | null;
  params: Param[];
}
export interface FetchRequest {
  agent: Agent;
  billerId: string;
  customer: Customer;
}

export interface PaymentRequest {
  refId: string | undefined;
  agent: Agent | undefined;
  billerId: string | undefined;
  customer: Customer | undefined;
  bills: { billNumber: string; amount: number }[] | null;
  payment: PaymentFields;
}

export function readFetch(body: Fields): FetchRequest {
  readRemitter(body, false);
  if (body.mandate !== undefined && body.mandate !== null)
    throw validationError('mandate is not supported here');
  return {
    agent: readAgent(read.object(body, 'agent')),
    billerId: read.text(read.object(body, 'biller'), 'id', 1, 50),
    customer: readCustomer(read.object(body, 'customer')),
  };
}

export function readPayment(body: Fields): PaymentRequest {
  readRemitter(body, true);
  const agent = read.optionalObject(body, 'agent');
  const biller = read.optionalObject(body, 'biller');
  const customer = read.optionalObject(body, 'customer');
  if (body.paymentType !== undefined) throw validationError('paymentType is not supported here');
  return {
    payment: readPaymentDetails(read.object(body, 'paymentDetails')),
    refId: read.optionalText(body, 'refId', 1, 100),
    agent: agent && readAgent(agent),
    billerId: biller && read.text(biller, 'id', 1, 50),
    customer: customer && readCustomer(customer),
    bills:
      read.optionalList(body, 'bills', 50)?.map((bill) => ({
        billNumber: read.text(bill, 'billNumber', 1, 100),
        amount: read.whole(bill, 'amount', 1),
      })) ?? null,
  };
}

export const readRefId = (body: Fields): string => read.text(body, 'refId', 1, 100);

export function readComplaint(body: Fields): {
  transactionId: string;
  disputeType: string;
  description: string;
} {
  return {
    transactionId: read.text(body, 'transactionId', 1, 100),
    disputeType: read.text(body, 'disputeType', 1, 100),
    description: read.text(body, 'description', 1, 1_000),
  };
}

function readAgent(agent: Fields): Agent {
  const channel = read.text(agent, 'channel', 1, 20) as Channel;
  if (!CHANNELS.includes(channel)) throw invalidAgent('channel');
  for (const [field, isGood] of Object.entries(AGENT_FIELDS) as [AgentField, (text: string) => boolean][]) {
    const value = agent[field];
    const isMissing = value === undefined || value === null || value === '';
    if (isMissing && REQUIRED[channel].includes(field))
      throw invalidAgent(`${field} is required for the channel ${channel}`);
    if (!isMissing && (typeof value !== 'string' || !isGood(value))) throw invalidAgent(field);
  }
  return { id: read.text(agent, 'id', 1, 50), channel };
}

function readCustomer(customer: Fields): Customer {
  const mobile = read.text(customer, 'mobile', 6, 22);
  if (!MOBILE.test(mobile)) throw validationError('customer.mobile must be 6 to 22 digits');
  const params = read
    .list(customer, 'customerParams', MAX_PARAMS)
    .map((param) => ({ name: read.text(param, 'name', 1, 100), value: read.text(param, 'value', 0, 500) }));
  return { mobile, customerId: read.optionalText(customer, 'customerId', 1, 100) ?? null, params };
}

function readPaymentDetails(details: Fields): PaymentFields {
  const mode = read.text(details, 'mode', 1, 50);
  if (!(MODES as readonly string[]).includes(mode)) throw invalidMode();
  const timestamp = read.text(details, 'timestamp', 1, 50);
  if (!DATE_TIME.test(timestamp) || Number.isNaN(Date.parse(timestamp)))
    throw validationError('paymentDetails.timestamp must be a date-time with its offset');
  const fields: PaymentFields = {
    amount: read.whole(details, 'amount', 1),
    mode,
    paymentRefId: read.text(details, 'paymentRefId', 6, 35),
    timestamp,
  };
  const id = read.optionalText(details, 'Id', 1, 50);
  const accountInfo = readAccountInfo(details, mode);
  const fee = read.optionalWhole(details, 'custConvFee', 0);
  const ownFee = read.optionalWhole(details, 'COUcustConvFee', 0);
  const options = read
    .optionalList(details, 'selectedPaymentOptions', 10)
    ?.map((option) => ({ name: read.text(option, 'name', 1, 200), amount: read.whole(option, 'amount', 1) }));
  return {
    ...fields,
    Id: id,
    accountInfo,
    custConvFee: fee,
    COUcustConvFee: ownFee,
    selectedPaymentOptions: options?.length === 0 ? undefined : options,
  };
}
