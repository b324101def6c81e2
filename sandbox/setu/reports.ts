/**
 * The contents of the book for tests, demos and reconciliations. Money is paise; a day is a calendar day in
 * India, by the time of booking.
 */
import { paiseToJson, percentOf } from '../../platform/money';
import { billerOf } from './billpay/catalogue';
import type { Book } from './book';
import type { Product, TransactionStatus } from './entries';
import { COMMISSION_BPS, type Operator } from './recharge/operators';
import type { ReportBreaks } from './report-breaks';
import type { Row } from './tables';
import { addDays, istDate, istDayBounds, istTimestamp } from './times';

const TDS_BPS = 200n; // section 194H, on the commission
const STATUSES: readonly TransactionStatus[] = ['Processing', 'Success', 'Failure', 'Credit_Adjustment'];

/** The recharge service's own words for the statuses. */
const RECHARGE_WORDS: Readonly<Record<TransactionStatus, string>> = {
  Processing: 'Processing',
  Success: 'Successful',
  Failure: 'Failure',
  Credit_Adjustment: 'REVERSED',
};

export type MoneyRow = Row<'payment'> | Row<'recharge'>;

export const moneyRows = (book: Book, product: Product): readonly MoneyRow[] =>
  product === 'billpay' ? book.tables.payment.rows() : book.tables.recharge.rows();

const isPayment = (row: MoneyRow): row is Row<'payment'> => 'payment' in row.details;
export const paymentRefOf = (row: MoneyRow): string =>
  isPayment(row) ? row.details.payment.paymentRefId : row.details.payment_ref_id;
const amountOf = (row: MoneyRow): bigint =>
  BigInt(isPayment(row) ? row.details.payment.amount : row.details.amount);
const feeOf = (row: MoneyRow): bigint => BigInt(isPayment(row) ? (row.details.payment.custConvFee ?? 0) : 0);
const wordOf = (row: MoneyRow): string => (isPayment(row) ? row.status : RECHARGE_WORDS[row.status]);
const transactionOf = (book: Book, row: MoneyRow): string =>
  isPayment(row) ? book.ids.transaction(row.n, row.atMs) : book.ids.rechargeTransaction(row.n);

/**
 * Earned by successful payments and lost when they are reversed. It is paid with the settlement, not into the
 * wallet.
 */
function commissionOf(row: MoneyRow): { commissionPaise: bigint; tdsPaise: bigint } {
  if (row.status !== 'Success') return { commissionPaise: 0n, tdsPaise: 0n };
  const commissionPaise = isPayment(row)
    ? (billerOf(row.details.biller)?.commissionPaise ?? 0n)
    : percentOf(amountOf(row), COMMISSION_BPS[row.details.operator as Operator], 'half-up');
  return { commissionPaise, tdsPaise: percentOf(commissionPaise, TDS_BPS, 'half-up') };
}

export function summary(book: Book, product: Product) {
  const wallet = book.wallet(product);
  const rows = moneyRows(book, product);
  const byStatus = Object.fromEntries(
    STATUSES.map((status) => {
      const some = rows.filter((row) => row.status === status);
      return [
        status,
        { count: some.length, amount_paise: paiseToJson(some.reduce((sum, row) => sum + amountOf(row), 0n)) },
      ];
    }),
  );
  return {
    product,
    balance_paise: paiseToJson(wallet.balancePaise),
    credits_paise: paiseToJson(wallet.creditsPaise),
    debits_paise: paiseToJson(wallet.debitsPaise),
    payments: rows.length,
    amount_paise: paiseToJson(rows.reduce((sum, row) => sum + amountOf(row), 0n)),
    fees_paise: paiseToJson(rows.reduce((sum, row) => sum + feeOf(row), 0n)),
    net_debit_paise: paiseToJson(rows.reduce((sum, row) => sum + row.debitPaise - row.creditPaise, 0n)),
    by_status: byStatus,
    references_seen_again: rows.filter((row) => row.requestsSeen > 1).length,
    references_refused_and_not_booked: book.refusedCount(product),
    ...(product === 'billpay'
      ? { fetches: book.tables.fetch.count, disputes: book.tables.dispute.count }
      : {}),
  };
}

