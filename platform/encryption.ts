import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { addMs, businessDate } from './clock';
import { fewRandomBytes } from './random';

/**
 * Field encryption: AES-256-GCM, `v1.<kid>.<iv>.<ciphertext>.<tag>` in base64url without padding. The
 * additional data is `v1|<kid>|<table>|<column>|<row id>`, so a sealed value opens only in the row and column
 * it was sealed for, under the key it names. Keys have ids: new values are sealed with the active one, old
 * ones open with theirs until they are sealed again.
 */
export interface FieldCipher {
  /** The id of the key that new values are sealed with. */
  readonly activeKid: string;
  /** Seals a text for one place (see `fieldPlace`). */
  seal(plain: string, place: string): string;
  /** Opens it again. Throws an Error that says nothing of the content. */
  open(sealed: string, place: string): string;
  /** Seals bytes: one character of the sealed text stands for each byte (latin1). */
  sealBytes(bytes: Buffer, place: string): string;
  openBytes(sealed: string, place: string): Buffer;
  /** Was it sealed with a key that is no longer the active one? */
  needsRotation(sealed: string): boolean;
}

export interface EncryptionKeys {
  keys: ReadonlyMap<string, Buffer>;
  activeKid: string;
}

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const KID = /^[A-Za-z0-9_-]{1,32}$/;
const BASE64URL = /^[A-Za-z0-9_-]*$/;
const PLACE_PART = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * The place of a value. Each part is a plain word or id, so that no two places share a text. Throws TypeError
 * otherwise.
 */
export function fieldPlace(table: string, column: string, rowId: string): string {
  if (![table, column, rowId].every((part) => PLACE_PART.test(part)))
    throw new TypeError('a place is a table, a column and a row id');
  return `${table}|${column}|${rowId}`;
}

/** A column of sealed texts, and the place that the value of each of its rows is sealed for. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** The column that names the row. */
  readonly key: string;
  place(rowId: string): string;
}

/** Keyed digests that stand beside sealed columns of a table, and how they follow from what those hold. */
export interface DigestedColumns {
  readonly table: string;
  readonly columns: readonly string[];
  /** Those that a rotation gives a value where they have none; elsewhere what is missing stays missing. */
  readonly filled?: readonly string[];
  /** Other values of the row that they are made of, as SQL; the row is `t`. */
  readonly reads: readonly string[];
  /**
   * The digests of a row, in the order of `columns`; null where it has none. `opened` are the table's sealed
   * columns, by name; `read` the values of `reads`.
   */
  of(
    digest: KeyedDigest,
    opened: Readonly<Record<string, string>>,
    read: readonly (string | null)[],
  ): (Buffer | null)[];
}

/** Declares a sealed column. `key` is the column that names the row. */
export function sealedColumn(table: string, column: string, key = 'id'): SealedColumn {
  return { table, column, key, place: (rowId) => fieldPlace(table, column, rowId) };
}

export function createFieldCipher({ keys, activeKid }: EncryptionKeys): FieldCipher {
  for (const [kid, key] of keys) {
    if (!KID.test(kid) || !isStrongKey(key))
      throw new TypeError(`encryption key ${KID.test(kid) ? kid : ''} is not usable`);
  }
  const activeKey = keys.get(activeKid);
  if (activeKey === undefined) throw new TypeError('the active encryption key is not among the keys');

  function seal(plain: string, place: string): string {
    const iv = fewRandomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', activeKey!, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(additionalData(activeKid, place));
    const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return [
      VERSION,
      activeKid,
      iv.toString('base64url'),
      text.toString('base64url'),
      cipher.getAuthTag().toString('base64url'),
    ].join('.');
  }

  function open(sealed: string, place: string): string {
    const { kid, iv, text, tag } = parseSealed(sealed);
    const key = keys.get(kid);
    if (key === undefined) throw new Error('the sealed value names a key that is not configured');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(additionalData(kid, place));
      decipher.setAuthTag(tag);
      return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
    } catch {
      throw new Error('the sealed value does not open in this place');
    }
  }

  return {
    activeKid,
    seal,
    open,
    sealBytes: (bytes, place) => seal(bytes.toString('latin1'), place),
    openBytes: (sealed, place) => Buffer.from(open(sealed, place), 'latin1'),
    needsRotation: (sealed) => parseSealed(sealed).kid !== activeKid,
  };
}

function additionalData(kid: string, place: string): Buffer {
  return Buffer.from(`${VERSION}|${kid}|${place}`, 'utf8');
}

function parseSealed(sealed: string): { kid: string; iv: Buffer; text: Buffer; tag: Buffer } {
  const parts = sealed.split('.');
  const [version, kid, iv, text, tag] = parts;
  if (parts.length !== 5 || version !== VERSION || !KID.test(kid!)) throw new Error('not a sealed value');
  const [ivBytes, textBytes, tagBytes] = [iv!, text!, tag!].map(exactBase64url) as [Buffer, Buffer, Buffer];
  if (ivBytes.length !== IV_BYTES || tagBytes.length !== TAG_BYTES) throw new Error('not a sealed value');
  return { kid: kid!, iv: ivBytes, text: textBytes, tag: tagBytes };
}

