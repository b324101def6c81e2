import { businessDate } from '../../platform/clock';
import type { KeyedDigest } from '../../platform/encryption';
import { DomainError, fieldError } from '../errors/errors';
import { DMT_ERRORS } from './errors';
import { formatRupees, type Paise } from '../../platform/money';
import { requireAmount } from '../policies/amounts';
import type { AgreedCommission, Charge, Policies } from '../policies/policies';
import { phoneInMonthOf } from '../otp/rules';
import { splitAmount } from './split';

const SERVICE = 'dmt';
/** The provider's channel for a remitter's transfers. */
const MODE = 'IMPS';
const NOT_IN_FORCE = 'money transfer is not in force';

export interface QuotedPart extends Charge {
  amountPaise: Paise;
  maxPaise: Paise;
}

/**
 * The charge and the limits of one part. Sources: ₹5,000 a transfer through an agent (RBI/2024-25/52 keeps
 * the limits of 2011); the charge is 1 %, at least ₹10, GST included. Rows in amount_limits and charges.
 * Throws DomainError DMT_AMOUNT_OUT_OF_RANGE, POLICY_NOT_FOUND, PRICE_NOT_FOUND. `pointer` names the field.
 */
export function quotePart(policies: Policies, amountPaise: Paise, at: Date, pointer: string): QuotedPart {
  limitOf(policies, at); // a mode that is not in force is not an error of the amount
  const limit = requireAmount(
    policies,
    { service: SERVICE, mode: MODE, amountPaise, at },
    {
      error: DMT_ERRORS.DMT_AMOUNT_OUT_OF_RANGE,
      pointer,
      notInForce: NOT_IN_FORCE,
      outside: (from, to) =>
        `one transfer must be from ${from} to ${to}; ask for one-time passwords to have a larger amount split`,
    },
  );
  return { amountPaise, maxPaise: limit.maxPaise, ...policies.charge(SERVICE, MODE, amountPaise, at) };
}

/** What the provider pays us for one part. */
export function agreedCommission(
  policies: Policies,
  provider: string,
  amountPaise: Paise,
  at: Date,
): AgreedCommission | undefined {
  return policies.commission({ provider, service: SERVICE, class: MODE, amountPaise }, at);
}

/**
 * Splits an amount above the limit of one transaction into parts. Throws what quotePart throws, and
 * DMT_AMOUNT_OUT_OF_RANGE for more than a remitter may send in a month.
 */
export function quoteSplit(policies: Policies, amountPaise: Paise, at: Date): QuotedPart[] {
  const cap = monthlyCap(policies, at);
  if (amountPaise > cap)
    throw fieldError(
      DMT_ERRORS.DMT_AMOUNT_OUT_OF_RANGE,
      '#/amount',
      `a sender may send ${formatRupees(cap)} in a month`,
    );
  const parts = splitAmount(amountPaise, limitOf(policies, at).maxPaise);
  return parts.map((part) => quotePart(policies, part, at, '#/amount'));
}

/** The most that a remitter may send through agents in a calendar month (India), in paise. */
export function monthlyCap(policies: Policies, at: Date): Paise {
  const cap = policies.periodCap(SERVICE, 'month', at);
  if (cap === undefined)
    throw new DomainError('POLICY_NOT_FOUND', {
      detail: 'the monthly limit of money transfers is not in force',
    });
  return cap;
}

/**
 * The limit counter of a remitter for the month of an instant. It goes by the mobile number, so all users
 * share it.
 */
export function limitKeyOf(digest: KeyedDigest, mobile: string, at: Date): string {
  return `dmt:${phoneInMonthOf(at, digest, mobile).toString('hex')}:${businessDate(at).slice(0, 7)}`;
}

/** The validity of a one-time password, and of a transfer that waits with it, ms. */
export function otpLifeMs(policies: Policies): number {
  return policies.service(SERVICE).expireAfterMs;
}

function limitOf(policies: Policies, at: Date) {
  const limit = policies.amountLimit(SERVICE, MODE, at);
  if (limit === undefined) throw new DomainError('POLICY_NOT_FOUND', { detail: NOT_IN_FORCE });
  return limit;
}
