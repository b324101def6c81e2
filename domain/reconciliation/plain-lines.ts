import type { Field, TableColumn, TableFormat, Unit } from './format';

/**
 * Reads the lines of a table that are as nearly all are, from bytes to the binary form of `COPY`, so that PostgreSQL
 * neither splits nor judges them: ASCII without quotes, whole digits, times of India. Whatever is not, is passed on as it
 * stands, and PostgreSQL reads and judges it (`staging.ts`): only there is anything refused, with its reason. Amounts are
 * whole paise below 2^53; no fraction is ever made of them.
 */

/** The columns of the plain lines, in the order in which they are written. */
export const PLAIN_COLUMNS = [
  ['line_no', 'integer'],
  ['happened_on', 'date'],
  ['amount_paise', 'bigint'],
  ['fee_paise', 'bigint'],
  ['commission_paise', 'bigint'],
  ['tds_paise', 'bigint'],
  ['is_credit', 'boolean'],
  ['kind', 'text'],
  ['provider_reference', 'text'],
  ['our_reference', 'text'],
  ['utr', 'text'],
  ['settlement_utr', 'text'],
  ['status_word', 'text'],
] as const;

const [LF, CR, QUOTE, COMMA, POINT] = [10, 13, 34, 44, 46];
const [ZERO, NINE] = [48, 57];
/** A record that is longer is none of a report. */
const MAX_RECORD = 4_194_304;
/** What is passed on is handed over when so much is there. */
const MAX_PASSED = 1_048_576;
const BLOCK = 131_072;
/** Of the values of a plain line; a longer one is passed on. */
const MAX_PLAIN = 8_192;
const MAX_DIGITS = 15;
const MAX_RUPEE_DIGITS = 13;
const COPY_HEAD = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const COPY_END = Buffer.from([0xff, 0xff]);

/** By byte: 0 belongs to a value, 1 ends one, 2 makes the line none that is plain. */
const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === COMMA || byte === LF || byte === CR) return 1;
  return byte < 32 || byte > 126 || byte === QUOTE || byte === 92 ? 2 : 0;
});

/** A record that PostgreSQL is to read: its number among the records, and its line in the text that is passed on. */
interface Passed {
  lineNo: number;
  at: number;
}

export interface PassedOn {
  /** In the form of the file, each with its number in one column more. */
  text: Buffer;
  /** The number of the record that stands at a line of `text`, from 1. */
  lineNoAt(line: number): number;
}

export interface PlainLines {
  /** The first line with its end, once some bytes were read; a file without any has an empty one. */
  header(): Promise<Buffer>;
  /** Plain lines as `COPY … (format binary)`, until the file ends or enough is to be passed on. */
  blocks(): AsyncGenerator<Buffer>;
  /** What is to be passed on since it was asked last; undefined when there is nothing. */
  passedOn(): PassedOn | undefined;
  readonly isDone: boolean;
  /** Ends the source, read or not: a file is not left open. */
  close(): Promise<void>;
}

/** Throws RangeError for a record that does not end. */
export function readPlainLines(format: TableFormat, bytes: AsyncIterable<Buffer>): PlainLines {
  return new Reader(format, bytes[Symbol.asyncIterator]());
}

class Reader implements PlainLines {
  isDone = false;
  private rest: Buffer = Buffer.alloc(0);
  private at = 0;
  private lineNo = 1;
  private passed: Passed[] = [];
  private texts: Buffer[] = [];
  private size = 0;
  private textLines = 0;
  private isCrlf = false;
  private readonly writer: LineWriter;

  constructor(
    format: TableFormat,
    private readonly source: AsyncIterator<Buffer>,
  ) {
    this.writer = new LineWriter(format);
  }

  async header(): Promise<Buffer> {
    let end = this.rest.indexOf(LF);
    while (end < 0 && (await this.more())) end = this.rest.indexOf(LF);
    this.at = end < 0 ? this.rest.length : end + 1;
    const header = this.rest.subarray(0, this.at);
    this.isCrlf = header.at(-2) === CR;
    return header;
  }

