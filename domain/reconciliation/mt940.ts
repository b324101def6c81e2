import type { Paise } from '../../platform/money';
import { readPlainAmount } from './amounts';
import { BalanceCheck } from './balances';
import { isoDate, nearestYear } from './dates';
import { UnreadableLine, type FileFacts, type LineFormat, type ReportLine } from './format';
import { linesOf } from './lines';
import { keyOfMovement, normalReference, referenceIn } from './references';

/**
 * MT940 of SWIFT. A reference keeps its slashes (`//` alone begins the bank's own), an entry's year is the one nearest
 * to its value date, and RC and RD are reversals: of a credit, so money goes; of a debit, so it comes back.
 */
export const MT940: LineFormat = { kind: 'lines', read: readMt940 };

const TAG = /^:(\d{2}[A-Z]?):(.*)$/;
/** Value date, entry date, mark, letter of the currency, amount, type, reference, the bank's own reference. */
const ENTRY =
  /^(\d{6})(\d{4})?(R?[CD])([A-Z])?(\d{1,15},\d{0,2}0*)([NSF][A-Z0-9]{3})((?:(?!\/\/).){0,16}?)(?:\/\/(.{0,16}))?$/;
const BALANCE = /^([CD])(\d{6})([A-Z]{3})(\d{1,15},\d{0,2}0*)$/;

interface Open {
  lineNo: number;
  line: Omit<ReportLine, 'key' | 'utr'>;
  side: 'credit' | 'debit';
  reference: string;
  words: string;
}

class Reader {
  account: string | undefined;
  openingPaise: Paise | undefined;
  closingPaise: Paise | undefined;
  readonly lines: ReportLine[] = [];
  private open: Open | undefined;
  private check: BalanceCheck | undefined;
  private opening: Paise | undefined;
  private tag = '';

  take(text: string, lineNo: number): void {
    const match = TAG.exec(text);
    if (match === null) {
      if (this.tag === '86' && this.open !== undefined && text !== '-') this.open.words += ` ${text}`;
      return;
    }
    this.tag = match[1]!;
    const value = match[2]!;
    if (this.tag === '25') this.name(value, lineNo);
    if (this.tag === '60F' || this.tag === '60M') this.begin(value, lineNo);
    if (this.tag === '61') this.entry(value, lineNo);
    if (this.tag === '86' && this.open !== undefined) this.open.words += ` ${value}`;
    if (this.tag === '62F' || this.tag === '62M') this.finish(value, lineNo);
  }

  end(lineNo: number): void {
    if (this.check !== undefined) throw new UnreadableLine(lineNo, 'the statement has no closing balance');
    if (this.closingPaise === undefined) throw new UnreadableLine(lineNo, 'it holds no statement');
  }

  private name(value: string, lineNo: number): void {
    const account = value.trim();
    if (this.account !== undefined && this.account !== account)
      throw new UnreadableLine(lineNo, 'it holds statements of several accounts');
    this.account = account;
  }

  private begin(value: string, lineNo: number): void {
    if (this.check !== undefined) throw new UnreadableLine(lineNo, 'a statement begins inside another');
    this.check = new BalanceCheck();
    this.opening = balanceOf(value, lineNo);
    this.openingPaise ??= this.opening;
  }

  private entry(value: string, lineNo: number): void {
    this.flush();
    const match = ENTRY.exec(value);
    if (match === null || this.check === undefined)
      throw new UnreadableLine(lineNo, 'an entry does not have the form of field 61');
    const [, valueDate, entryDate, mark, , amount, , reference, own] = match;
    const side = mark === 'C' || mark === 'RD' ? 'credit' : 'debit';
    const valueOn = dayOf(valueDate!, lineNo);
    const happenedOn =
      entryDate === undefined ? valueOn : calendar(lineNo, () => nearestYear(entryDate, valueOn));
    const amountPaise = readPlainAmount(amount!, ',');
    this.check.add(lineNo, side === 'credit' ? amountPaise : -amountPaise, undefined);
    this.open = {
      ...{ lineNo, side, words: '', reference: normalReference(reference!) ?? own ?? '' },
      line: { lineNo, part: side, kind: 'succeeded', happenedOn, amountPaise },
    };
  }

  private finish(value: string, lineNo: number): void {
    this.flush();
    if (this.check === undefined) throw new UnreadableLine(lineNo, 'a statement ends that did not begin');
    this.closingPaise = balanceOf(value, lineNo);
    this.check.end(lineNo, { openingPaise: this.opening, closingPaise: this.closingPaise });
    this.check = undefined;
  }

  private flush(): void {
    if (this.open === undefined) return;
    const { line, side, reference, words } = this.open;
    const utr = normalReference(reference) ?? referenceIn(words);
    const { amountPaise, happenedOn } = line;
    const key = keyOfMovement({
      side,
      amountPaise,
      happenedOn,
      utr,
      narration: words,
      balancePaise: undefined,
    });
    this.lines.push({ ...line, key, utr });
    this.open = undefined;
  }
}

function balanceOf(value: string, lineNo: number): Paise {
  const match = BALANCE.exec(value.trim());
  if (match === null)
    throw new UnreadableLine(lineNo, 'a balance does not have the form of fields 60 and 62');
  if (match[3] !== 'INR') throw new UnreadableLine(lineNo, 'the statement is not in rupees');
  const paise = readPlainAmount(match[4]!, ',');
  return match[1] === 'D' ? -paise : paise;
}

const dayOf = (text: string, lineNo: number): string =>
  calendar(lineNo, () =>
    isoDate(2000 + Number(text.slice(0, 2)), Number(text.slice(2, 4)), Number(text.slice(4))),
  );

function calendar(lineNo: number, read: () => string): string {
  try {
    return read();
  } catch {
    throw new UnreadableLine(lineNo, 'a date is no day of the calendar');
  }
}

async function* readMt940(bytes: AsyncIterable<Buffer>): AsyncGenerator<ReportLine, FileFacts> {
  const reader = new Reader();
  let last = 0;
  for await (const { text, lineNo } of linesOf(bytes)) {
    last = lineNo;
    reader.take(text, lineNo);
    yield* reader.lines.splice(0);
  }
  reader.end(last);
  const { account, openingPaise, closingPaise } = reader;
  return { account, openingPaise, closingPaise };
}
