/** What the text of a JSON value says and the parsed value no longer does. */

/** The way to a value inside another: names of fields and places in lists. */
export type JsonPath = readonly (string | number)[];

const [QUOTE, BACKSLASH, COLON, COMMA] = [34, 92, 58, 44];
const [OBJECT, LIST, OBJECT_END, LIST_END] = [123, 91, 125, 93];
const [MINUS, ZERO, NINE] = [45, 48, 57];
const WHOLE = /^-?\d+$/;
/** No number of a text without this has a fraction or an exponent. */
const MAY_BE_INEXACT = /\d[.eE]/;

interface Open {
  isList: boolean;
  /** The field that is being read, or the place in the list. */
  at: string | number;
}

/**
 * Where the text writes a number with a fraction or an exponent. All of ours are whole: `1500.00` is written by
 * people who think in rupees, `1e5` by those who lost the digits, and both parse into a whole number of paise.
 * `text` must be valid JSON. No recursion: it may be nested deeper than the stack.
 */
export function inexactNumbers(text: string): JsonPath[] {
  const found: JsonPath[] = [];
  if (!MAY_BE_INEXACT.test(text)) return found;
  const open: Open[] = [];
  let lastString = '';
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    const inside = open.at(-1);
    if (c === QUOTE) {
      const end = endOfString(text, i);
      if (inside?.isList === false) lastString = text.slice(i, end);
      i = end - 1;
    } else if (c === OBJECT || c === LIST) open.push({ isList: c === LIST, at: c === LIST ? 0 : '' });
    else if (c === OBJECT_END || c === LIST_END) open.pop();
    else if (c === COLON && inside !== undefined) inside.at = JSON.parse(lastString) as string;
    else if (c === COMMA && typeof inside?.at === 'number') inside.at += 1;
    else if (c === MINUS || (c >= ZERO && c <= NINE)) {
      const end = endOfNumber(text, i);
      if (!WHOLE.test(text.slice(i, end))) found.push(open.map(({ at }) => at));
      i = end - 1;
    }
  }
  return found;
}

/** The place after the closing quote. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; ; i += 1) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) return i + 1;
    if (c === BACKSLASH) i += 1;
  }
}

const NUMBER_PART = /[-+.\deE]/;

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && NUMBER_PART.test(text[end]!)) end += 1;
  return end;
}