  async *blocks(): AsyncGenerator<Buffer> {
    yield COPY_HEAD;
    let block = Buffer.allocUnsafe(BLOCK);
    let used = 0;
    for (;;) {
      const whole = this.rest.lastIndexOf(LF) + 1;
      while (this.at < whole && this.size < MAX_PASSED) {
        if (used > BLOCK - MAX_PLAIN - 512) {
          yield block.subarray(0, used);
          block = Buffer.allocUnsafe(BLOCK);
          used = 0;
        }
        const written = this.writer.write(
          this.rest,
          this.at,
          { block, used, lineNo: this.lineNo + 1 },
          this.isCrlf,
        );
        if (written >= 0) {
          used = written;
          this.at = this.writer.end;
        } else if (!this.passOn()) break;
        this.lineNo += 1;
      }
      if (this.size >= MAX_PASSED) break;
      if (!(await this.more())) {
        this.isDone = true;
        break;
      }
    }
    if (used > 0) yield block.subarray(0, used);
    yield COPY_END;
  }

  async close(): Promise<void> {
    await this.source.return?.();
  }

  passedOn(): PassedOn | undefined {
    const { passed, texts } = this;
    if (passed.length === 0) return undefined;
    [this.passed, this.texts, this.size, this.textLines] = [[], [], 0, 0];
    return {
      text: Buffer.concat(texts),
      lineNoAt: (line) => passed.findLast(({ at }) => at <= line)?.lineNo ?? passed[0]!.lineNo,
    };
  }

  /** Reads on behind what is not used yet. A last line without an end gets one. */
  private async more(): Promise<boolean> {
    const left = this.rest.subarray(this.at);
    if (left.length > MAX_RECORD) throw new RangeError('a line does not end');
    const next = await this.source.next();
    this.at = 0;
    if (next.done !== true) {
      this.rest = left.length === 0 ? next.value : Buffer.concat([left, next.value]);
      return true;
    }
    if (left.length === 0) {
      this.rest = left;
      return false;
    }
    if (left.at(-1) !== LF) {
      this.rest = Buffer.concat([left, Buffer.from([LF])]);
      return true;
    }
    // A quote that does not end: the rest of the file is one record, which PostgreSQL refuses.
    this.rest = left;
    this.add(left.subarray(0, -1));
    this.at = left.length;
    return false;
  }

  /** The record at this place, which may go over several lines; false when its end has not been read. */
  private passOn(): boolean {
    const { rest } = this;
    let isQuoted = false;
    for (let place = this.at; place < rest.length; place++) {
      if (rest[place] === QUOTE) isQuoted = !isQuoted;
      if (rest[place] !== LF || isQuoted) continue;
      const end = this.isCrlf && rest[place - 1] === CR ? place - 1 : place;
      this.add(rest.subarray(this.at, end));
      this.at = place + 1;
      return true;
    }
    return false;
  }

  private add(record: Buffer): void {
    const lineNo = this.lineNo + 1;
    this.passed.push({ lineNo, at: this.textLines + 1 });
    const text = Buffer.concat([record, Buffer.from(`,${lineNo}\n`)]);
    this.texts.push(text);
    this.size += text.length;
    // As COPY counts: a line break in a value too, but not before it has seen how lines end.
    if (this.textLines === 0) this.textLines = 1;
    else for (const byte of text) if (byte === LF) this.textLines += 1;
  }
}

/** What a status word, or another word that comes again and again, means. */
class Words<T> {
  private readonly seen = new Map<string, T>();
  private last: Buffer = Buffer.alloc(0);
  private lastIs: T | undefined;

  constructor(private readonly meaningOf: (word: string) => T) {}

  read(from: Buffer, start: number, end: number): T {
    const { last } = this;
    if (last.length === end - start && this.lastIs !== undefined) {
      let i = 0;
      while (i < last.length && last[i] === from[start + i]) i++;
      if (i === last.length) return this.lastIs;
    }
    const word = from.toString('latin1', start, end);
    let meaning = this.seen.get(word);
    if (meaning === undefined) {
      meaning = this.meaningOf(word);
      if (this.seen.size < MAX_WORDS) this.seen.set(word, meaning);
    }
    this.last = Buffer.from(word, 'latin1');
    this.lastIs = meaning;
    return meaning;
  }
}
const MAX_WORDS = 1_000;

interface Target {
  block: Buffer;
  used: number;
  lineNo: number;
}

interface Column {
  as: Field | undefined;
  unit: Unit;
  isNeeded: boolean;
}

const NEEDED: ReadonlySet<Field> = new Set(['amount', 'status', 'at']);

