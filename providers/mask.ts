import { knownWords } from './known-words';

const DEPTH = 8;
const MAX_ITEMS = 50;
const MAX_TEXT = 200;

/**
 * A JSON value with every leaf hidden that does not stand under an open name; numbers and booleans are leaves
 * like texts. `…1234` names the last four of a text of eight or more, for names in `lastFour`. What is too
 * deep or too long is cut.
 */
export function maskJson(
  value: unknown,
  open: ReadonlySet<string>,
  lastFour: ReadonlySet<string> = new Set(),
  name = '',
  depth = 0,
): unknown {
  if (value === null || value === undefined) return null;
  if (depth > DEPTH) return '<deep>';
  if (Array.isArray(value))
    return value.slice(0, MAX_ITEMS).map((item: unknown) => maskJson(item, open, lastFour, name, depth + 1));
  if (typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value)
        .slice(0, MAX_ITEMS)
        .map(([key, item]) => [key, maskJson(item, open, lastFour, key, depth + 1)]),
    );
  if (open.has(name)) return typeof value === 'string' ? value.slice(0, MAX_TEXT) : value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return lastFour.has(name) && text.length >= 8 ? `…${text.slice(-4)}` : '<hidden>';
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
