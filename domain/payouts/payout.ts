import type { UserId } from '../ids/ids';
import type { Clock } from '../../platform/clock';
import { businessDate } from '../../platform/clock';
import { fieldError } from '../errors/errors';
import { PAYOUT_ERRORS } from './errors';
import type { Paise } from '../../platform/money';
import type { NewBeneficiary } from '../beneficiaries/beneficiaries';
import { requireAmount } from '../policies/amounts';
import type { Policies, Price } from '../policies/policies';
import { isOnRail, requireIfsc, requireRail, type Warned } from '../banks/ifsc';

/** A payout as requested, with checked fields. Amount in paise. */
export const PAYOUT_MODES = ['IMPS', 'NEFT', 'RTGS', 'UPI'] as const;
export type PayoutMode = (typeof PAYOUT_MODES)[number];

export interface PayoutRequest extends Omit<AskedPayout, 'beneficiary'> {
  beneficiary: NewBeneficiary;
}

/** Who is paid is spelled out, or named by the id under which the caller keeps it. */
export interface AskedPayout {
  amountPaise: Paise;
  currency: 'INR';
  beneficiary: NewBeneficiary | { id: string };
  /** If undefined, chooseMode chooses the mode. */
  mode?: PayoutMode;
  reference: string;
  narration?: string;
  /** It is meant, also where the same was paid moments ago. */
  force?: boolean;
}

export interface QuotedRequest extends PayoutRequest {
  /** The beneficiary was named by its id: what is wrong with its account is told of that. */
  named?: boolean;
}

export interface QuotedPayout extends Price, Warned {
  mode: PayoutMode;
  limitKey: string | null;
  limitCapPaise: Paise | null;
}

/** The bank of an account as rules name it: the first four letters of its IFSC. Null for a VPA, which tells no bank. */
export function bankOf(ifsc: string | null): string | null {
  return ifsc?.slice(0, 4).toUpperCase() ?? null;
}

/** What of a request says by which mode it goes. */
export interface ModeAsked extends Pick<PayoutRequest, 'amountPaise' | 'mode'> {
  beneficiary: { account: { kind: 'bank'; ifsc: string } | { kind: 'vpa' } };
}

/**
 * UPI to a VPA; to an account IMPS up to its limit, above it NEFT (both run around the clock). A bank that is
 * not on them is paid by the next that reaches it.
 */
export function chooseMode(request: ModeAsked, policies: Policies, at: Date): PayoutMode {
  if (request.mode !== undefined) return request.mode;
  const { account } = request.beneficiary;
  if (account.kind === 'vpa') return 'UPI';
  const imps = policies.amountLimit('payout', 'IMPS', at);
  const fitsImps = imps !== undefined && request.amountPaise <= imps.maxPaise;
  if (fitsImps && isOnRail(policies, account.ifsc, 'IMPS', at)) return 'IMPS';
  return isOnRail(policies, account.ifsc, 'NEFT', at) ? 'NEFT' : 'RTGS';
}

/** An account paid by UPI: `<account number>@<IFSC>.ifsc.npci`. */
const ACCOUNT_VPA = /@([a-z]{4}0[a-z0-9]{6})\.ifsc\.npci$/i;
function requireBank(
  { beneficiary, named }: QuotedRequest,
  mode: PayoutMode,
  policies: Policies,
  at: Date,
): Warned {
  const { account } = beneficiary;
  const pointed = (field: string): string => (named === true ? '#/beneficiary_id' : `#/beneficiary/${field}`);
  if (account.kind === 'vpa') {
    const ifsc = ACCOUNT_VPA.exec(account.address)?.[1]?.toUpperCase();
    return ifsc === undefined ? {} : requireIfsc(policies, { ifsc, pointer: pointed('vpa'), at });
  }
  const warned = requireIfsc(policies, { ifsc: account.ifsc, pointer: pointed('ifsc'), at });
  if (mode !== 'UPI') requireRail(policies, mode, { ifsc: account.ifsc, pointer: '#/mode', at });
  return warned;
}

/**
 * Mode, price and limits of a payout. Its limits are advice to the caller; the hold decides on the counter
 * under its lock. Throws DomainError PAYOUT_MODE_UNSUITABLE, IFSC_ENDED, BANK_CLOSED, BANK_NOT_ON_RAIL,
 * PAYOUT_AMOUNT_OUT_OF_RANGE, PRICE_NOT_FOUND. Sources of the mode limits, which are rows in amount_limits: IMPS
 * 5 lakh (RBI/2021-22/109), RTGS above 2 lakh (RazorpayX), UPI 1 lakh (NPCI).
 */
export function quotePayout(
  request: QuotedRequest,
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
  const warned = requireBank(request, mode, deps.policies, at);
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
    ...warned,
    mode,
    ...deps.policies.price('payout', mode, request.amountPaise, at),
    limitKey: cap === undefined ? null : `payout:${userId}:${businessDate(at)}`,
    limitCapPaise: cap ?? null,
  };
}
