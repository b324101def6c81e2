import { parse } from 'csv-parse';
import type { Paise } from '../../platform/money';
import { readPrintedAmount, readPrintedBalance } from './amounts';
import { BalanceCheck } from './balances';
import { readPrintedDate, type DateOrder } from './dates';
import { UnreadableLine, type FileFacts, type LineFormat, type ReportLine } from './format';
import { isDamaged, keyOfMovement, normalReference, referenceIn } from './references';

/** What a bank calls its columns. Headers are compared by their letters only: banks pad, glue and misspell them. */
export interface BankProfile {
  delimiter: ',' | '\t' | ';';
  dates: DateOrder;
  date: readonly string[];
  narration: readonly string[];
  debit: readonly string[];
  credit: readonly string[];
  reference?: readonly string[];
  balance?: readonly string[];
}

export const BANK_PROFILES = {
  sbi: {
    delimiter: '\t',
    dates: 'dmy',
    date: ['Txn Date', 'Transaction Date'],
    narration: ['Description'],
    reference: ['Ref No./Cheque No.', 'Ref No'],
    debit: ['Debit'],
    credit: ['Credit'],
    balance: ['Balance'],
  },
  hdfc: {
    delimiter: ',',
    dates: 'dmy',
    date: ['Date'],
    narration: ['Narration'],
    reference: ['Chq/Ref Number', 'Chq./Ref.No.'],
    debit: ['Debit Amount', 'Withdrawal Amt.'],
    credit: ['Credit Amount', 'Deposit Amt.'],
    balance: ['Closing Balance'],
  },
  icici: {
    delimiter: ',',
    dates: 'dmy',
    date: ['Transaction Date', 'Value Date'],
    narration: ['Transaction Remarks', 'Description'],
    reference: ['Cheque Number', 'Cheque. No./Ref. No.'],
    debit: ['Withdrawal Amount (INR )', 'Withdrawal Amount(INR)'],
    credit: ['Deposit Amount (INR )', 'Deposit Amount(INR)'],
    balance: ['Balance (INR )', 'Balance(INR)'],
  },
} as const satisfies Readonly<Record<string, BankProfile>>;

type Field = 'date' | 'narration' | 'debit' | 'credit' | 'reference' | 'balance';
const NEEDED: readonly Field[] = ['date', 'narration', 'debit', 'credit'];
const MAX_PREAMBLE = 80;
const letters = (text: string): string => text.toLowerCase().replaceAll(/[^a-z]/g, '');

/** The profile that the rows of a source name; throws TypeError for a mapping without what is needed. */
export function profileOfMapping(mapping: unknown): BankProfile {
  const given = mapping as Partial<Record<string, unknown>> | null;
  const texts = (name: Field): string[] => {
    const value = given?.[name];
    return typeof value === 'string' ? [value] : [];
  };
  const dates = given?.dates;
  const delimiter = given?.delimiter ?? ',';
  if (dates !== 'dmy' && dates !== 'mdy' && dates !== 'ymd')
    throw new TypeError('the mapping says in `dates` which order they have: dmy, mdy or ymd');
  if (delimiter !== ',' && delimiter !== '\t' && delimiter !== ';')
    throw new TypeError('`delimiter` is a comma, a tab or a semicolon');
  const missing = NEEDED.find((field) => texts(field).length === 0);
  if (missing !== undefined) throw new TypeError(`the mapping names no column for ${missing}`);
  const { date, narration, debit, credit, reference, balance } = {
    date: texts('date'),
    narration: texts('narration'),
    debit: texts('debit'),
    credit: texts('credit'),
    reference: texts('reference'),
    balance: texts('balance'),
  };
  return { delimiter, dates, date, narration, debit, credit, reference, balance };
}

/** A bank's statement as CSV, by a profile or by the mapping of its source. */
export function bankCsv(profile?: BankProfile): LineFormat {
  return {
    kind: 'lines',
    read: (bytes, mapping) => readStatement(bytes, profile ?? profileOfMapping(mapping)),
  };
}

interface Row {
  record: string[];
  lineNo: number;
}

async function* readStatement(
  bytes: AsyncIterable<Buffer>,
  profile: BankProfile,
): AsyncGenerator<ReportLine, FileFacts> {
  const rows = rowsOf(bytes, profile.delimiter);
  const { places, facts } = await readPreamble(rows, profile);
  const check = new BalanceCheck();
  let closingPaise: Paise | undefined;
  let isOver = false;
  let last = 0;
  for await (const row of rows) {
    last = row.lineNo;
    const read = readRow(row, places, profile);
    if ('balancePaise' in read && 'what' in read) {
      if (read.what === 'opening') facts.openingPaise ??= read.balancePaise;
      else closingPaise = read.balancePaise ?? closingPaise;
      isOver ||= read.what === 'closing';
      continue;
    }
    if (isOver) throw new UnreadableLine(row.lineNo, 'a payment stands behind the end of the list');
    check.add(row.lineNo, read.part === 'credit' ? read.amountPaise : -read.amountPaise, read.balancePaise);
    yield read;
  }
  return { account: facts.account, ...check.end(last, { openingPaise: facts.openingPaise, closingPaise }) };
}

