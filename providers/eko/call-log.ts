import { maskedBody, maskJson } from '../mask';
import { forPeople } from '../known-words';

/**
 * The fields of a call that keep their values in the API log: never an Aadhaar number (sealed or
 * masked), a PID block, a one-time password, a key, a name, a mobile number (`customer_id`, `initiator_id`)
 * or the balance of a customer. Account numbers keep their last four.
 */
const OPEN: ReadonlySet<string> = new Set([
  'status',
  'response_status_id',
  'response_type_id',
  'tx_status',
  'txstatus_desc',
  'old_tx_status',
  'tid',
  'refund_tid',
  'reference_tid',
  'client_ref_id',
  'bank_ref_num',
  'service_code',
  'service_status',
  'amount',
  'totalamount',
  'refunded_amount',
  'collectable_amount',
  'fee',
  'totalfee',
  'gst',
  'service_tax',
  'tds',
  'commission',
  'commission_reverse',
  'currency',
  'payment_mode',
  'channel_desc',
  'bank',
  'bank_code',
  'ifsc',
  'recipient_id',
  'is_verified',
  'user_code',
  'shop_type',
  'kyc_state',
  'next_allowed_limit',
  'total_monthly_limit',
  'timestamp',
  'transaction_date',
  'transaction_time',
  'billDueDate',
  'billdate',
  'phone_operator_code',
  'operator_id',
  'operator_name',
  'operator_category',
  'operator_category_id',
  'operator_category_name',
  'category',
  'circleid',
  'location_id',
  'billFetchResponse',
  'fetchBill',
  'BBPS',
  'district_discome',
  'param_name',
  'param_type',
  'message',
  'reason',
  'comment',
  'description',
  'validity',
  'plan_description',
]);
const LAST_FOUR: ReadonlySet<string> = new Set([
  'account',
  'bank_account',
  'bank_account_no',
  'utility_acc_no',
]);
/** Words of theirs may repeat a number or an address of the customer. */
const TEXTS = new Set(['message', 'reason', 'comment', 'description', 'txstatus_desc']);

/**
 * A bank's words about a customer's account are for the terminal alone: nothing under these names keeps a
 * value, whatever its own name.
 */
const CLOSED: ReadonlySet<string> = new Set(['mini_statement_list']);
/**
 * Calls that look into a customer's account. An amount in their answers is the customer's, whichever field it
 * comes in.
 */
const LOOKS: ReadonlySet<string> = new Set(['aeps_balance', 'aeps_statement']);
const AMOUNTS: ReadonlySet<string> = new Set([
  'amount',
  'totalamount',
  'refunded_amount',
  'collectable_amount',
  'next_allowed_limit',
  'total_monthly_limit',
]);
const NONE = /(?!)/g;
const OPEN_OF_LOOKS: ReadonlySet<string> = new Set([...OPEN].filter((name) => !AMOUNTS.has(name)));

/** Masks a JSON value of a call of this operation. */
export function masked(value: unknown, operation = ''): unknown {
  // The words of a bank to a customer with Aadhaar may state the balance; a short number would pass for
  // harmless.
  const numbers = operation.startsWith('aeps_') ? /\d[\d.,]*/g : NONE;
  const text = (said: string): string => (forPeople(said) ?? '').replaceAll(numbers, '…');
  return maskJson(withScrubbedTexts(value, '', text), {
    open: LOOKS.has(operation) ? OPEN_OF_LOOKS : OPEN,
    lastFour: LAST_FOUR,
  });
}

const DEPTH = 10; // beyond what maskJson shows

function withScrubbedTexts(value: unknown, name: string, text: (said: string) => string, depth = 0): unknown {
  if (depth > DEPTH) return null;
  if (CLOSED.has(name)) return '<hidden>';
  if (typeof value === 'string') return TEXTS.has(name) ? text(value) : value;
  if (Array.isArray(value))
    return value.slice(0, 50).map((item: unknown) => withScrubbedTexts(item, name, text, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, 50)
      .map(([key, item]) => [key, withScrubbedTexts(item, key, text, depth + 1)]),
  );
}

/** Masks a body for the API log. */
export const maskedText = (raw: Buffer): unknown => maskedBody(raw, masked);
