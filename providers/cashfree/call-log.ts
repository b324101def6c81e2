import { isWord, maskedBody, maskJson } from '../mask';

/**
 * The fields of a call or a webhook that may be read in the API log: ids, references, amounts, modes, times
 * and status words. A name that is not here is hidden: names and contacts of people, addresses of payment,
 * remarks, and every sentence of Cashfree's (`message`, `status_description`), which may repeat any of them.
 */
const OPEN: ReadonlySet<string> = new Set([
  'type',
  'code',
  'event_time',
  'transfer_id',
  'cf_transfer_id',
  'batch_transfer_id',
  'cf_batch_transfer_id',
  'beneficiary_id',
  'beneficiary_status',
  'status',
  'status_code',
  'transfer_amount',
  'transfer_currency',
  'transfer_mode',
  'transfer_service_charge',
  'transfer_service_tax',
  'transfer_utr',
  'fundsource_id',
  'bank_ifsc',
  'ifsc',
  'added_on',
  'updated_on',
]);
/** Fields that keep their last four characters when they have eight or more. */
const LAST_FOUR: ReadonlySet<string> = new Set(['bank_account_number']);

/** Masks a JSON value. A value under an open name that is not a single word is a sentence, and hidden too. */
export function masked(value: unknown): unknown {
  return maskJson(value, { open: OPEN, lastFour: LAST_FOUR, isReadable: isWord });
}

/** The same of raw bytes; what is no JSON is not kept. */
export const maskedBytes = (raw: Buffer): unknown => maskedBody(raw, masked);
