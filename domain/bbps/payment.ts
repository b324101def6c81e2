import type { UserId } from '../ids/ids';
import { businessDate } from '../../platform/clock';
import { DomainError, fieldError } from '../errors/errors';
import { BBPS_ERRORS } from './errors';
import type { Paise } from '../../platform/money';
import { requireAmount } from '../policies/amounts';
import type { Policies } from '../policies/policies';
import { checkAmount, checkModeAmount, convenienceFee } from './amounts';
import type { FetchResult } from './biller-json';
import { fetchUsed } from './duplicates';
import type { FetchRow } from './fetch-rows';
import type { FetchRequest } from './sealed';
import type { BbpsPolicies } from './policies';
import type { Bill, Biller } from './port';
import type { GivenRemitter, PaymentMode } from './remitter';

/**
 * A bill payment as a caller asks for it, checked in form: of a bill that was fetched, or straight to a
 * biller that has none. Amount in paise.
 */
export interface BillPaymentRequest {
  what: { fetchId: string } | { billerId: string; request: FetchRequest };
  amountPaise: Paise;
  currency: 'INR';
  reference: string;
  paymentMode: PaymentMode;
  remitter?: GivenRemitter;
  billNumber?: string;
  /** The bill is to be paid once more. */
  force: boolean;
}

export interface QuotedBill {
  feePaise: Paise;
  taxPaise: Paise;
  chargePaise: Paise;
  limitKey: string | null;
  limitCapPaise: Paise | null;
}

/** Prices and limits stand under this mode: they are the same however the customer pays. */
const PRICED_AS = 'bill';

/**
 * Which bill of a fetch is paid. Throws DomainError BBPS_BILL_UNKNOWN; null where the fetch brought none (it
 * only validated).
 */
export function billOf(result: FetchResult, billNumber: string | undefined): Bill | null {
  if (billNumber === undefined && result.bills.length <= 1) return result.bills[0] ?? null;
  const bill = billNumber === undefined ? undefined : result.bills.find((b) => b.billNumber === billNumber);
  if (bill === undefined)
    throw fieldError(
      BBPS_ERRORS.BBPS_BILL_UNKNOWN,
      '#/bill_number',
      billNumber === undefined
        ? 'the fetch brought several bills: say which one by its bill_number'
        : 'the fetch brought no bill of this number',
    );
  return bill;
}

/**
 * May this fetch still be paid? Throws DomainError BBPS_FETCH_UNFINISHED, BBPS_FETCH_FAILED, BBPS_FETCH_USED,
 * BBPS_FETCH_EXPIRED.
 */
export function refuseUnpayable(
  fetch: Pick<FetchRow, 'state' | 'expiresAt'> & { isUsed: boolean },
  now: Date,
): void {
  if (fetch.isUsed) throw fetchUsed();
  if (fetch.state === 'failed')
    throw new DomainError(BBPS_ERRORS.BBPS_FETCH_FAILED, {
      detail: 'fetch the bill again; the fetch says why it failed',
    });
  if (now >= fetch.expiresAt)
    throw new DomainError(BBPS_ERRORS.BBPS_FETCH_EXPIRED, {
      detail: 'fetch the bill again: what it says may have changed',
    });
  if (fetch.state === 'processing')
    throw new DomainError(BBPS_ERRORS.BBPS_FETCH_UNFINISHED, {
      detail: 'wait until the fetch is in the state fetched',
      retryAfterS: 1,
    });
}

/** The payment that is priced: its biller, what was fetched, and who pays. */
export interface QuotedSubject {
  biller: Biller;
  fetched: { result: FetchResult; bill: Bill | null } | undefined;
  userId: UserId;
  at: Date;
}

/**
 * Price and limits of a payment that the biller takes: mode, exactness, the biller's convenience fee (passed
 * on whole), our fee and its GST. What it says of limits is advice; the hold decides. Throws DomainError
 * BBPS_MODE_NOT_ALLOWED, BBPS_AMOUNT_NOT_ALLOWED, BBPS_AMOUNT_OUT_OF_RANGE, PRICE_NOT_FOUND.
 */
export function quoteBill(
  request: BillPaymentRequest,
  { biller, fetched, userId, at }: QuotedSubject,
  deps: { policies: Policies; bbpsPolicies: BbpsPolicies },
): QuotedBill {
  if (!biller.paymentModes.includes(request.paymentMode))
    throw fieldError(
      BBPS_ERRORS.BBPS_MODE_NOT_ALLOWED,
      '#/payment_mode',
      `this biller takes ${biller.paymentModes.join(', ') || 'no mode that a counter can offer'}`,
    );
  checkModeAmount(request.amountPaise, request.paymentMode, biller.modeLimits);
  checkAmount(request.amountPaise, {
    exactness: fetched?.result.exactness ?? biller.exactness,
    bill: fetched?.bill ?? null,
    biller,
  });
  requireAmount(
    deps.policies,
    { service: 'bbps', mode: PRICED_AS, amountPaise: request.amountPaise, at },
    { error: BBPS_ERRORS.BBPS_AMOUNT_OUT_OF_RANGE, notInForce: 'bill payment is not in force' },
  );
  const { feePaise, taxPaise } = deps.policies.price('bbps', PRICED_AS, request.amountPaise, at);
  const cap = deps.policies.periodCap('bbps', 'day', at);
  return {
    feePaise,
    taxPaise,
    chargePaise: convenienceFee(request.amountPaise, biller.convenienceFees, deps.bbpsPolicies.gstBps(at)),
    limitKey: cap === undefined ? null : `bbps:${userId}:${businessDate(at)}`,
    limitCapPaise: cap ?? null,
  };
}
