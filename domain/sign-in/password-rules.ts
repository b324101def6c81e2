import { dictionary } from '@zxcvbn-ts/language-common';

/**
 * Which passwords are refused. Length counts, not kinds of characters (ASVS 5.0, 6.2): a password is refused when it
 * is too short, among those that many people have, or made of what others know of this person. The list is shipped:
 * nothing is asked elsewhere.
 */
export interface PasswordOwner {
  /** The name, number, address: what somebody who knows them would try. */
  words: readonly string[];
}

/** As many as are hashed. */
export const LONGEST_PASSWORD = 1_000;
/** Of India and of this product, which the list lacks. Lower case, letters only. */
const ALSO_COMMON = [
  'munim',
  'india',
  'bharat',
  'hindustan',
  'jaishreeram',
  'jaishriram',
  'mahadev',
  'harharmahadev',
];
const COMMON_STEMS = ['admin', 'password', 'welcome', 'retailer', 'distributor', 'wallet', 'payment', 'aeps'];
/** So much more than a word that everybody tries must be there. */
const FEWEST_OTHERS = 4;
/** Signs around a word that everybody tries: a year and a sign on either side. */
const MOST_AROUND = 6;
const SHORTEST_WORD = 4;

let common: ReadonlySet<string> | undefined;

/** Why the password is refused, in words for the person; undefined when it is good. */
export function passwordProblem(
  password: string,
  { shortest, owner }: { shortest: number; owner: PasswordOwner },
): string | undefined {
  const length = Array.from(password).length;
  if (length < shortest) return `it must have at least ${shortest} characters; any characters will do`;
  if (password.length > LONGEST_PASSWORD) return `it must have at most ${LONGEST_PASSWORD} characters`;
  const lower = password.normalize('NFKC').toLowerCase();
  if (isCommon(lower)) return 'it is one of those that many people have: take another one';
  if (isOfOwner(lower, owner)) return 'it is made of your name, number or address: take another one';
  return undefined;
}

function isCommon(lower: string): boolean {
  common ??= new Set(dictionary['passwords-common'] as readonly string[]);
  if (common.has(lower) || new Set(lower).size < 3) return true;
  // A word that everybody tries, with a few signs around it: india@123, munim2026.
  const stem = lower.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const others = Array.from(lower).length - Array.from(stem).length;
  if (stem.length < SHORTEST_WORD || others > MOST_AROUND) return false;
  return ALSO_COMMON.includes(stem) || COMMON_STEMS.includes(stem) || common.has(stem);
}

function isOfOwner(lower: string, { words }: PasswordOwner): boolean {
  let rest = lower;
  for (const word of wordsOf(words)) rest = rest.replaceAll(word, '');
  return rest !== lower && Array.from(rest).length < FEWEST_OTHERS;
}

/** The longest first: what is part of a longer word goes with it. */
function wordsOf(texts: readonly string[]): string[] {
  return texts
    .flatMap((text) => {
      const lower = text.normalize('NFKC').toLowerCase();
      return [lower.replaceAll(/\s/g, ''), ...lower.split(/[^\p{L}\p{N}]+/u)];
    })
    .filter((word) => word.length >= SHORTEST_WORD)
    .toSorted((a, b) => b.length - a.length);
}
