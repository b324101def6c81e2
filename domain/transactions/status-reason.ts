import type { State } from '../lifecycle/lifecycle';
import { translated, type ReasonCode, type ReasonTable } from '../provider/reasons';

/**
 * Our code for why a transaction stands where it stands; pure. The row keeps the reason as it came (a code of
 * the provider, or a word of ours); it is translated when it is read, so that a better table also tells of
 * what is past.
 */
export function reasonOf(
  t: { state: State; service: string; statusReason: string | null },
  { reasons, consentServices }: { reasons: ReasonTable; consentServices: readonly string[] },
): ReasonCode | null {
  const raw = t.statusReason;
  const known = raw === null ? undefined : translated(raw, reasons);
  switch (t.state) {
    case 'accepted':
    case 'succeeded':
      return null;
    case 'held':
      return raw === null ? null : waiting(known, 'WAITING_TO_BE_SENT');
    case 'dispatched':
      return dispatched(raw, known);
    case 'refund_pending':
      return consentServices.includes(t.service) ? 'REFUND_NEEDS_CONSENT' : 'REFUND_AT_CUSTOMERS_BANK';
    case 'in_review':
      return 'UNDER_REVIEW';
    case 'failed':
      return known ?? 'PROVIDER_REFUSED';
    case 'reversed':
      return known !== undefined && CAUSES_OF_RETURN.has(known) ? known : 'RETURNED';
    case 'refunded':
      return 'REFUNDED';
  }
}

/** What may be told of something that only waits: a cause that ends by itself, not a verdict. */
const WAITS: ReadonlySet<ReasonCode> = new Set([
  'BENEFICIARY_BANK_UNAVAILABLE',
  'PROVIDER_FUNDS_SHORT',
  'WAITING_FOR_PAYER',
]);
/** Why a bank sends back what it had taken. */
const CAUSES_OF_RETURN: ReadonlySet<ReasonCode> = new Set([
  'BENEFICIARY_ACCOUNT_INVALID',
  'BENEFICIARY_ACCOUNT_BLOCKED',
  'BENEFICIARY_BANK_REFUSED',
  'BENEFICIARY_BANK_UNAVAILABLE',
  'MODE_NOT_ALLOWED',
]);

function waiting(known: ReasonCode | undefined, otherwise: ReasonCode): ReasonCode {
  return known !== undefined && WAITS.has(known) ? known : otherwise;
}

/** Between sending and knowing. Words in angle brackets are ours: no answer came, or none that can be read. */
function dispatched(raw: string | null, known: ReasonCode | undefined): ReasonCode | null {
  if (raw === null) return null;
  return waiting(
    known,
    raw.startsWith('<') && raw !== '<accepted>' ? 'ANSWER_OUTSTANDING' : 'WAITING_FOR_PROVIDER',
  );
}
