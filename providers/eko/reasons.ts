import type { OutcomeKind } from '../../domain/provider/outcome';
import type { ReasonTable } from '../../domain/provider/reasons';

/**
 * The words of `reasonWord`, and the `status` numbers whose meaning is documented: 97, 132, 319 and 463 list
 * `invalid_params` (others that do are the word itself); 208 is an amount that is not the bill's; 346 and 1297
 * say that the agent is not onboarded.
 */
export const EKO_REASONS: ReasonTable = {
  otp_wrong: 'OTP_WRONG',
  otp_expired: 'OTP_EXPIRED',
  otp_consumed: 'OTP_USED',
  otp_required: 'OTP_REQUIRED',
  monthly_limit_exhausted: 'CUSTOMER_LIMIT_REACHED',
  insufficient_balance: 'PROVIDER_FUNDS_SHORT',
  biometrics_not_matched: 'BIOMETRICS_NOT_MATCHED',
  bank_ekyc_required: 'BANK_EKYC_REQUIRED',
  invalid_params: 'DETAILS_REFUSED',
  '346': 'AGENT_NOT_ONBOARDED',
  '1297': 'AGENT_NOT_ONBOARDED',
  '97': 'DETAILS_REFUSED',
  '132': 'DETAILS_REFUSED',
  '319': 'DETAILS_REFUSED',
  '463': 'DETAILS_REFUSED',
  '208': 'BILL_CHANGED',
};

/** `status` of a declined transfer, whose reason is a text only. */
const DECLINED = 55;
/** Reasons that are a text only, and mean the same wherever they come. */
const DECLINES: readonly (readonly [RegExp, string])[] = [
  [/\botp already consumed\b/i, 'otp_consumed'],
  [/\bwrong otp\b/i, 'otp_wrong'],
  [/\bmonthly limit exhausted\b/i, 'monthly_limit_exhausted'],
  [/\binvalid biometric data\b/i, 'biometrics_not_matched'],
  [/\bcomplete bank ekyc\b/i, 'bank_ekyc_required'],
];
/** Of a transfer it is our balance; elsewhere it may be the customer's. */
const OUR_BALANCE = /\binsufficient balance\b/i;

/**
 * Why, in a word that an app can act on: the documented reasons of a decline, in the answer to an inquiry too;
 * otherwise the number of Eko's status.
 */
export function reasonWord(kind: OutcomeKind, status: number, reason = ''): string | undefined {
  if (kind === 'failed') {
    if (status === DECLINED && OUR_BALANCE.test(reason)) return 'insufficient_balance';
    const word = DECLINES.find(([says]) => says.test(reason))?.[1];
    if (word !== undefined) return word;
  }
  return status === 0 ? undefined : String(status);
}
