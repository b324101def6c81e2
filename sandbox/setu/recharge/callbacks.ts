/** The recharge service's callbacks, unsigned, with rupees as text: `/payment/status`, `/payment/reversal`, `/wallet/low-balance`, `/wallet/topup`. */
import type { Book } from '../book';
import type { HookSpec } from '../entries';
import { traceId } from '../ids';
import type { Row } from '../tables';
import { utcTimestamp } from '../times';
import { failureText, operatorRef, providerName, rupees, statusWord } from './entities';

function told(book: Book, row: Row<'recharge'>, afterMs = 0): HookSpec {
  const { mobile, operator, amount } = row.details;
  const isReversal = row.status === 'Credit_Adjustment';
  const failureReason = failureText(row);
  const operatorRefId = operatorRef(book, row);
  return {
    product: 'recharge',
    path: isReversal ? '/payment/reversal' : '/payment/status',
    retry: 'payment',
    afterMs,
    body: {
      transactionRefId: book.ids.rechargeTransaction(row.n),
      trace_id: traceId().toLowerCase(),
      ...(operatorRefId === undefined ? {} : { operatorRefId }),
      status: isReversal ? 'REVERSED' : statusWord(row.status),
      amount: rupees(BigInt(amount)),
      mobile_number: mobile,
      provider: providerName(operator),
      ...(failureReason === null ? {} : { failureReason }),
      timestamp: utcTimestamp(book.nowMs() + afterMs),
    },
  };
}

export const rechargeHooks = (book: Book, row: Row<'recharge'>): HookSpec[] => [told(book, row)];

/** Out of order: the same news twice, and then that it is still being processed. */
export function disorderedRechargeHooks(book: Book, row: Row<'recharge'>): HookSpec[] {
  const first = told(book, row, 100);
  return [
    first,
    { ...first, afterMs: 200 },
    told(book, row, 300),
    told(book, { ...row, status: 'Processing' }, 400),
  ];
}

/** A failure that is not true, before the truth. Nothing in it betrays that the provider did not send it. */
export function forgedRechargeHook(book: Book, row: Row<'recharge'>): HookSpec {
  return {
    ...told(book, {
      ...row,
      status: 'Failure',
      failure: { type: 'APP', code: 'ERR100', message: 'Insufficient balance' },
    }),
    forged: true,
  };
}

export function lowBalanceHook(book: Book, balancePaise: bigint): HookSpec {
  const body = {
    event: 'wallet.low_balance',
    balance: rupees(balancePaise),
    message: 'Low balance Alert',
    timestamp: utcTimestamp(book.nowMs()),
    traceId: traceId().toLowerCase(),
  };
  return { product: 'recharge', path: '/wallet/low-balance', retry: 'wallet', afterMs: 0, body };
}

export function topupHook(book: Book, amountPaise: bigint, reference: string): HookSpec {
  const body = {
    event: 'wallet.credit',
    amount: rupees(amountPaise),
    referenceNumber: reference,
    creditedFrom: 'Bank Transfer',
    transactionDate: utcTimestamp(book.nowMs()),
    message: 'Wallet topped up successfully',
    traceId: traceId().toLowerCase(),
    currentBalance: rupees(book.wallet('recharge').balancePaise + amountPaise),
  };
  return { product: 'recharge', path: '/wallet/topup', retry: 'wallet', afterMs: 0, body };
}
