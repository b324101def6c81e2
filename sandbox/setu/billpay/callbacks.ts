/**
 * BillPay's unsigned callbacks: `{event, timeStamp, traceId, data}`, sent to the partner's URL with a path
 * for the event. The contract documents no retries, so they are retried by the usual plan.
 */
import type { Book } from '../book';
import type { HookSpec } from '../entries';
import { traceId } from '../ids';
import { BILLER_NOT_ACCEPTING } from '../outcomes';
import type { Row } from '../tables';
import { istTimestamp } from '../times';
import { billerOf } from './catalogue';
import { disputeData, fetchData, paymentData } from './entities';

interface Event {
  event: 'BILL_FETCH' | 'BILL_PAY' | 'BILL_DISPUTE';
  path: string;
}
const FETCHED: Event = { event: 'BILL_FETCH', path: '/bills/fetch/response' };
const VALIDATED: Event = { event: 'BILL_FETCH', path: '/bills/validate/response' };
const PAID: Event = { event: 'BILL_PAY', path: '/bills/payment/response' };
const DISPUTED: Event = { event: 'BILL_DISPUTE', path: '/bills/dispute/response' };

function hook(book: Book, { event, path }: Event, data: Record<string, unknown>, afterMs = 0): HookSpec {
  return {
    product: 'billpay',
    path,
    retry: 'billpay',
    afterMs,
    body: { event, timeStamp: istTimestamp(book.nowMs() + afterMs), traceId: traceId(), data },
  };
}

export function fetchHooks(book: Book, row: Row<'fetch'>): HookSpec[] {
  const isValidation = billerOf(row.details.biller)?.fetchApiType === 'BILL_VALIDATE';
  return [hook(book, isValidation ? VALIDATED : FETCHED, fetchData(book, row))];
}

export const paymentHooks = (book: Book, row: Row<'payment'>): HookSpec[] => [
  hook(book, PAID, paymentData(book, row)),
];

/** The same status twice, then with another trace id, then `Processing` as a late arrival. */
export function disorderedPaymentHooks(book: Book, row: Row<'payment'>): HookSpec[] {
  const first = hook(book, PAID, paymentData(book, row), 100);
  return [
    first,
    { ...first, afterMs: 200 },
    hook(book, PAID, paymentData(book, row), 300),
    hook(book, PAID, paymentData(book, { ...row, status: 'Processing' }), 400),
  ];
}

/** A false failure, sent before the true status. It looks genuine: only an inquiry reveals that it is false. */
export function forgedPaymentHook(book: Book, row: Row<'payment'>): HookSpec {
  const failed: Row<'payment'> = { ...row, status: 'Failure', failure: BILLER_NOT_ACCEPTING };
  return { ...hook(book, PAID, paymentData(book, failed)), forged: true };
}

export const disputeHooks = (book: Book, row: Row<'dispute'>): HookSpec[] => [
  hook(book, DISPUTED, disputeData(book, row)),
];
