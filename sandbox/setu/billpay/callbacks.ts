/**
 * BillPay's callbacks, unsigned: `{event, timeStamp, traceId, data}` to the partner's URL and a path for the event. The contract names no retries, so
 * they are tried again as long as the sandbox tries anything.
 */
import type { Book } from '../book';
import type { HookSpec } from '../entries';
import { traceId } from '../ids';
import { BILLER_NOT_ACCEPTING } from '../outcomes';
import type { Row } from '../tables';
import { istTimestamp } from '../times';
import { billerOf } from './catalogue';
import { disputeData, fetchData, paymentData } from './entities';

type Event = 'BILL_FETCH' | 'BILL_PAY' | 'BILL_DISPUTE';

function told(book: Book, event: Event, path: string, data: Record<string, unknown>, afterMs = 0): HookSpec {
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
  return [
    told(
      book,
      'BILL_FETCH',
      isValidation ? '/bills/validate/response' : '/bills/fetch/response',
      fetchData(book, row),
    ),
  ];
}

const PAYMENT_PATH = '/bills/payment/response';

export const paymentHooks = (book: Book, row: Row<'payment'>): HookSpec[] => [
  told(book, 'BILL_PAY', PAYMENT_PATH, paymentData(book, row)),
];

/** Out of order: the same news twice, in two wordings of the trace, and then that it is still being processed. */
export function disorderedPaymentHooks(book: Book, row: Row<'payment'>): HookSpec[] {
  const first = told(book, 'BILL_PAY', PAYMENT_PATH, paymentData(book, row), 100);
  return [
    first,
    { ...first, afterMs: 200 },
    told(book, 'BILL_PAY', PAYMENT_PATH, paymentData(book, row), 300),
    told(book, 'BILL_PAY', PAYMENT_PATH, paymentData(book, { ...row, status: 'Processing' }), 400),
  ];
}

/** A failure that is not true, before the truth. Nothing in it betrays that the provider did not send it: only asking the provider tells. */
export function forgedPaymentHook(book: Book, row: Row<'payment'>): HookSpec {
  return {
    ...told(
      book,
      'BILL_PAY',
      PAYMENT_PATH,
      paymentData(book, { ...row, status: 'Failure', failure: BILLER_NOT_ACCEPTING }),
    ),
    forged: true,
  };
}

export const disputeHooks = (book: Book, row: Row<'dispute'>): HookSpec[] => [
  told(book, 'BILL_DISPUTE', '/bills/dispute/response', disputeData(book, row)),
];
