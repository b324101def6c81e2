import type { UserId } from '../ids/ids';
import type { Clock } from '../../platform/clock';
import { businessDate } from '../../platform/clock';
import { fieldError } from '../errors/errors';
import { PAYOUT_ERRORS } from './errors';
import type { Paise } from '../../platform/money';
import type { NewBeneficiary } from '../beneficiaries/beneficiaries';
import { requireAmount } from '../policies/amounts';
import type { Policies, Price } from '../policies/policies';
import { BRANCH_GONE, checkIfsc } from '../beneficiaries/ifsc';

/** A payout as requested, with checked fields. Amount in paise. */
export const PAYOUT_MODES = ['IMPS', 'NEFT', 'RTGS', 'UPI'] as const;
export type PayoutMode = (typeof PAYOUT_MODES)[number];

export interface PayoutRequest {
  amountPaise: Paise;
  currency: 'INR';
  beneficiary: NewBeneficiary;
  /** If undefined, chooseMode chooses the mode. */
  mode?: PayoutMode;
  reference: string;
  narration?: string;
}

export interface QuotedPayout extends Price {
  mode: PayoutMode;
  limitKey: string | null;
  limitCapPaise: Paise | null;
}

/** UPI to a VPA; to an account IMPS up to its limit, above it NEFT (both run around the clock). */
export function chooseMode(request: PayoutRequest, policies: Policies, at: Date): PayoutMode {
  if (request.mode !== undefined) return request.mode;
  if (request.beneficiary.account.kind === 'vpa') return 'UPI';
  const imps = policies.amountLimit('payout', 'IMPS', at);
  return imps !== undefined && request.amountPaise <= imps.maxPaise ? 'IMPS' : 'NEFT';
}

/**
 * Mode, price and limits of a payout. Its limits are advice to the caller; the hold decides on the counter
 * under its lock. Throws DomainError PAYOUT_MODE_UNSUITABLE, PAYOUT_IFSC_UNKNOWN, PAYOUT_AMOUNT_OUT_OF_RANGE,
 * PRICE_NOT_FOUND. Sources of the mode limits: IMPS 5 lakh (RBI/2021-22/109), RTGS from 2 lakh, UPI 1 lakh
 * (NPCI); rows in amount_limits.
 */
export function quotePayout(
  request: PayoutRequest,
  userId: UserId,
  deps: { policies: Policies; clock: Clock },
): QuotedPayout {
  const at = deps.clock.now();
  const mode = chooseMode(request, deps.policies, at);
  const isVpa = request.beneficiary.account.kind === 'vpa';
  if (isVpa !== (mode === 'UPI')) {
    const detail = isVpa ? 'a VPA is paid by UPI' : 'a bank account is paid by IMPS, NEFT or RTGS';
    throw fieldError(PAYOUT_ERRORS.PAYOUT_MODE_UNSUITABLE, '#/mode', detail);
  }
  const { account } = request.beneficiary;
  if (account.kind === 'bank' && checkIfsc(account.ifsc) === 'branch_gone')
    throw fieldError(PAYOUT_ERRORS.PAYOUT_IFSC_UNKNOWN, '#/beneficiary/ifsc', BRANCH_GONE);
  requireAmount(
    deps.policies,
    { service: 'payout', mode, amountPaise: request.amountPaise, at },
    {
      error: PAYOUT_ERRORS.PAYOUT_AMOUNT_OUT_OF_RANGE,
      notInForce: `${mode} is not in force`,
      outside: (from, to) => `by ${mode} the amount must be from ${from} to ${to}`,
    },
  );
  const cap = deps.policies.periodCap('payout', 'day', at);
  return {
    mode,
    ...deps.policies.price('payout', mode, request.amountPaise, at),
    limitKey: cap === undefined ? null : `payout:${userId}:${businessDate(at)}`,
    limitCapPaise: cap ?? null,
  };
}
