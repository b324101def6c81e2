import { parse } from 'csv-parse/sync';
import { parsePublicId, publicId } from '../../platform/ids';
import type { Paise } from '../../platform/money';
import { rupeesFromPaise } from '../../platform/decimal';
import { DomainError } from '../errors/errors';
import { utrAsKept } from '../india/utr';
import { SETTLEMENT_ERRORS } from './errors';

/**
 * The file to our bank (`munim-bulk-1`), in ASCII, fields parted by `|`, lines by a line feed:
 *   H|munim-bulk-1|<file number>|<date, YYYYMMDD>|<our account>|INR
 *   D|<line>|<our reference>|<rupees, 0.00>|NEFT|<IFSC>|<account>|<name>
 *   T|<lines>|<rupees of all>|<hash total>
 * The hash total is the sum of the last ten digits of each account number, modulo 10^12, in twelve digits.
 */
export const LAYOUT = 'munim-bulk-1';

export interface FileLine {
  itemId: string;
  amountPaise: Paise;
  ifsc: string;
  accountNumber: string;
  name: string;
}

export interface FileHead {
  number: bigint;
  /** `YYYY-MM-DD` */
  day: string;
  bank: string;
}

const HASH_MODULUS = 1_000_000_000_000n;
const HASH_DIGITS = 12;
const ACCOUNT_DIGITS = 10;
const NAME_LENGTH = 40;

export function fileText({ number, day, bank }: FileHead, lines: readonly FileLine[]): string {
  const total = lines.reduce((sum, { amountPaise }) => sum + amountPaise, 0n);
  const written = [
    ['H', LAYOUT, number.toString(), day.replaceAll('-', ''), bank, 'INR'],
    ...lines.map(({ itemId, amountPaise, ifsc, accountNumber, name }, i) => [
      ...['D', String(i + 1), publicId('settlementItem', itemId), rupeesFromPaise(amountPaise), 'NEFT', ifsc],
      ...[accountNumber, nameOf(name)],
    ]),
    ['T', String(lines.length), rupeesFromPaise(total), hashTotal(lines)],
  ];
  return written.map((fields) => `${fields.join('|')}\n`).join('');
}

export function hashTotal(lines: readonly Pick<FileLine, 'accountNumber'>[]): string {
  const sum = lines.reduce((all, { accountNumber }) => {
    const digits = accountNumber.replaceAll(/\D/g, '').slice(-ACCOUNT_DIGITS);
    return all + BigInt(digits === '' ? '0' : digits);
  }, 0n);
  return (sum % HASH_MODULUS).toString().padStart(HASH_DIGITS, '0');
}

/** What a bank prints: Latin letters, digits, and what stands in names; other characters become blanks. */
function nameOf(name: string): string {
  const plain = name.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  return plain
    .replaceAll(/[^A-Za-z0-9 .'&-]/g, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim()
    .slice(0, NAME_LENGTH);
}

/** `RETURNED`: it was paid, and came back. */
export type AnswerStatus = 'PAID' | 'REJECTED' | 'RETURNED';

/** A line of the bank's answer. */
export interface AnswerLine {
  lineNo: number;
  itemId: string;
  amountPaise: Paise;
  status: AnswerStatus;
  /** Of the payment; null where it was rejected. */
  utr: string | null;
  /** Of what came back, where the bank gives it one of its own. */
  returnUtr: string | null;
  reason: string | null;
}

const COLUMNS = ['reference', 'amount', 'status', 'utr', 'return_utr', 'reason'] as const;
type ColumnName = (typeof COLUMNS)[number];
const STATUSES: ReadonlySet<string> = new Set<AnswerStatus>(['PAID', 'REJECTED', 'RETURNED']);
const UTR = /^[A-Z0-9]{6,40}$/;
const AMOUNT = /^\d{1,12}(\.\d{2})?$/;
const REASON_LENGTH = 200;
const MOST_LINES = 100_000;

/**
 * The answer of the bank, a CSV with the columns `reference,amount,status,utr,return_utr,reason`, in any order; others
 * are not looked at. Throws DomainError SETTLEMENT_RESPONSE_REFUSED, which names the line.
 */
export function readAnswer(bytes: Buffer): AnswerLine[] {
  const records = recordsIn(bytes);
  const head = records[0]?.fields.map((name) => name.toLowerCase().replaceAll(/[^a-z]+/g, '_')) ?? [];
  const places = new Map(COLUMNS.map((name) => [name, head.indexOf(name)] as const));
  const missing = COLUMNS.find((name) => places.get(name) === -1);
  if (missing !== undefined) throw refused(1, `there is no column ${missing}`);
  if (records.length < 2) throw refused(1, 'it has no lines');
  if (records.length > MOST_LINES) throw refused(MOST_LINES, 'it has more lines than any file of ours');
  return records.slice(1).map(({ lineNo, fields }) => {
    const value = (name: ColumnName): string => (fields[places.get(name)!] ?? '').trim();
    return lineOf(lineNo, value);
  });
}

/** With the line of the file on which each ends. */
function recordsIn(bytes: Buffer): { lineNo: number; fields: string[] }[] {
  try {
    const found = parse(bytes, {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n'],
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return found.map(({ record, info }) => ({ lineNo: info.lines, fields: record }));
  } catch {
    throw refused(1, 'it is no CSV');
  }
}

function lineOf(lineNo: number, value: (name: ColumnName) => string): AnswerLine {
  const itemId = parsePublicId('settlementItem', value('reference'));
  if (itemId === undefined) throw refused(lineNo, 'the reference is none of ours');
  const status = value('status').toUpperCase();
  if (!STATUSES.has(status)) throw refused(lineNo, 'the status is not PAID, REJECTED or RETURNED');
  if (!AMOUNT.test(value('amount'))) throw refused(lineNo, 'the amount is no amount in rupees');
  const utrIn = (name: ColumnName): string | null => {
    const text = utrAsKept(value(name).toUpperCase());
    if (text !== '' && !UTR.test(text)) throw refused(lineNo, `${name} is no reference of a bank`);
    return text === '' ? null : text;
  };
  const [utr, returnUtr] = [utrIn('utr'), utrIn('return_utr')];
  if (utr === null && status !== 'REJECTED') throw refused(lineNo, 'what was paid needs its UTR');
  const reason = value('reason')
    .replaceAll(/[^\x20-\x7e]/g, ' ')
    .slice(0, REASON_LENGTH);
  return {
    ...{ lineNo, itemId, status: status as AnswerStatus },
    amountPaise: paiseOf(value('amount')),
    utr: status === 'REJECTED' ? null : utr,
    returnUtr: returnUtr === utr ? null : returnUtr,
    reason: reason === '' ? null : reason,
  };
}

function paiseOf(rupees: string): Paise {
  const [whole, paise = '00'] = rupees.split('.');
  return BigInt(whole!) * 100n + BigInt(paise);
}

export function refused(lineNo: number, why: string): DomainError {
  return new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_RESPONSE_REFUSED, {
    detail: `line ${lineNo}: ${why}; nothing was kept`,
  });
}
