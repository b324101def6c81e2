import { isWord, maskedBody, maskJson } from '../mask';

/**
 * The fields of a call or a webhook that may be read in the API log: ids, references, amounts, modes, dates
 * and status words. A name that is not here is hidden: names of people, addresses of payment, notes,
 * narrations, and every sentence of Razorpay's (`description`), which may repeat any of them.
 */
const OPEN: ReadonlySet<string> = new Set([
  'id',
  'entity',
  'event',
  'account_id',
  'contains',
  'count',
  'contact_id',
  'fund_account_id',
  'payout_id',
  'batch_id',
  'reference_id',
  'type',
  'account_type',
  'active',
  'amount',
  'credit',
  'debit',
  'currency',
  'fees',
  'tax',
  'status',
  'reason',
  'source',
  'step',
  'code',
  'field',
  'mode',
  'purpose',
  'queue_if_low_balance',
  'utr',
  'ifsc',
  'fee_type',
  'validation_type',
  'account_status',
  'name_match_score',
  'created_at',
]);
/** Fields that keep their last four characters when they have eight or more. */
const LAST_FOUR: ReadonlySet<string> = new Set(['account_number', 'source_account_number']);

/**
 * Masks a JSON value. A value under an open name that is not a single word is a sentence, and hidden too.
 */
export function masked(value: unknown): unknown {
  return maskJson(value, { open: OPEN, lastFour: LAST_FOUR, isReadable: isWord });
}

/** The same of bytes or a text; what is no JSON is not kept. */
export function maskedText(text: string | Buffer | undefined): unknown {
  return text === undefined ? undefined : maskedBody(text, masked);
}

/** `/payouts/pout_…?…` is `/payouts/{id}`. */
export function routeOf(path: string): string {
  return path
    .replace(/\?.*$/s, '')
    .replaceAll(/\/(?:pout|cont|fa|fav|txn|batch)_[A-Za-z0-9]{6,40}(?=\/|$)/g, '/{id}');
}
