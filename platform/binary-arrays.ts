/**
 * Arrays as PostgreSQL takes them in binary (`array_send`): nothing is escaped by us and nothing parsed by the server,
 * which for a batch of rows is a good part of its cost on both sides. The driver sends a buffer as it is.
 */
export type BinaryType = keyof typeof CODECS;

interface Codec<V> {
  /** Of the elements' type, as `pg_type` has it. */
  readonly oid: number;
  /** The bytes that each value takes. */
  readonly size: number | ((value: V) => number);
  /** Throws UnfitValueError. */
  readonly write: (into: Buffer, at: number, value: V) => void;
}

function codec<V>(oid: number, size: Codec<V>['size'], write: Codec<V>['write']): Codec<V> {
  return { oid, size, write };
}

const JSONB_VERSION = 1;

const CODECS = {
  bool: codec<boolean>(16, 1, (into, at, value) => {
    into[at] = value ? 1 : 0;
  }),
  bytea: codec<Buffer>(
    17,
    (value) => value.length,
    (into, at, value) => into.set(value, at),
  ),
  int8: codec<bigint>(20, 8, (into, at, value) => {
    if (value < LEAST_INT8 || value > MOST_INT8) throw new UnfitValueError(OUT_OF_RANGE, 'int8');
    into.writeBigInt64BE(value, at);
  }),
  int2: codec<number>(21, 2, (into, at, value) => into.writeInt16BE(whole('int2', value, MOST_INT2), at)),
  int4: codec<number>(23, 4, (into, at, value) => into.writeInt32BE(whole('int4', value, MOST_INT4), at)),
  text: codec<string>(25, bytesOf, (into, at, value) => into.write(value, at)),
  date: codec<string>(1082, 4, (into, at, value) => into.writeInt32BE(daysOf(value), at)),
  timestamptz: codec<Date>(1184, 8, writeTime),
  uuid: codec<string>(2950, 16, writeUuid),
  jsonb: codec<string>(
    3802,
    (value) => 1 + bytesOf(value),
    (into, at, value) => {
      into[at] = JSONB_VERSION;
      into.write(value, at + 1);
    },
  ),
} as const;

const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;

/**
 * One array of a batch. Times are dates, days `YYYY-MM-DD`, JSON is text. Throws UnfitValueError.
 */
export function binaryArray(type: BinaryType, values: readonly unknown[]): Buffer {
  const { oid, size, write } = CODECS[type] as Codec<unknown>;
  let bytes = HEADER_BYTES + values.length * LENGTH_BYTES;
  let hasNull = 0;
  for (const value of values) {
    if (value === null || value === undefined) hasNull = 1;
    else bytes += typeof size === 'number' ? size : size(value);
  }
  const array = Buffer.allocUnsafe(bytes);
  array.writeInt32BE(1, 0); // dimensions
  array.writeInt32BE(hasNull, 4);
  array.writeInt32BE(oid, 8);
  array.writeInt32BE(values.length, 12);
  array.writeInt32BE(1, 16); // the first index
  let at = HEADER_BYTES;
  for (const value of values) {
    if (value === null || value === undefined) {
      at = array.writeInt32BE(NULL_LENGTH, at);
      continue;
    }
    const length = typeof size === 'number' ? size : size(value);
    at = array.writeInt32BE(length, at);
    write(array, at, value);
    at += length;
  }
  return array;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

/** Has the code that the server answers with to such a value, so that whoever reads codes needs no second way. */
export class UnfitValueError extends Error {
  constructor(
    readonly code: typeof OUT_OF_RANGE | typeof NOT_OF_TYPE,
    type: BinaryType,
  ) {
    super(code === OUT_OF_RANGE ? `out of range for ${type}` : `not a value of ${type}`);
    this.name = 'UnfitValueError';
  }
}
const OUT_OF_RANGE = '22003';
const NOT_OF_TYPE = '22P02';

const MOST_INT8 = 2n ** 63n - 1n;
const LEAST_INT8 = -MOST_INT8 - 1n;
const MOST_INT4 = 2 ** 31 - 1;
const MOST_INT2 = 2 ** 15 - 1;

/** A fraction would be cut off without a word. */
function whole(type: BinaryType, value: number, most: number): number {
  if (!Number.isInteger(value)) throw new UnfitValueError(NOT_OF_TYPE, type);
  if (value > most || value < -most - 1) throw new UnfitValueError(OUT_OF_RANGE, type);
  return value;
}

const DAY_MS = 86_400_000;
/** From which PostgreSQL counts. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

/** A 31st of a month that has none is no day, though `Date` takes it for the next. */
function daysOf(day: string): number {
  const ms = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, DAY_CHARS) !== day)
    throw new UnfitValueError(NOT_OF_TYPE, 'date');
  return (ms - EPOCH_MS) / DAY_MS;
}
const DAY_CHARS = 'YYYY-MM-DD'.length;

const TWO_TO_32 = 4_294_967_296;

/** In microseconds, which a number holds exactly for more than a hundred years on either side. */
function writeTime(into: Buffer, at: number, value: Date): void {
  const micros = (value.getTime() - EPOCH_MS) * 1_000;
  if (Number.isNaN(micros)) throw new UnfitValueError(NOT_OF_TYPE, 'timestamptz');
  const high = Math.floor(micros / TWO_TO_32);
  into.writeInt32BE(high, at);
  into.writeUInt32BE(micros - high * TWO_TO_32, at + 4);
}

const UUID_CHARS = 36;
const NO_DIGIT = 128;
/** The value of each hexadecimal digit by its character code. */
const DIGITS = new Uint8Array(256).fill(NO_DIGIT);
for (const digit of '0123456789abcdefABCDEF') DIGITS[digit.charCodeAt(0)] = Number.parseInt(digit, 16);
/** Where the sixteen pairs of digits of a UUID begin. */
const PAIRS = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

function writeUuid(into: Buffer, at: number, value: string): void {
  let wrong = value.length === UUID_CHARS ? 0 : NO_DIGIT;
  for (let i = 0; i < PAIRS.length; i += 1) {
    const pair = PAIRS[i]!;
    const high = DIGITS[value.charCodeAt(pair)] ?? NO_DIGIT;
    const low = DIGITS[value.charCodeAt(pair + 1)] ?? NO_DIGIT;
    wrong |= high | low;
    into[at + i] = (high << 4) | low;
  }
  if (wrong >= NO_DIGIT) throw new UnfitValueError(NOT_OF_TYPE, 'uuid');
}
