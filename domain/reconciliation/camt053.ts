import { StringDecoder } from 'node:string_decoder';
import { SaxesParser, type SaxesTagNS } from 'saxes';
import type { Paise } from '../../platform/money';
import { readPlainAmount } from './amounts';
import { BalanceCheck } from './balances';
import { isoDate } from './dates';
import { UnreadableLine, type FileFacts, type LineFormat, type ReportLine } from './format';
import { keyOfMovement, normalReference, referenceIn } from './references';

/**
 * CAMT.053, versions .02 and .08: a statement of ISO 20022, read as a stream. Names are compared without their prefix,
 * and every value is text. Of an entry only what is booked counts; its references come in the order EndToEndId, TxId,
 * AcctSvcrRef, AddtlNtryInf. What is reversed moves money the way that CdtDbtInd says.
 */
export const CAMT_053: LineFormat = { kind: 'lines', read: readCamt };

interface Entry {
  lineNo: number;
  amount: string;
  currency: string;
  side: string;
  status: string;
  bookedOn: string;
  valueOn: string;
  /** Of one transaction: its references by their element. Of a batch, those of the entry alone. */
  references: Map<string, string>;
  parts: number;
  words: string[];
}

interface Balance {
  code: string;
  amount: string;
  side: string;
}

const MAX_DEPTH = 24;
const MAX_TEXT = 10_000;

class Reader {
  readonly lines: ReportLine[] = [];
  account: string | undefined;
  openingPaise: Paise | undefined;
  closingPaise: Paise | undefined;
  statements = 0;
  private path: string[] = [];
  private text = '';
  private entry: Entry | undefined;
  private balance: Balance | undefined;
  private check = new BalanceCheck();
  readonly parser = new SaxesParser({ xmlns: true, position: true });
  private failure: Error | undefined;

  constructor() {
    this.parser.on('opentag', (tag) => this.attempt(() => this.open(tag)));
    this.parser.on('closetag', (tag) => this.attempt(() => this.close(tag.local)));
    this.parser.on('text', (text) => {
      if (this.text.length < MAX_TEXT) this.text += text;
    });
    this.parser.on('doctype', () => {
      this.failure ??= new UnreadableLine(this.parser.line, 'a document type is not taken');
    });
    this.parser.on('error', () => {
      this.failure ??= new UnreadableLine(this.parser.line, 'the XML is damaged or ends early');
    });
  }

  /** Throws `UnreadableLine`. */
  write(text: string): void {
    this.parser.write(text);
    if (this.failure !== undefined) throw this.failure;
  }

  end(): void {
    this.parser.close();
    if (this.failure !== undefined) throw this.failure;
    if (this.statements === 0) throw new UnreadableLine(1, 'it holds no statement');
  }

  private attempt(work: () => void): void {
    if (this.failure !== undefined) return;
    try {
      work();
    } catch (error) {
      this.failure = error as Error;
    }
  }

  private open({ local, attributes }: SaxesTagNS): void {
    this.path.push(local);
    this.text = '';
    if (this.path.length > MAX_DEPTH) throw this.refusal('it is nested too deeply');
    if (local === 'Stmt') this.begin();
    if (local === 'Bal') this.balance = { code: '', amount: '', side: '' };
    if (local === 'Ntry') this.entry = newEntry(this.parser.line);
    if (local === 'TxDtls' && this.entry !== undefined) this.entry.parts += 1;
    if (local === 'Amt' && this.entry?.amount === '' && this.parent() === 'Ntry')
      this.entry.currency = Object.values(attributes).find((a) => a.local === 'Ccy')?.value ?? '';
  }

  private begin(): void {
    this.statements += 1;
    this.check = new BalanceCheck();
    this.openingPaise = undefined;
    this.closingPaise = undefined;
  }

  private close(local: string): void {
    const value = this.text.trim();
    const parent = this.parent();
    this.text = '';
    if (this.entry !== undefined) this.closeInEntry(local, parent, value);
    else if (this.balance !== undefined) this.closeInBalance(local, parent, value);
    else if ((local === 'IBAN' && parent === 'Id') || (local === 'Id' && parent === 'Othr')) this.name(value);
    if (local === 'Stmt')
      this.check.end(this.parser.line, { openingPaise: this.openingPaise, closingPaise: this.closingPaise });
    this.path.pop();
  }

  private name(account: string): void {
    if (!this.path.includes('Acct') || this.path.includes('RltdAcct')) return;
    if (this.account !== undefined && this.account !== account)
      throw this.refusal('it holds statements of several accounts');
    this.account = account;
  }