class LineWriter {
  /** Behind the line that was written last. */
  end = 0;
  private readonly columns: readonly Column[];
  private readonly starts: Int32Array;
  private readonly ends: Int32Array;
  /** Of a column with a number: paise, or the days since 2000; NaN for an empty cell. */
  private readonly numbers: Float64Array;
  private readonly days = new Words(daysOf);
  private readonly kinds: Words<Buffer>;
  private readonly leftOut: Words<boolean>;
  private readonly credits: Words<boolean>;
  private readonly places: Readonly<Record<Field | 'leaveOut' | 'credits', number>>;

  constructor(format: TableFormat) {
    const { columns, statuses, leaveOut, credits } = format;
    this.columns = columns.map(({ as, unit }) => ({
      as,
      unit,
      isNeeded: as !== undefined && NEEDED.has(as),
    }));
    this.starts = new Int32Array(columns.length);
    this.ends = new Int32Array(columns.length);
    this.numbers = new Float64Array(columns.length);
    const kindOf = new Map(Object.entries(statuses));
    this.kinds = new Words((word) => Buffer.from(kindOf.get(word) ?? 'pending', 'latin1'));
    this.leftOut = new Words((word) => leaveOut?.values.includes(word) === true);
    this.credits = new Words((word) => credits?.values.includes(word) === true);
    const placeOf = (test: (column: TableColumn) => boolean): number => columns.findIndex(test);
    const of = (field: Field): number => placeOf(({ as }) => as === field);
    this.places = {
      ...{ providerReference: of('providerReference'), ourReference: of('ourReference'), utr: of('utr') },
      ...{
        settlementUtr: of('settlementUtr'),
        amount: of('amount'),
        fee: of('fee'),
        commission: of('commission'),
      },
      ...{ tds: of('tds'), status: of('status'), at: of('at') },
      leaveOut: placeOf(({ header }) => header === leaveOut?.header),
      credits: placeOf(({ header }) => header === credits?.header),
    };
  }

  /** Writes a plain line, unless the format leaves it out; returns how far the block is used, or -1 for another line. */
  write(from: Buffer, start: number, target: Target, isCrlf: boolean): number {
    if (!this.split(from, start, isCrlf)) return -1;
    const { places, starts, ends } = this;
    if (places.leaveOut >= 0 && this.leftOut.read(from, starts[places.leaveOut]!, ends[places.leaveOut]!))
      return target.used;
    if (this.isEmpty(places.providerReference) && this.isEmpty(places.ourReference)) return -1;
    return this.emit(from, target);
  }

  private isEmpty(place: number): boolean {
    return place < 0 || this.starts[place] === this.ends[place];
  }

  /** Finds the values of a line and reads its numbers; false where it is not plain. */
  private split(from: Buffer, start: number, isCrlf: boolean): boolean {
    const { columns, starts, ends } = this;
    const last = columns.length - 1;
    let at = start;
    for (let i = 0; i <= last; i++) {
      starts[i] = at;
      while (CLASSES[from[at]!] === 0) at++;
      ends[i] = at;
      if (i < last ? from[at] !== COMMA : from[at] !== (isCrlf ? CR : LF)) return false;
      if (!this.readCell(from, i)) return false;
      at += 1;
    }
    if (isCrlf && from[at] !== LF) return false;
    this.end = isCrlf ? at + 1 : at;
    return at - start <= MAX_PLAIN;
  }

  private readCell(from: Buffer, place: number): boolean {
    const { unit, isNeeded } = this.columns[place]!;
    const [start, end] = [this.starts[place]!, this.ends[place]!];
    if (start === end) {
      this.numbers[place] = Number.NaN;
      return !isNeeded && unit !== 'ist' && unit !== 'iso';
    }
    if (unit === 'text') return true;
    const read =
      unit === 'ist' || unit === 'iso'
        ? this.readDay(from, start, end, unit)
        : readPaise(from, start, end, unit);
    this.numbers[place] = read;
    return read >= 0;
  }

  /** A time of India as nearly all are; -1 for another one. */
  private readDay(from: Buffer, start: number, end: number, unit: 'ist' | 'iso'): number {
    const [length, mark] = unit === 'ist' ? [19, 32] : [25, 84];
    if (end - start !== length || from[start + 10] !== mark) return -1;
    const isClock =
      twoDigits(from, start + 11) < 24 &&
      twoDigits(from, start + 14) < 60 &&
      twoDigits(from, start + 17) < 60;
    if (!isClock || from[start + 13] !== 58 || from[start + 16] !== 58) return -1;
    if (unit === 'iso') for (let i = 0; i < 6; i++) if (from[start + 19 + i] !== INDIA[i]) return -1;
    return this.days.read(from, start, start + 10);
  }

