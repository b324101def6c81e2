/**
 * The recharge service's unsigned callbacks, with rupees as text and times in India: `/payment/status` (for
 * Successful and Failure only), `/payment/reversal`, `/wallet/low-balance` and `/wallet/topup`.
 */
import type { Book } from '../book';
import type { HookSpec } from '../entries';
import { traceId } from '../ids';
import type { Row } from '../tables';
import { istSecond } from '../times';
import { failureText, operatorRef, providerName, rupees, statusWord } from './entities';

function hook(book: Book, row: Row<'recharge'>, afterMs = 0): HookSpec {
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
      operatorRefId,
      status: isReversal ? 'REVERSED' : statusWord(row.status),
      amount: rupees(BigInt(amount)),
      mobile_number: mobile,
      provider: providerName(operator),
      failureReason: failureReason ?? undefined,
      timestamp: istSecond(book.nowMs() + afterMs),
    },
  };
}

export const rechargeHooks = (book: Book, row: Row<'recharge'>): HookSpec[] => [hook(book, row)];

/** Of a recharge that timed out at the operator: no id of the transaction, and none of the operator. */
export function timedOutRechargeHooks(book: Book, row: Row<'recharge'>): HookSpec[] {
  const told = hook(book, row);
  return [{ ...told, body: { ...told.body, transactionRefId: '', operatorRefId: '' } }];
}

/**
 * The same status three times, then a late `Processing`. That last one is beyond the contract, which sends
 * `/payment/status` for Successful and Failure only: a receiver must not trip over it.
 */
export function disorderedRechargeHooks(book: Book, row: Row<'recharge'>): HookSpec[] {
  const first = hook(book, row, 100);
  return [
    first,
    { ...first, afterMs: 200 },
    hook(book, row, 300),
    hook(book, { ...row, status: 'Processing' }, 400),
  ];
}

/** A false failure that arrives before the true status and looks genuine. */
export function forgedRechargeHook(book: Book, row: Row<'recharge'>): HookSpec {
  return {
    ...hook(book, {
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
    timestamp: istSecond(book.nowMs()),
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
    transactionDate: istSecond(book.nowMs()),
    message: 'Wallet topped up successfully',
    traceId: traceId().toLowerCase(),
    currentBalance: rupees(book.wallet('recharge').balancePaise + amountPaise),
  };
  return { product: 'recharge', path: '/wallet/topup', retry: 'wallet', afterMs: 0, body };
}