  private closeInBalance(local: string, parent: string | undefined, value: string): void {
    const balance = this.balance!;
    if (local === 'Cd' && parent === 'CdOrPrtry') balance.code = value;
    if (local === 'Amt') balance.amount = value;
    if (local === 'CdtDbtInd') balance.side = value;
    if (local !== 'Bal') return;
    this.balance = undefined;
    const paise = this.paise(balance.amount) * (balance.side === 'DBIT' ? -1n : 1n);
    if (balance.code === 'OPBD' || balance.code === 'PRCD') this.openingPaise ??= paise;
    if (balance.code === 'CLBD') this.closingPaise = paise;
  }

  private closeInEntry(local: string, parent: string | undefined, value: string): void {
    const entry = this.entry!;
    if (parent === 'Ntry') {
      if (local === 'Amt') entry.amount = value;
      if (local === 'CdtDbtInd') entry.side = value;
      if (local === 'Sts' && value !== '') entry.status = value;
      if (local === 'AddtlNtryInf') entry.words.push(value);
      if (local === 'AcctSvcrRef') entry.references.set('AcctSvcrRef of the entry', value);
    }
    if (local === 'Cd' && parent === 'Sts' && this.path.at(-3) === 'Ntry') entry.status = value;
    if (parent === 'BookgDt') entry.bookedOn = value;
    if (parent === 'ValDt') entry.valueOn = value;
    if (parent === 'Refs' && REFERENCES.includes(local) && entry.parts <= 1)
      entry.references.set(local, value);
    if (local === 'Ustrd' || local === 'AddtlTxInf') entry.words.push(value);
    if (local !== 'Ntry') return;
    this.entry = undefined;
    const line = this.lineOf(entry);
    if (line === undefined) return;
    this.check.add(entry.lineNo, line.part === 'credit' ? line.amountPaise : -line.amountPaise, undefined);
    this.lines.push(line);
  }

  private lineOf(entry: Entry): ReportLine | undefined {
    if (entry.status !== 'BOOK') return undefined;
    const { lineNo } = entry;
    if (entry.currency !== 'INR') throw new UnreadableLine(lineNo, 'an entry is not in rupees');
    if (entry.side !== 'CRDT' && entry.side !== 'DBIT')
      throw new UnreadableLine(lineNo, 'an entry is neither a credit nor a debit');
    const side = entry.side === 'CRDT' ? 'credit' : 'debit';
    const amountPaise = this.paise(entry.amount);
    const happenedOn = dayOf(entry.bookedOn === '' ? entry.valueOn : entry.bookedOn, lineNo);
    const narration = entry.words.join(' ');
    const utr = referenceOf(entry, narration);
    const key = keyOfMovement({ side, amountPaise, happenedOn, utr, narration, balancePaise: undefined });
    return { lineNo, key, part: side, kind: 'succeeded', happenedOn, utr, amountPaise };
  }

  private paise(text: string): Paise {
    try {
      return readPlainAmount(text, '.');
    } catch {
      throw this.refusal('an amount is not a decimal number with whole paise');
    }
  }

  /** Of the element that is open, or closes. */
  private parent(): string | undefined {
    return this.path.at(-2);
  }

  private refusal(reason: string): UnreadableLine {
    return new UnreadableLine(this.parser.line, reason);
  }
}

const REFERENCES = ['EndToEndId', 'TxId', 'AcctSvcrRef'];

function newEntry(lineNo: number): Entry {
  const nothing = { amount: '', currency: '', side: '', status: '', bookedOn: '', valueOn: '' };
  return { lineNo, ...nothing, references: new Map(), parts: 0, words: [] };
}

function referenceOf({ references, parts }: Entry, narration: string): string | undefined {
  const ofOne = parts <= 1 ? REFERENCES.map((name) => references.get(name)) : [];
  const named = [...ofOne, references.get('AcctSvcrRef of the entry')];
  const found = named.map((text) => (text === undefined ? undefined : normalReference(text)));
  return found.find((text) => text !== undefined) ?? referenceIn(narration);
}

function dayOf(text: string, lineNo: number): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(text);
  try {
    if (match !== null) return isoDate(Number(match[1]), Number(match[2]), Number(match[3]));
  } catch {
    // told below
  }
  throw new UnreadableLine(lineNo, 'an entry has no date of booking');
}

async function* readCamt(bytes: AsyncIterable<Buffer>): AsyncGenerator<ReportLine, FileFacts> {
  const reader = new Reader();
  const decoder = new StringDecoder('utf8');
  for await (const chunk of bytes) {
    reader.write(decoder.write(chunk));
    yield* reader.lines.splice(0);
  }
  reader.write(decoder.end());
  reader.end();
  yield* reader.lines.splice(0);
  const { account, openingPaise, closingPaise } = reader;
  return { account, openingPaise, closingPaise };
}
