/** Reads and checks the requests. Every function throws the error that Cashfree would answer. */
import type { ParsedUrlQuery } from 'node:querystring';
import { MODES, type Instrument, type Mode } from './entries';
import { badRequest } from './errors';

type Fields = Record<string, unknown>;

export interface TransferRequest {
  transferId: string;
  amountPaise: bigint;
  mode: Mode;
  beneficiaryId: string;
  fundsource: string;
}

const DETAILS = 'beneficiary_details';
const INSTRUMENT = `${DETAILS}.beneficiary_instrument_details`;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function readObject(raw: Buffer): Fields {
  try {
    const value: unknown = JSON.parse(raw.toString('utf8'));
    if (isFields(value)) return value;
  } catch {
    // the same as a body that is no object
  }
  throw badRequest('request_invalid', 'the body should be a JSON object');
}

export function readTransfer(body: Fields): TransferRequest {
  const {
    transfer_id: transferId,
    transfer_mode: mode = 'banktransfer',
    transfer_remarks: remarks = null,
  } = body;
  if (transferId === undefined)
    throw badRequest('transfer_id_missing', 'transfer_id is missing in the request');
  if (typeof transferId !== 'string' || !/^\w{1,40}$/.test(transferId))
    throw badRequest('transfer_id_invalid', 'transfer_id should be alphanumeric');
  const amountPaise = readAmount(body.transfer_amount);
  if (body.transfer_currency !== undefined && body.transfer_currency !== 'INR')
    throw badRequest('transfer_currency_invalid', 'transfer_currency is invalid');
  if (!(MODES as readonly unknown[]).includes(mode))
    throw badRequest('transfer_mode_invalid', 'transfer_mode is invalid');
  if (remarks !== null && (typeof remarks !== 'string' || !/^[A-Za-z0-9\s]{1,70}$/.test(remarks)))
    throw badRequest('transfer_remarks_invalid', 'transfer_remarks should be alphanumeric');
  const { fundsource_id: fundsource = 'CASHFREE_1', beneficiary_details: details } = body;
  if (typeof fundsource !== 'string') throw badRequest('fundsource_id_invalid', 'fundsource_id is invalid');
  const beneficiaryId = isFields(details) ? details.beneficiary_id : undefined;
  if (typeof beneficiaryId !== 'string' || !/^[A-Za-z0-9_.|-]{1,50}$/.test(beneficiaryId))
    throw badRequest(`${DETAILS}.beneficiary_id_invalid`, 'beneficiary_id should be alphanumeric');
  return { transferId, amountPaise, mode: mode as Mode, beneficiaryId, fundsource };
}

function readAmount(value: unknown): bigint {
  if (value === undefined || value === null)
    throw badRequest('transfer_amount_missing', 'transfer_amount is missing in the request');
  const [, whole, fraction = ''] =
    /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(typeof value === 'number' ? String(value) : '') ?? [];
  if (whole === undefined || BigInt(whole) < 1n)
    throw badRequest('transfer_amount_invalid', 'transfer_amount should be greater then 1.00');
  return BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
}

/** A transfer by UPI needs a VPA, every other an account. */
export function checkModeSuits(mode: Mode, instrument: Instrument): void {
  if (mode === 'upi' && !('vpa' in instrument))
    throw badRequest(`${INSTRUMENT}.vpa_invalid`, 'vpa is in invalid format');
  if (mode !== 'upi' && 'vpa' in instrument)
    throw badRequest(
      `${INSTRUMENT}.bank_account_number_invalid`,
      'bank_account_number should be alphanumeric',
    );
}

/** What the networks take: IMPS up to ₹5 lakh, UPI up to ₹1 lakh, RTGS from ₹2 lakh on. */
export function rejectionOf({
  mode,
  amountPaise,
}: Pick<TransferRequest, 'mode' | 'amountPaise'>): string | undefined {
  const isOutside =
    (mode === 'imps' && amountPaise > 50_000_000n) ||
    (mode === 'upi' && amountPaise > 10_000_000n) ||
    (mode === 'rtgs' && amountPaise < 20_000_000n);
  return isOutside ? 'INVALID_AMOUNT_FAIL' : undefined;
}

export interface BeneficiaryRequest {
  id: string;
  name: string;
  instrument: Instrument;
}

export function readBeneficiary(body: Fields): BeneficiaryRequest {
  const { beneficiary_id: id, beneficiary_name: name, beneficiary_instrument_details: details } = body;
  if (id === undefined)
    throw badRequest('beneficiary_id_missing', 'beneficiary_id is missing in the request');
  if (typeof id !== 'string' || !/^[A-Za-z0-9_|.-]+$/.test(id))
    throw badRequest(
      'beneficiary_id_invalid',
      'beneficiary_id : should contain only letters, numbers and signs',
    );
  if (id.length > 50)
    throw badRequest(
      'beneficiary_id_length_exceeded',
      'beneficiary_id : should not be more than 50 characters long',
    );
  if (typeof name !== 'string' || !/^[A-Za-z\s]{1,100}$/.test(name))
    throw badRequest(
      'beneficiary_name_invalid',
      'beneficiary_name is invalid. only alphabets and whitespaces are allowed',
    );
  return { id, name, instrument: readInstrument(isFields(details) ? details : {}) };
}

function readInstrument({ bank_account_number: account, bank_ifsc: ifsc, vpa }: Fields): Instrument {
  if (account === undefined && ifsc === undefined) {
    if (typeof vpa !== 'string' || !/^[A-Za-z0-9._-]{1,90}@[A-Za-z0-9.]{1,60}$/.test(vpa))
      throw badRequest('vpa_invalid', 'vpa is in invalid format');
    return { vpa };
  }
  if (account === undefined)
    throw badRequest('bank_account_number_missing', 'bank_account_number: should be provided with bank_ifsc');
  if (ifsc === undefined)
    throw badRequest('bank_ifsc_missing', 'bank_ifsc : should be provided with the account');
  if (typeof account !== 'string' || !/^[A-Za-z0-9]*$/.test(account))
    throw badRequest('bank_account_number_invalid', 'bank_account_number : should be alphanumeric');
  if (account.length < 4)
    throw badRequest('bank_account_number_length_short', 'bank_account_number : less than 4 characters');
  if (account.length > 25)
    throw badRequest('bank_account_number_length_exceeded', 'bank_account_number : more than 25 characters');
  if (typeof ifsc !== 'string' || !/^[A-Z]{4}0[A-Z0-9]{6}$/.test(ifsc))
    throw badRequest('bank_ifsc_invalid', 'bank_ifsc : please provide a valid IFSC');
  return { bank_account_number: account, bank_ifsc: ifsc };
}

/** How a beneficiary is asked for: by its id, or by account and IFSC. */
export function readBeneficiaryQuery({
  beneficiary_id: id,
  bank_account_number: account,
  bank_ifsc: ifsc,
}: ParsedUrlQuery): { id: string } | { account: string; ifsc: string } {
  if (typeof id === 'string' && (account !== undefined || ifsc !== undefined))
    throw badRequest(
      'too_many_parameters_in_request',
      'beneficiary_id alone, or bank_account_number and bank_ifsc',
    );
  if (typeof id === 'string') return { id };
  if (typeof account === 'string' && typeof ifsc === 'string') return { account, ifsc };
  throw badRequest(
    'beneficiary_identifiers_missing',
    'beneficiary_identifiers : either id, or account and IFSC',
  );
}
