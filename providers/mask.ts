import { knownWords } from './known-words';
import { parseJson } from './reading';

const DEPTH = 8;
const MAX_ITEMS = 50;
const MAX_TEXT = 200;
const HIDDEN = '<hidden>';

/** What may be read of a JSON value. */
export interface Masking {
  /** The names whose leaves may be read. */
  open: ReadonlySet<string>;
  /** The names whose leaves keep their last four characters when they have eight or more. */
  lastFour?: ReadonlySet<string>;
  /** False for a text that is hidden even under an open name. */
  isReadable?: (text: string) => boolean;
}

const ONE_WORD = /^[\x21-\x7e]{0,100}$/;

/** True of a single word. A text of several may be a sentence, and name anybody. */
export const isWord = (text: string): boolean => ONE_WORD.test(text);

/** A body as it may be kept; what is no JSON is not kept. */
export function maskedBody(raw: string | Buffer, masked: (json: unknown) => unknown): unknown {
  const json = parseJson(raw.toString());
  return json === undefined ? '<not JSON>' : masked(json);
}

/**
 * A JSON value with every leaf hidden that does not stand under an open name; numbers and booleans are leaves
 * like texts. What is too deep or too long is cut.
 */
export function maskJson(value: unknown, masking: Masking): unknown {
  return masked(value, masking, '', 0);
}

function masked(value: unknown, masking: Masking, name: string, depth: number): unknown {
  if (value === null || value === undefined) return null;
  if (depth > DEPTH) return '<deep>';
  if (Array.isArray(value))
    return value.slice(0, MAX_ITEMS).map((item: unknown) => masked(item, masking, name, depth + 1));
  if (typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value)
        .slice(0, MAX_ITEMS)
        .map(([key, item]) => [key, masked(item, masking, key, depth + 1)]),
    );
  return maskedLeaf(value, masking, name);
}

function maskedLeaf(value: unknown, { open, lastFour, isReadable }: Masking, name: string): unknown {
  if (open.has(name)) {
    if (typeof value !== 'string') return value;
    return isReadable?.(value) === false ? HIDDEN : value.slice(0, MAX_TEXT);
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return lastFour?.has(name) === true && text.length >= 8 ? `…${text.slice(-4)}` : HIDDEN;
}

const WORD = /^(?:[\x21-\x7e]{0,100}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)$/;

/**
 * Masks a value that came unsigned: words and times stay; of a sentence, which anybody may have written, only
 * the known words.
 */
export function withoutSentences(value: unknown): unknown {
  if (typeof value === 'string') return WORD.test(value) || value.startsWith('…') ? value : knownWords(value);
  if (Array.isArray(value)) return value.map(withoutSentences);
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutSentences(item)]))
    : value;
}
