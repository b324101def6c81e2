import { hash } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { fewRandomBytes } from './random';

/**
 * Ids are UUIDv7 inside (sortable, stored as `uuid`) and prefixed base32 outside (`txn_01k3…`). Not secrets.
 */
export interface Ids {
  uuid(): string;
}

export const systemIds: Ids = { uuid: () => uuidv7() };

/**
 * A UUIDv7 of this instant, so that rows order by the time that they speak of: its milliseconds, then 74
 * random bits.
 */
export function uuidAt(at: Date): string {
  const random = fewRandomBytes(10);
  random[0] = 0x70 | (random[0]! & 0x0f);
  random[2] = 0x80 | (random[2]! & 0x3f);
  return formatUuid(at.getTime().toString(16).padStart(12, '0') + random.toString('hex'));
}

/** The lowest UUID of this instant or later: the bound of a span of time. */
export function firstUuidAt(at: Date): string {
  return formatUuid(Math.max(0, at.getTime()).toString(16).padStart(12, '0').padEnd(32, '0'));
}

/** The prefix of each kind of public id. One table, so that an id of one kind is never read as another. */
export const ID_PREFIXES = {
  transaction: 'txn',
  wallet: 'wal',
  user: 'usr',
  apiKey: 'key',
  event: 'evt',
  transfer: 'xfr',
  kycRecord: 'kyc',
  kycDocument: 'kdc',
  screeningHit: 'sch',
  case: 'cas',
  registerEntry: 'reg',
  approval: 'apr',
  callback: 'cbk',
  request: 'req',
  dmtSender: 'snd',
  dmtRecipient: 'rcp',
  dmtTransfer: 'dmt',
  dmtOtp: 'otp',
  billFetch: 'bft',
  complaint: 'cmp',
  enquiry: 'enq',
  aepsOtp: 'aot',
  signInCode: 'sic',
  session: 'ses',
  device: 'dev',
  oauthClient: 'cli',
  confirmation: 'cnf',
  walletTransfer: 'wtr',
  fundRequest: 'frq',
  userImport: 'imp',
  lien: 'lie',
  dataRequest: 'dtr',
  reconBreak: 'brk',
  reconRun: 'rcn',
  settlementItem: 'sti',
  settlementBatch: 'stb',
  settlementAnswer: 'sta',
  taxRemittance: 'txr',
  taxDocument: 'txd',
  beneficiary: 'ben',
  payoutFile: 'pof',
  report: 'rpt',
  routingStop: 'stp',
  dispute: 'dsp',
} as const;
export type IdKind = keyof typeof ID_PREFIXES;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const VALUES = new Map(Array.from(ALPHABET, (c, i) => [c, BigInt(i)] as const));
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** `txn_` + 26 characters of base32 of the UUID (TypeID form). Several are written for each request. */
export function publicId(kind: IdKind, uuid: string): string {
  if (!UUID.test(uuid)) throw new TypeError('not a uuid');
  let at = 0;
  let bits = 2; // 128 bits are 26 characters with 2 leading zero bits
  let acc = 0;
  for (let i = 0; i < uuid.length; i++) {
    const code = uuid.charCodeAt(i);
    if (code === DASH) continue;
    acc = (acc << 4) | (code <= NINE ? code - ZERO : code - LETTER_A + 10);
    bits += 4;
    if (bits < 5) continue;
    bits -= 5;
    base32[at++] = ALPHABET.charCodeAt(acc >>> bits);
    acc &= (1 << bits) - 1;
  }
  return `${ID_PREFIXES[kind]}_${base32.toString('latin1')}`;
}
const [DASH, ZERO, NINE, LETTER_A] = [45, 48, 57, 97];
/** Written anew for each id, and read at once. */
const base32 = Buffer.alloc(26);

/** The UUID behind an outside id, or undefined when it is not one of this kind. */
export function parsePublicId(kind: IdKind, text: string): string | undefined {
  const prefix = `${ID_PREFIXES[kind]}_`;
  if (!text.startsWith(prefix) || text.length !== prefix.length + 26) return undefined;
  let value = 0n;
  for (const char of text.slice(prefix.length)) {
    const v = VALUES.get(char);
    if (v === undefined) return undefined;
    value = (value << 5n) | v;
  }
  if (value >> 128n !== 0n) return undefined;
  return formatUuid(value.toString(16).padStart(32, '0'));
}

function formatUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * A UUID derived from what it names: the same subject and purpose always give the same id, so that doing a
 * thing again finds the first. It keeps the subject's leading 48 bits (UUIDv7's milliseconds), which keeps
 * new rows together in an index (UUIDv8, RFC 9562 5.8).
 */
export function derivedUuid(subject: string, purpose: string): string {
  if (!UUID.test(subject)) throw new TypeError('derivedUuid needs a uuid as its subject');
  const digest = hash('sha256', `${subject}|${purpose}`, 'hex');
  const time = subject.replaceAll('-', '').slice(0, 12);
  const variant = ((Number.parseInt(digest[3]!, 16) & 3) | 8).toString(16);
  return formatUuid(`${time}8${digest.slice(0, 3)}${variant}${digest.slice(4, 19)}`);
}

/**
 * A UUIDv7 of this instant whose other 74 bits are a hash of a name: who asks for the same thing again gets
 * the same bits, whenever that is.
 */
export function namedUuidAt(at: Date, name: string): string {
  const digest = hash('sha256', name, 'hex');
  const time = at.getTime().toString(16).padStart(12, '0');
  const variant = ((Number.parseInt(digest[3]!, 16) & 3) | 8).toString(16);
  return formatUuid(`${time}7${digest.slice(0, 3)}${variant}${digest.slice(4, 19)}`);
}

/**
 * 20 characters of [0-9a-z], derived from what they name, for providers that allow no more (Eko's
 * client_ref_id). Like `derivedKey` it leaves out the subject's time: a row that was lost and is made again,
 * under a name that gives it the same other bits (`namedUuidAt`), has the same reference.
 */
export function derivedReference(subject: string, purpose: string): string {
  let value = BigInt(`0x${timelessHash(subject, purpose).slice(0, 25)}`);
  let out = '';
  for (let i = 0; i < REFERENCE_LENGTH; i++) {
    out = ALPHABET[Number(value & 31n)]! + out;
    value >>= 5n;
  }
  return out;
}

/** A UUIDv8 derived from what it names; see `derivedReference`. */
export function derivedKey(subject: string, purpose: string): string {
  const digest = timelessHash(subject, purpose);
  const variant = ((Number.parseInt(digest[16]!, 16) & 3) | 8).toString(16);
  return formatUuid(`${digest.slice(0, 12)}8${digest.slice(13, 16)}${variant}${digest.slice(17, 32)}`);
}

/** A number above 0 and below 1, derived from what it names; see `derivedReference`. */
export function derivedShare(subject: string, purpose: string): number {
  return (Number.parseInt(timelessHash(subject, purpose).slice(0, 12), 16) + 0.5) / 2 ** 48;
}

const REFERENCE_LENGTH = 20;
/** Milliseconds and version: the leading 52 bits of a UUIDv7. */
const TIME_DIGITS = 13;

function timelessHash(subject: string, purpose: string): string {
  if (!UUID.test(subject)) throw new TypeError('a reference is derived from a uuid');
  const name = subject.replaceAll('-', '').slice(TIME_DIGITS);
  return hash('sha256', `${name}|${purpose}`, 'hex');
}