async function* rowsOf(bytes: AsyncIterable<Buffer>, delimiter: string): AsyncGenerator<Row> {
  const parser = parse({
    bom: true,
    delimiter,
    record_delimiter: ['\r\n', '\n'],
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
    info: true,
  });
  const feed = async (): Promise<void> => {
    try {
      for await (const chunk of bytes) {
        if (parser.write(chunk)) continue;
        await new Promise<void>((resolve) => {
          parser.once('drain', resolve);
          parser.once('close', resolve);
        });
        if (parser.destroyed) return;
      }
      parser.end();
    } catch (error) {
      parser.destroy(error as Error);
    }
  };
  const feeding = feed();
  try {
    for await (const one of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>)
      yield { record: one.record, lineNo: one.info.lines };
  } catch (error) {
    const { lines } = error as { lines?: number };
    if (lines === undefined) throw error;
    throw new UnreadableLine(lines, 'it is not CSV: a quoted cell does not end');
  } finally {
    parser.destroy();
  }
  await feeding;
}

type Places = Partial<Record<Field, number>>;

/** Reads up to the line of headers. Banks print address, account and period before it. */
async function readPreamble(
  rows: AsyncGenerator<Row>,
  profile: BankProfile,
): Promise<{ places: Places; facts: FileFacts }> {
  const facts: FileFacts = {};
  let lineNo = 0;
  for (let n = 0; n < MAX_PREAMBLE; n++) {
    const next = await rows.next();
    if (next.done === true) break;
    const row: Row = next.value;
    lineNo = row.lineNo;
    const places = placesOf(row.record, profile);
    if (NEEDED.every((field) => places[field] !== undefined)) return { places, facts };
    noteFacts(row, facts);
  }
  throw new UnreadableLine(lineNo, 'no line has the headers of this profile');
}

function placesOf(headers: readonly string[], profile: BankProfile): Places {
  const given = headers.map(letters);
  const placeOf = (names: readonly string[] = []): number | undefined => {
    const at = names.map((name) => given.indexOf(letters(name))).find((place) => place >= 0);
    return at;
  };
  return {
    date: placeOf(profile.date),
    narration: placeOf(profile.narration),
    debit: placeOf(profile.debit),
    credit: placeOf(profile.credit),
    reference: placeOf(profile.reference),
    balance: placeOf(profile.balance),
  };
}

const ACCOUNT = /account\s*(?:no|number)\b[\s.:'"_-]*(\d[\d -]{5,})?/i;

function noteFacts({ record }: Row, facts: FileFacts): void {
  const text = record.join(' ');
  const account = ACCOUNT.exec(text);
  if (account?.[1] !== undefined) facts.account ??= account[1].replaceAll(/\D/g, '');
  if (!letters(text).includes('openingbalance')) return;
  const amount = record.map(amountIn).find((paise) => paise !== undefined);
  if (amount !== undefined) facts.openingPaise ??= amount;
}

function amountIn(cell: string): Paise | undefined {
  try {
    return readPrintedBalance(cell.replace(/^.*:/, ''));
  } catch {
    return undefined; // words
  }
}

type NoPayment = { what: 'opening' | 'closing' | 'rule'; balancePaise: Paise | undefined };

function readRow({ record, lineNo }: Row, places: Places, profile: BankProfile): ReportLine | NoPayment {
  const cell = (field: Field): string => record[places[field] ?? -1] ?? '';
  const words = letters(record.join(' '));
  const date = cell('date');
  if (!/\d/.test(date)) return withoutDate(record, words, lineNo, places);
  const happenedOn = attempt(lineNo, 'the date is not one of the form that the profile says', () =>
    readPrintedDate(date, profile.dates),
  );
  const [debit, credit] = (['debit', 'credit'] as const).map((field) =>
    attempt(lineNo, `the ${field} is not an amount`, () => readPrintedAmount(cell(field))?.paise ?? 0n),
  ) as [Paise, Paise];
  const balancePaise = attempt(lineNo, 'the balance is not an amount', () =>
    readPrintedBalance(cell('balance')),
  );
  if (
    debit === 0n &&
    credit === 0n &&
    /^\d*(?:opening|closing|broughtforward|bf)/.test(letters(cell('narration')))
  )
    return { what: /opening|bf|broughtforward/.test(words) ? 'opening' : 'closing', balancePaise };
  if (debit < 0n || credit < 0n) throw new UnreadableLine(lineNo, 'an amount below zero has no side');
  if ((debit === 0n) === (credit === 0n))
    throw new UnreadableLine(lineNo, 'a line has a debit or a credit, and not both');
  const side = credit > 0n ? 'credit' : 'debit';
  const amountPaise = debit + credit;
  const narration = cell('narration');
  const written = cell('reference');
  const utr = isDamaged(written) ? undefined : (normalReference(written) ?? referenceIn(narration));
  const key = keyOfMovement({ side, amountPaise, happenedOn, utr, narration, balancePaise });
  return {
    ...{ lineNo, key, part: side, kind: 'succeeded', happenedOn, utr, amountPaise, balancePaise },
    providerReference: isDamaged(written) ? written.trim().toUpperCase() : undefined,
  };
}

/** A rule of dashes, a total, the closing balance: none of them moves money. An amount without a date would be lost. */
function withoutDate(record: readonly string[], words: string, lineNo: number, places: Places): NoPayment {
  const last = record.map(amountIn).findLast((paise) => paise !== undefined);
  if (words.includes('opening')) return { what: 'opening', balancePaise: last };
  const isSum = /closing|total|balance|summary|endof|statement|generated|computer|page/.test(words);
  const hasSide = (['debit', 'credit'] as const).some(
    (field) => (amountIn(record[places[field] ?? -1] ?? '') ?? 0n) !== 0n,
  );
  if (hasSide && !isSum) throw new UnreadableLine(lineNo, 'a line with an amount has no date');
  return { what: isSum ? 'closing' : 'rule', balancePaise: words.includes('closing') ? last : undefined };
}

function attempt<T>(lineNo: number, reason: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UnreadableLine(lineNo, reason);
  }
}