  private emit(from: Buffer, { block, used, lineNo }: Target): number {
    const { places, numbers } = this;
    let at = writeInt16(block, used, PLAIN_COLUMNS.length);
    at = writeInt32(block, writeInt32(block, at, 4), lineNo);
    at = writeInt32(block, writeInt32(block, at, 4), numbers[places.at]!);
    at = this.emitPaise(block, at, places.amount);
    at = this.emitPaise(block, at, places.fee);
    at = this.emitPaise(block, at, places.commission);
    at = this.emitPaise(block, at, places.tds);
    at = writeInt32(block, at, 1);
    block[at++] =
      places.credits >= 0 && this.credits.read(from, this.starts[places.credits]!, this.ends[places.credits]!)
        ? 1
        : 0;
    const kind = this.kinds.read(from, this.starts[places.status]!, this.ends[places.status]!);
    at = writeBytes(block, at, kind, [0, kind.length]);
    at = this.emitText(from, block, at, places.providerReference);
    at = this.emitText(from, block, at, places.ourReference);
    at = this.emitText(from, block, at, places.utr);
    at = this.emitText(from, block, at, places.settlementUtr);
    return this.emitText(from, block, at, places.status);
  }

  private emitPaise(block: Buffer, at: number, place: number): number {
    const paise = place < 0 ? Number.NaN : this.numbers[place]!;
    if (Number.isNaN(paise)) return writeInt32(block, at, -1);
    const high = Math.floor(paise / 4_294_967_296);
    return writeInt32(block, writeInt32(block, writeInt32(block, at, 8), high), paise - high * 4_294_967_296);
  }

  private emitText(from: Buffer, block: Buffer, at: number, place: number): number {
    if (this.isEmpty(place)) return writeInt32(block, at, -1);
    return writeBytes(block, at, from, [this.starts[place]!, this.ends[place]!]);
  }
}

const INDIA = Buffer.from('+05:30', 'latin1');
const DAY_MS = 86_400_000;
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

/** `2026-11-28` as days since 2000; -1 for another form, and for a day of no calendar. */
function daysOf(text: string): number {
  if (!/^202\d-\d\d-\d\d$/.test(text)) return -1;
  const ms = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text) return -1;
  return (ms - POSTGRES_EPOCH_MS) / DAY_MS;
}

/** 100 where one of the two is no digit. */
function twoDigits(from: Buffer, at: number): number {
  const [tens, ones] = [from[at]! - ZERO, from[at + 1]! - ZERO];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 100;
}

/** Paise of a cell; -1 where it is not plain. Of rupees with more than two decimals, only a share has any. */
function readPaise(from: Buffer, start: number, end: number, unit: Unit): number {
  let value = 0;
  let at = start;
  const most = start + (unit === 'paise' ? MAX_DIGITS : MAX_RUPEE_DIGITS);
  while (at < end && at < most && from[at]! >= ZERO && from[at]! <= NINE)
    value = value * 10 + from[at++]! - ZERO;
  if (at === start) return -1;
  if (unit === 'paise') return at === end ? value : -1;
  value *= 100;
  if (at === end) return value;
  const decimals = end - at - 1;
  if (from[at] !== POINT || decimals < 1 || decimals > (unit === 'share' ? 6 : 2)) return -1;
  for (let i = 1; i <= decimals; i++) {
    const digit = from[at + i]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    if (i <= 2) value += digit * (i === 1 ? 10 : 1);
    else if (i === 3 && digit >= 5) value += 1;
  }
  return value;
}

function writeInt16(to: Buffer, at: number, value: number): number {
  to[at] = value >> 8;
  to[at + 1] = value & 255;
  return at + 2;
}

function writeInt32(to: Buffer, at: number, value: number): number {
  to[at] = (value >>> 24) & 255;
  to[at + 1] = (value >>> 16) & 255;
  to[at + 2] = (value >>> 8) & 255;
  to[at + 3] = value & 255;
  return at + 4;
}

/** With its length in front. */
function writeBytes(to: Buffer, at: number, from: Buffer, [start, end]: readonly [number, number]): number {
  let place = writeInt32(to, at, end - start);
  for (let i = start; i < end; i++) to[place++] = from[i]!;
  return place;
}
