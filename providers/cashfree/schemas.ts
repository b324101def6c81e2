import { paiseFromRupeeNumber } from '../../platform/decimal';
import type { Paise } from '../../platform/money';
import { absentAs, isFields, no, yes, type Fields, type Reading } from '../reading';

/**
 * Cashfree's answers, read as if they were hostile: each field that we use is checked for type, form and range,
 * everything else is left alone. Amounts are rupees in JSON numbers, and become paise by their text.
 */
export interface Transfer {
  transferId: string;
  cfTransferId: string | undefined;
  status: string;
  /** What the status means closer; undefined when it is missing or no word. */
  statusCode: string | undefined;
  amountPaise: Paise;
  /** The charge without its tax, and the tax; both, or neither while they have not been taken. */
  chargePaise: Paise | undefined;
  taxPaise: Paise | undefined;
  utr: string | undefined;
  beneficiaryId: string | undefined;
}

export interface Beneficiary {
  id: string;
  status: string;
  accountNumber: string | undefined;
  ifsc: string | undefined;
  vpa: string | undefined;
}

/** `message` is looked at and kept nowhere: it quotes what was sent. */
export interface ErrorBody {
  type: string;
  code: string;
  message: string | undefined;
}

export interface WebhookBody {
  type: string;
  data: Fields;
}

const isAbsent = absentAs();
const TRANSFER_ID = /^[A-Za-z0-9_-]{1,40}$/;
const CF_ID = /^[A-Za-z0-9_-]{1,40}$/;
const BENEFICIARY_ID = /^[A-Za-z0-9_.|-]{1,50}$/;
const STATUS = /^[A-Za-z][A-Za-z0-9_]{0,39}$/;
const CODE = /^[A-Za-z][A-Za-z0-9_]{0,59}$/;
const ERROR_CODE = /^[A-Za-z][A-Za-z0-9_.[\]]{0,119}$/;
const UTR = /^(?=.*\d|.{10})[A-Za-z0-9/-]{6,40}$/; // not the words "null" and "pending"

export function isBeneficiaryId(value: unknown): value is string {
  return typeof value === 'string' && BENEFICIARY_ID.test(value);
}

export function isCfTransferId(value: unknown): value is string {
  return typeof value === 'string' && CF_ID.test(value);
}

export function readTransfer(value: unknown): Reading<Transfer> {
  if (!isFields(value)) return no('body');
  if (typeof value.transfer_id !== 'string' || !TRANSFER_ID.test(value.transfer_id)) return no('transfer_id');
  const cfTransferId = idText(value.cf_transfer_id);
  if (!isAbsent(value.cf_transfer_id) && !isCfTransferId(cfTransferId)) return no('cf_transfer_id');
  if (typeof value.status !== 'string' || !STATUS.test(value.status)) return no('status');
  const amountPaise = rupees(value.transfer_amount);
  if (amountPaise === undefined || amountPaise < 1n) return no('transfer_amount');
  const [chargePaise, taxPaise] = [rupees(value.transfer_service_charge), rupees(value.transfer_service_tax)];
  if (!isAbsent(value.transfer_service_charge) && chargePaise === undefined)
    return no('transfer_service_charge');
  if (!isAbsent(value.transfer_service_tax) && taxPaise === undefined) return no('transfer_service_tax');
  if ((chargePaise === undefined) !== (taxPaise === undefined)) return no('transfer_service_tax');
  const party = isFields(value.beneficiary_details) ? value.beneficiary_details : {};
  if (!isAbsent(party.beneficiary_id) && !isBeneficiaryId(party.beneficiary_id)) return no('beneficiary_id');
  return yes({
    transferId: value.transfer_id,
    cfTransferId,
    status: value.status,
    statusCode: word(value.status_code),
    amountPaise,
    chargePaise,
    taxPaise,
    // For people; an odd UTR must not hold up the money.
    utr:
      typeof value.transfer_utr === 'string' && UTR.test(value.transfer_utr) ? value.transfer_utr : undefined,
    beneficiaryId: isAbsent(party.beneficiary_id) ? undefined : (party.beneficiary_id as string),
  });
}

export function readBeneficiary(value: unknown): Reading<Beneficiary> {
  if (!isFields(value)) return no('body');
  if (!isBeneficiaryId(value.beneficiary_id)) return no('beneficiary_id');
  if (typeof value.beneficiary_status !== 'string' || !STATUS.test(value.beneficiary_status))
    return no('beneficiary_status');
  const instrument = value.beneficiary_instrument_details;
  const { bank_account_number, bank_ifsc, vpa }: Fields = isFields(instrument) ? instrument : {};
  return yes({
    id: value.beneficiary_id,
    status: value.beneficiary_status,
    accountNumber: text(bank_account_number),
    ifsc: text(bank_ifsc),
    vpa: text(vpa),
  });
}

/** The error body of a refused call, or undefined when the body is not one. */
export function readError(value: unknown): ErrorBody | undefined {
  if (!isFields(value)) return undefined;
  const { type, code, message } = value;
  if (typeof type !== 'string' || !/^[a-z][a-z_]{0,59}$/.test(type)) return undefined;
  if (typeof code !== 'string' || !ERROR_CODE.test(code)) return undefined;
  return { type, code, message: text(message) };
}

export function readWebhook(value: unknown): Reading<WebhookBody> {
  if (!isFields(value)) return no('body');
  if (typeof value.type !== 'string' || !/^[A-Z][A-Z0-9_]{0,79}$/.test(value.type)) return no('type');
  return isFields(value.data) ? yes({ type: value.type, data: value.data }) : no('data');
}

/** An id that comes as a text, or as a number in some samples. */
function idText(value: unknown): string | undefined {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return String(value);
  return text(value);
}

function rupees(value: unknown): Paise | undefined {
  if (typeof value !== 'number' || value < 0) return undefined;
  try {
    return paiseFromRupeeNumber(value);
  } catch {
    return undefined; // a fraction of a paisa, or more digits than a number keeps
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' && CODE.test(value) ? value : undefined;
}