/** One payment: the request, how often it came, and its effect on the balance. */
export function paymentReport(book: Book, row: MoneyRow) {
  return {
    n: row.n,
    payment_ref_id: paymentRefOf(row),
    ref_id: row.refId,
    transaction_id: transactionOf(book, row),
    ...(isPayment(row) ? { biller_id: row.details.biller } : { operator: row.details.operator }),
    scenario: row.scenario,
    status: wordOf(row),
    amount: paiseToJson(amountOf(row)),
    fee: paiseToJson(feeOf(row)),
    debit_paise: paiseToJson(row.debitPaise),
    credit_paise: paiseToJson(row.creditPaise),
    net_debit_paise: paiseToJson(row.debitPaise - row.creditPaise),
    requests_seen: row.requestsSeen,
    created_at: istTimestamp(row.atMs),
  };
}

const COLUMNS: Readonly<Record<Product, readonly string[]>> = {
  billpay: ['transactionId', 'refId', 'paymentRefId', 'billerId', 'amountPaise', 'custConvFee', 'status'],
  recharge: ['transactionRefId', 'operatorRefId', 'paymentRefId', 'operator', 'amountPaise', 'status'],
};
const COMMON_COLUMNS = ['commission', 'tds', 'timestamp', 'settlementDate', 'settlementUtr'];

/**
 * The product's report of a day as CSV with CRLF, with the breaks that were ordered. Successful payments are
 * settled on the next day. Undefined when `day` is not a date `YYYYMMDD`.
 */
export function dayReport(
  book: Book,
  product: Product,
  day: string,
  breaks: ReportBreaks,
): string | undefined {
  const bounds = istDayBounds(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`);
  if (bounds === undefined) return undefined;
  const isLate = (row: MoneyRow): boolean => breaks.kindsOf(product, paymentRefOf(row)).includes('late');
  const rows = moneyRows(book, product).filter((row) => {
    const fromMs = isLate(row) ? addDays(bounds.fromMs, -1) : bounds.fromMs;
    return row.atMs >= fromMs && row.atMs < addDays(fromMs, 1);
  });
  const settledAtMs = addDays(bounds.fromMs, 1);
  const settlement = [istDate(settledAtMs), book.ids.settlementUtr(product, settledAtMs)];
  const lines = rows.flatMap((row) => {
    const kinds = breaks.kindsOf(product, paymentRefOf(row));
    if (kinds.includes('missing')) return [];
    const line = reportLine(book, row, {
      settlement,
      isDearer: kinds.includes('amount'),
      isOther: kinds.includes('status'),
      isRicher: kinds.includes('commission'),
    });
    return kinds.includes('twice') ? [line, line] : [line];
  });
  const extras = breaks
    .extras(product)
    .map((ref) => [...EXTRA_CELLS[product](ref), istTimestamp(bounds.fromMs), ...settlement]);
  const table = [[...COLUMNS[product], ...COMMON_COLUMNS], ...lines, ...extras];
  return table.map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

/** The cells, up to the timestamp, of a row that is in no book. */
const EXTRA_CELLS: Readonly<Record<Product, (ref: string) => (string | bigint)[]>> = {
  billpay: (ref) => [`AX01${ref}`, `EXTRA-${ref}`, ref, 'SUND00000MAH01', 10_000n, 0n, 'Success', 120n, 2n],
  recharge: (ref) => [`EXTRA-${ref}`, 'EXTRA', ref, 'airtel', 10_000n, 'Successful', 100n, 2n],
};

function reportLine(
  book: Book,
  row: MoneyRow,
  {
    settlement,
    isDearer,
    isOther,
    isRicher,
  }: { settlement: string[]; isDearer: boolean; isOther: boolean; isRicher: boolean },
): (string | bigint)[] {
  const { commissionPaise, tdsPaise } = commissionOf(row);
  const amountPaise = amountOf(row) + (isDearer ? 100n : 0n);
  const status = isOther
    ? wordOf({ ...row, status: row.status === 'Success' ? 'Failure' : 'Success' })
    : wordOf(row);
  const hasOperatorRef = row.status === 'Success' || row.status === 'Credit_Adjustment';
  const head = isPayment(row)
    ? [
        transactionOf(book, row),
        row.refId,
        paymentRefOf(row),
        row.details.biller,
        amountPaise,
        feeOf(row),
        status,
      ]
    : [
        transactionOf(book, row),
        hasOperatorRef ? book.ids.operatorRef(row.n) : '',
        paymentRefOf(row),
        row.details.operator,
        amountPaise,
        status,
      ];
  return [
    ...head,
    commissionPaise + (isRicher ? 100n : 0n),
    tdsPaise,
    istTimestamp(row.atMs),
    ...(row.status === 'Success' ? settlement : ['', '']),
  ];
}

/** Quotes a cell if necessary: a partner's reference may contain commas, quotes and line breaks. */
function cell(value: string | bigint): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