/**
 * Base64url in its one canonical form: spare bits that decoders ignore would let two texts stand for one
 * value.
 */
function exactBase64url(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (!BASE64URL.test(text) || bytes.toString('base64url') !== text) throw new Error('not a sealed value');
  return bytes;
}

/**
 * Keys from configuration: `kid:base64,kid2:base64`; the first is the active one. To rotate, put a new key in
 * front and keep the old behind it until nothing needs it. Throws an Error that names the position and the
 * rule, never the key.
 */
export function parseEncryptionKeys(text: string): EncryptionKeys {
  const keys = new Map<string, Buffer>();
  for (const [i, entry] of text
    .split(',')
    .map((e) => e.trim())
    .entries()) {
    const [kid = '', encoded = '', ...rest] = entry.split(':');
    const refuse = (rule: string): never => {
      throw new Error(`encryption key ${i + 1}: ${rule}`);
    };
    if (rest.length > 0 || !KID.test(kid))
      refuse('must be <key id>:<base64>, the id of letters, digits, - and _');
    if (keys.has(kid)) refuse('its id is used twice');
    const key = Buffer.from(encoded, 'base64');
    if (key.toString('base64') !== encoded || key.length !== KEY_BYTES)
      refuse(`must be ${KEY_BYTES} bytes in base64`);
    if (!isStrongKey(key)) refuse('is not random');
    if ([...keys.values()].some((k) => k.equals(key))) refuse('is the same key as another');
    keys.set(kid, key);
  }
  return { keys, activeKid: [...keys.keys()][0]! };
}

// 32 random bytes hold fewer than 16 different values about once in 10^15 keys; a constant, a short counter
// or a repeated word does always.
function isStrongKey(key: Buffer): boolean {
  return key.length === KEY_BYTES && new Set(key).size >= 16;
}

/**
 * Finds equal values without opening them: the same (purpose, value) always gives the same 32 bytes, and
 * nobody without the key can try values out.
 */
export type BlindIndex = (purpose: string, value: string) => Buffer;

/**
 * HMAC-SHA256 over the purpose (so that an account number and a phone number that look alike do not match)
 * and the normalised value: Unicode NFKC, no white space, lower case. Leading zeros and punctuation count.
 */
export function createBlindIndex(key: Buffer): BlindIndex {
  if (!isStrongKey(key)) throw new TypeError('the blind index key must be 32 random bytes');
  return (purpose, value) => {
    if (purpose === '' || purpose.includes('\0')) throw new TypeError('a blind index needs a purpose');
    const normal = value.normalize('NFKC').replaceAll(/\s/gu, '').toLowerCase();
    return createHmac('sha256', key).update(purpose).update('\0').update(normal).digest();
  };
}

/**
 * Distinguishes texts, character by character, without storing them: 32 bytes that nobody without the key can
 * produce.
 */
export interface KeyedDigest {
  /** True while a key is replaced: two are valid. */
  readonly isReplaced: boolean;
  /** Under the key that is written with. */
  (purpose: string, text: string): Buffer;
  /**
   * Under every key that is valid, the one that is written with first: what is looked for, locked and counted
   * while a key is replaced, so that nobody is another person for it.
   */
  every(purpose: string, text: string): readonly Buffer[];
  /**
   * For what is counted by the month of India: the same in every process, and the same until the month is over,
   * whichever key is written with. It is the newest key that was there a day before the month began.
   */
  inMonthOf(at: Date, purpose: string, text: string): Buffer;
}

export interface DigestKey {
  key: Buffer;
  /** When the database first saw it. */
  since: Date;
}

/** HMAC-SHA256 over the purpose and the text as it is. `keys`: the one that is written with first. */
export function createKeyedDigest(...keys: readonly (Buffer | DigestKey)[]): KeyedDigest {
  const all = keys.map((one) => (Buffer.isBuffer(one) ? { key: one, since: new Date(0) } : one));
  const [first] = all;
  if (first === undefined || !all.every(({ key }) => isStrongKey(key)))
    throw new TypeError('the digest key must be 32 random bytes');
  const under = (key: Buffer, purpose: string, text: string): Buffer =>
    createHmac('sha256', key).update(`${purpose}\0${text}`).digest();
  const byAge = all.toSorted((a, b) => b.since.getTime() - a.since.getTime());
  const keyOfMonth = (at: Date): Buffer => {
    const month = monthOf(at);
    return (byAge.find(({ since }) => monthOf(addMs(since, DAY_MS)) < month) ?? byAge.at(-1)!).key;
  };
  return Object.assign((purpose: string, text: string) => under(first.key, purpose, text), {
    isReplaced: all.length > 1,
    every: (purpose: string, text: string) => all.map(({ key }) => under(key, purpose, text)),
    inMonthOf: (at: Date, purpose: string, text: string) =>
      under(all.length === 1 ? first.key : keyOfMonth(at), purpose, text),
  });
}

const DAY_MS = 86_400_000;
const monthOf = (at: Date): string => businessDate(at).slice(0, 7);

/** True if a digest that was kept is of this text, under a key that is valid. */
export function isDigestOf(kept: Buffer, every: readonly Buffer[]): boolean {
  return every.some((one) => one.equals(kept));
}
