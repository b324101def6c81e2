import { stringify } from 'csv-stringify/sync';
import type { Knex } from 'knex';
import { IST_OFFSET_MS } from '../../platform/clock';
import { rupeesFromPaise } from '../../platform/decimal';
import { publicId } from '../../platform/ids';
import { linesOf, type Span, type SpanLine } from './span';
import { wordsOf } from './words';

/**
 * A statement for programs and spreadsheets (RFC 4180, UTF-8). Debit and credit have columns of their own, so no
 * amount has a sign but a balance below zero; the first row is the opening balance and the last the closing one. Times
 * are those of India.
 */
const COLUMNS = [
  'date',
  'time',
  'line',
  'what',
  'service',
  'reference',
  'utr',
  'debit',
  'credit',
  'balance',
] as const;
type Row = Partial<Record<(typeof COLUMNS)[number], string>>;

const written = (rows: readonly Row[]): string =>
  stringify(
    rows.map((row) => COLUMNS.map((name) => row[name] ?? '')),
    { record_delimiter: '\r\n' },
  );

/** In pieces of some hundred lines. */
export async function* csvOf(lists: Knex, span: Span): AsyncGenerator<string> {
  const { days, openingPaise, closingPaise } = span;
  yield `${COLUMNS.join(',')}\r\n${written([
    { date: days.from, what: 'Opening balance', balance: rupeesFromPaise(openingPaise) },
  ])}`;
  for await (const lines of linesOf(lists, span)) yield written(lines.map(rowOf));
  yield written([{ date: days.to, what: 'Closing balance', balance: rupeesFromPaise(closingPaise) }]);
}

function rowOf(line: SpanLine): Row {
  const { date, time } = inIndia(line.at);
  const amount = rupeesFromPaise(line.amountPaise);
  return {
    date,
    time,
    line: `${publicId('transfer', line.journalId)}_${line.line}`,
    what: wordsOf(line),
    service: line.service ?? '',
    reference: asText(line.reference),
    utr: asText(line.utr),
    [line.isCredit ? 'credit' : 'debit']: amount,
    balance: rupeesFromPaise(line.balancePaise),
  };
}

/**
 * What a spreadsheet may read as a formula begins with an apostrophe, which it does not show. A long number stays as
 * it is: programs read this too.
 */
export function asText(text: string | null): string {
  if (text === null) return '';
  return /^\s*[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;
}

export function inIndia(at: Date): { date: string; time: string } {
  const text = new Date(at.getTime() + IST_OFFSET_MS).toISOString();
  return { date: text.slice(0, 10), time: text.slice(11, 19) };
}
