/** Rows as the recharge service shows them: paise in answers, rupees as text in callbacks. */
import type { Book } from '../book';
import type { TransactionStatus } from '../entries';
import type { Row } from '../tables';
import { OPERATORS, type Operator } from './operators';

/** The status answer has three words only. A reversed recharge is a failure there, with its reason. */
const WORDS: Readonly<Record<TransactionStatus, 'Successful' | 'Processing' | 'Failure'>> = {
  Processing: 'Processing',
  Success: 'Successful',
  Failure: 'Failure',
  Credit_Adjustment: 'Failure',
};
export const REVERSED_BY_OPERATOR = 'Transaction reversed by operator';

export const statusWord = (status: TransactionStatus) => WORDS[status];

/** `123456` paise are `1234.56`. */
export const rupees = (paise: bigint): string => `${paise / 100n}.${String(paise % 100n).padStart(2, '0')}`;

export const providerName = (operator: string): string => OPERATORS[operator as Operator];

export function failureText({ status, failure }: Row<'recharge'>): string | null {
  if (status === 'Credit_Adjustment') return REVERSED_BY_OPERATOR;
  return status === 'Failure' ? (failure?.message ?? 'Failure') : null;
}

export const operatorRef = (book: Book, row: Row<'recharge'>): string | undefined =>
  row.status === 'Success' || row.status === 'Credit_Adjustment' ? book.ids.operatorRef(row.n) : undefined;

/** The data of recharge/request, whose error is an object, and of recharge/status, whose error is a text. */
export function rechargeData(book: Book, row: Row<'recharge'>, of: 'request' | 'status') {
  const { mobile, operator, amount } = row.details;
  const message = failureText(row);
  const error =
    message === null || of === 'status'
      ? message
      : { code: row.failure?.code ?? 'ERR100', message, failureReason: message };
  const operatorRefId = operatorRef(book, row);
  return {
    error,
    amount,
    transactionRefId: book.ids.rechargeTransaction(row.n),
    status: statusWord(row.status),
    operatorRefId,
    details: {
      mobile_number: mobile,
      provider: operator,
      service_type: 'M',
      is_postpaid: false,
      is_special: false,
    },
  };
}
