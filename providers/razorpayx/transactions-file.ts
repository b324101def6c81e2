import {
  UnreadableLine,
  type FileFacts,
  type LineFormat,
  type Part,
  type ReportLine,
} from '../../domain/reconciliation/format';
import { linesOf } from '../../domain/reconciliation/lines';
import type { OutcomeKind } from '../../domain/provider/outcome';
import { businessDate } from '../../platform/clock';
import { readCollection } from '../razorpay-forms';
import { readStatementItem, type StatementItem } from './schemas';
import { PAYOUT_STATUSES } from './transformers';

/**
 * The movements of a RazorpayX account as `GET /v1/transactions` gives them: a file of its pages or of its items, one
 * JSON text on each line. A debit may hold the fees of its payout or not, as the documents show both: what is taken is
 * compared with the amount, and with amount and fees.
 */
export const RAZORPAYX_TRANSACTIONS: LineFormat = { kind: 'lines', read: readTransactions };

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

async function* readTransactions(bytes: AsyncIterable<Buffer>): AsyncGenerator<ReportLine, FileFacts> {
  let account: string | undefined;
  for await (const { text, lineNo } of linesOf(bytes)) {
    if (text.trim() === '') continue;
    for (const item of itemsOf(text, lineNo)) {
      const read = readStatementItem(item);
      if (!read.ok) throw new UnreadableLine(lineNo, `an item breaks the contract in ${read.field}`);
      const named = fieldsOf(item).account_number;
      if (typeof named === 'string') {
        if (account !== undefined && account !== named)
          throw new UnreadableLine(lineNo, 'it holds items of several accounts');
        account = named;
      }
      yield reportLine(read.value, fieldsOf(fieldsOf(item).source), lineNo);
    }
  }
  return { account };
}

function itemsOf(text: string, lineNo: number): unknown[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UnreadableLine(lineNo, 'it is not one JSON text on each line');
  }
  if (fieldsOf(json).entity !== 'collection') return [json];
  const items = readCollection(json);
  if (!items.ok) throw new UnreadableLine(lineNo, `a page breaks the contract in ${items.field}`);
  return items.value;
}

function reportLine(item: StatementItem, source: Fields, lineNo: number): ReportLine {
  const takenPaise = item.debitPaise + item.creditPaise;
  const feesPaise = feesIn(source, takenPaise);
  const part = partOf(item, source);
  return {
    ...{ lineNo, key: item.id, part, kind: kindOf(part, source) },
    statusWord: textOf(source.status),
    happenedOn: businessDate(new Date(item.createdAt * 1_000)),
    providerReference: paymentOf(item, source),
    utr: textOf(source.utr) ?? textOf(source.bank_reference),
    amountPaise: takenPaise - (feesPaise ?? 0n),
    feePaise: feesPaise,
    balancePaise: item.balancePaise,
  };
}

/** What became of the payout, as the line says it; one that moved is no proof of an end. */
function kindOf(part: Part, { status }: Fields): OutcomeKind {
  if (part === 'return') return 'reversed';
  if (part !== 'payment') return 'succeeded';
  const known: Readonly<Record<string, OutcomeKind>> = PAYOUT_STATUSES;
  return typeof status === 'string' && Object.hasOwn(known, status) ? known[status]! : 'pending';
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The fees, tax included, if the movement holds them. */
function feesIn({ amount, fees }: Fields, takenPaise: bigint): bigint | undefined {
  if (!Number.isSafeInteger(amount) || !Number.isSafeInteger(fees) || fees === 0) return undefined;
  return BigInt(amount as number) + BigInt(fees as number) === takenPaise
    ? BigInt(fees as number)
    : undefined;
}

/** A payout without a fund account is Razorpay's own: the fees that it collects. */
function partOf({ sourceKind, debitPaise }: StatementItem, source: Fields): Part {
  if (sourceKind === 'payout' && debitPaise > 0n)
    return textOf(source.fund_account_id) === undefined ? 'fees' : 'payment';
  if (sourceKind === 'reversal' && debitPaise === 0n) return 'return';
  return debitPaise > 0n ? 'debit' : 'credit';
}

function paymentOf(item: StatementItem, source: Fields): string | undefined {
  const id = item.sourceKind === 'reversal' ? textOf(source.payout_id) : item.sourceId;
  return id === '' ? undefined : id;
}
