/** The query parameters of RazorpayX's lists. */
import { PAYOUT_STATUSES, type PayoutStatus } from './entries';
import { invalidField, missingField, unexpectedFields } from './errors';
import type { PayoutMode } from './fees';
import { isMode } from './requests';

export type Query = NodeJS.Dict<string | string[]>;

/** A page of a list, newest first. Times are unix seconds, inclusive; `count` is 100 at most. */
export interface PageQuery {
  accountNumber: string;
  from: number;
  to: number;
  count: number;
  skip: number;
}
export interface PayoutsQuery extends PageQuery {
  referenceId: string | null;
  status: PayoutStatus | null;
  mode: PayoutMode | null;
}

const PAGE = ['account_number', 'from', 'to', 'count', 'skip'];
const TRANSACTION_PARAMETERS = new Set(PAGE);
const PAYOUT_PARAMETERS = new Set([...PAGE, 'reference_id', 'status', 'mode']);
const BALANCE_PARAMETERS = new Set(['account_type', 'bank_code', 'count', 'skip']);
export const LATEST = 4_294_967_295; // the largest 32-bit number

export function readTransactionsQuery(query: Query): PageQuery {
  return readPage(readKnown(query, TRANSACTION_PARAMETERS));
}

export function readPayoutsQuery(query: Query): PayoutsQuery {
  const known = readKnown(query, PAYOUT_PARAMETERS);
  const { reference_id: referenceId = null, status = null, mode = null } = known;
  if (referenceId !== null && referenceId.length > 40)
    throw invalidField('reference_id', 'The reference id may not be greater than 40 characters.');
  if (status !== null && !isStatus(status)) throw invalidField('status', 'The selected status is invalid.');
  if (mode !== null && !isMode(mode)) throw invalidField('mode', 'The selected mode is invalid.');
  return { ...readPage(known), referenceId, status, mode };
}

/** The filters of the balances, none of which is required. */
export interface BalancesQuery {
  accountType: string | null;
  bankCode: string | null;
  count: number;
  skip: number;
}

export function readBalancesQuery(query: Query): BalancesQuery {
  const known = readKnown(query, BALANCE_PARAMETERS);
  if (/^\d{1,10}$/.test(known.count ?? '') && Number(known.count) > 100)
    throw invalidField('count', 'The count may not be greater than 100');
  return {
    accountType: known.account_type ?? null,
    bankCode: known.bank_code ?? null,
    count: readInteger(known, 'count', { min: 1, max: 100, fallback: 10 }),
    skip: readInteger(known, 'skip', { min: 0, max: LATEST, fallback: 0 }),
  };
}

function readPage(known: Record<string, string>): PageQuery {
  const accountNumber = known.account_number;
  if (accountNumber === undefined || accountNumber === '') throw missingField('account_number');
  return {
    accountNumber,
    from: readInteger(known, 'from', { min: 0, max: LATEST, fallback: 0 }),
    to: readInteger(known, 'to', { min: 0, max: LATEST, fallback: LATEST }),
    count: readInteger(known, 'count', { min: 1, max: 100, fallback: 10 }),
    skip: readInteger(known, 'skip', { min: 0, max: LATEST, fallback: 0 }),
  };
}

export function readKnown(query: Query, known: ReadonlySet<string>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(query)) {
    if (!known.has(name)) throw unexpectedFields([name.slice(0, 60)]);
    if (typeof value !== 'string')
      throw invalidField(name, `The ${name.replaceAll('_', ' ')} must be a string.`);
    out[name] = value;
  }
  return out;
}

export function readInteger(
  known: Record<string, string>,
  name: string,
  { min, max, fallback }: { min: number; max: number; fallback: number },
): number {
  const text = known[name];
  if (text === undefined) return fallback;
  if (!/^\d{1,10}$/.test(text)) throw invalidField(name, `The ${name} must be an integer.`);
  const value = Number(text);
  if (value < min || value > max) throw invalidField(name, `The ${name} must be between ${min} and ${max}.`);
  return value;
}

const isStatus = (text: string): text is PayoutStatus =>
  (PAYOUT_STATUSES as readonly string[]).includes(text);
