/**
 * The movements of a day in India as a file: the items of `GET /v1/transactions`, newest first, one JSON text on each
 * line; with the errors that the control API has ordered. In memory only: the book stays correct.
 */
import { createHash } from 'node:crypto';
import type { Book } from './book';
import { transactionEntity } from './entities';

export const REPORT_BREAKS = ['missing', 'late', 'amount', 'twice', 'extra'] as const;
/**
 * The line is missing, or in the report of the next day instead; one rupee more was taken; it is there two times, under
 * another id; or (`extra`) a payout is listed that is in no book.
 */
export interface ReportBreak {
  /** Of the payout; of an extra one any. */
  payoutId: string;
  kind: (typeof REPORT_BREAKS)[number];
}

export interface ReportBreaks {
  add(item: ReportBreak): void;
  all(): readonly ReportBreak[];
  /** Returns how many there were. */
  clear(): number;
}

const MAX_BREAKS = 1_000;
/** No book comes so far. */
const NO_SLOT = 4_000_000_000;
const DAY_S = 86_400;
const IST_OFFSET_S = 19_800;
type Item = Awaited<ReturnType<typeof transactionEntity>>;

export function createReportBreaks(): ReportBreaks {
  let items: ReportBreak[] = [];
  return {
    add(item) {
      items = [...items, item].slice(-MAX_BREAKS);
    },
    all: () => items,
    clear() {
      const before = items.length;
      items = [];
      return before;
    },
  };
}

/** Undefined when `day` is not a date `YYYYMMDD`. */
export async function dayReport(
  book: Book,
  day: string,
  breaks: readonly ReportBreak[],
): Promise<string | undefined> {
  const midnight = Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T00:00:00Z`);
  if (Number.isNaN(midnight)) return undefined;
  const from = midnight / 1_000 - IST_OFFSET_S;
  const lines: Item[] = [];
  for (let i = book.statement.count - 1; i >= 0; i -= 1) {
    const { at } = book.statement.row(i);
    if (at < from - DAY_S || at >= from + DAY_S) continue;
    const item = await transactionEntity(book, i);
    const kinds = breaks.filter((b) => b.payoutId === payoutOf(item)).map((b) => b.kind);
    const start = kinds.includes('late') ? from - DAY_S : from;
    if (at >= start && at < start + DAY_S) lines.push(...withBreaks(item, kinds));
  }
  const extras = breaks.filter((b) => b.kind === 'extra').map((b) => extraItem(book, b.payoutId, from));
  return [...extras, ...lines].map((item) => `${JSON.stringify(item)}\n`).join('');
}

const payoutOf = ({ source }: Item): string | undefined =>
  'payout_id' in source ? source.payout_id : source.id;

function withBreaks(item: Item, kinds: readonly ReportBreak['kind'][]): Item[] {
  if (kinds.includes('missing')) return [];
  const isPayment = item.debit > 0;
  const said = kinds.includes('amount') && isPayment ? dearer(item) : item;
  return kinds.includes('twice') && isPayment ? [said, { ...said, id: `${item.id.slice(0, -2)}zz` }] : [said];
}

const dearer = (item: Item): Item => ({
  ...item,
  amount: item.amount + 100,
  debit: item.debit + 100,
  source: { ...item.source, amount: item.source.amount + 100 },
});

function extraItem(book: Book, payoutId: string, from: number): object {
  const at = from + DAY_S / 2;
  const id = book.ids.of(
    'txn',
    NO_SLOT + (createHash('sha256').update(payoutId).digest().readUInt16BE() + 1),
  );
  const source = {
    id: payoutId,
    entity: 'payout',
    fund_account_id: 'fa_00000000000000',
    amount: 10_000,
    notes: [],
    fees: 0,
    tax: 0,
  };
  return {
    ...{ id, entity: 'transaction', account_number: book.accountNumber, amount: 10_000, currency: 'INR' },
    ...{
      credit: 0,
      debit: 10_000,
      balance: 0,
      source: { ...source, status: 'processed', utr: null, mode: 'IMPS', created_at: at, fee_type: null },
      created_at: at,
    },
  };
}
