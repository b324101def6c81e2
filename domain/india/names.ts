import { distance } from 'fastest-levenshtein';

/**
 * How far two texts name the same person or firm, 0 to 100. Banks cut names at some length, write initials for
 * words, turn the order round and put titles before them: so words are compared, in any order, each with its best
 * partner. It is a help for a person who decides; nobody is refused by it.
 */
export interface NameMatch {
  score: number;
  /** How many words, not initials, have a partner; how many of each of the two have none. */
  paired: number;
  left: number;
  right: number;
}

/** Titles and forms of firms say nothing of who it is. */
const TITLES: ReadonlySet<string> = new Set([
  ...['mr', 'mrs', 'ms', 'miss', 'smt', 'shri', 'shree', 'sri', 'kum', 'kumari', 'dr', 'prof', 'm', 's'],
  ...['messrs', 'mx', 'late'],
]);
/** Said of firms: kept where nothing else is left. */
const FORMS: ReadonlySet<string> = new Set([
  ...['pvt', 'private', 'ltd', 'limited', 'llp', 'co', 'company', 'and', 'the', 'inc', 'proprietor', 'prop'],
]);
const MESSRS = /^\s*m\s*\/\s*s\b\.?/i;
/** Marks over and under Latin letters. Those of Indian scripts are vowels, and stay. */
const ACCENTS = /[\u0300-\u036f]/gu;
/** A word that differs more than this is another word. */
const ALIKE = 0.75;
/** An initial stands for any word that begins with it, but is no proof. */
const INITIAL = 0.85;
/** The most that two names get which have no word in common. */
export const INITIALS_ALONE = 60;
/** At which banks commonly cut names: what is missing behind it is no difference. */
const CUTS: ReadonlySet<number> = new Set([20, 25, 30, 35, 40]);

/** The words of a name in one form: small letters of any script, without titles. */
export function nameWords(name: string): string[] {
  const plain = name
    .replace(MESSRS, ' ')
    .normalize('NFKD')
    .replaceAll(ACCENTS, '')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/['’`]/gu, '');
  const words = plain.split(/[^\p{L}\p{M}\p{N}]+/u).filter((word) => word !== '');
  const [first, ...rest] = words;
  const untitled = first !== undefined && rest.length > 0 && isTitle(first) ? rest : words;
  const firmless = untitled.filter((word) => !FORMS.has(word));
  return firmless.length > 0 ? firmless : untitled;
}

/** A single letter before a name is an initial, and not part of M/S. */
const isTitle = (word: string): boolean => word.length > 1 && TITLES.has(word);

/**
 * Compares the name that we were given with the one that a bank has. The words of the shorter are paired with those
 * of the longer; a word without a partner costs what it weighs.
 */
export function matchNames(given: string, found: string): NameMatch {
  return matchWords(nameWords(given), nameWords(found), CUTS.has(found.trim().length));
}

/** The same of words (`nameWords`). `isCut`: the second name may go on behind its end. */
export function matchWords(a: readonly string[], b: readonly string[], isCut = false): NameMatch {
  if (a.length === 0 || b.length === 0) return { score: 0, paired: 0, left: a.length, right: b.length };
  if (a.join('') === b.join('')) return { score: 100, paired: b.length, left: 0, right: 0 };
  const pairs = pairUp(a, b, isCut ? b.at(-1) : undefined);
  const matched = pairs.reduce((sum, { likeness, weight }) => sum + likeness * weight, 0);
  const left = unpaired(
    a,
    pairs.map(({ from }) => from),
  );
  const right = unpaired(
    b,
    pairs.map(({ to }) => to),
  );
  // Where the bank cut the name, what we know behind it is no difference.
  const missing = (isCut ? 0 : weightOf(left)) + weightOf(right);
  const whole = pairs.reduce((sum, { weight }) => sum + weight, 0) + missing;
  const score = whole === 0 ? 0 : Math.floor((100 * matched) / whole);
  const paired = pairs.filter(({ from, to }) => from.length > 1 && to.length > 1).length;
  return {
    score: paired > 0 ? score : Math.min(score, INITIALS_ALONE),
    paired,
    left: left.length,
    right: right.length,
  };
}

const weightOf = (words: readonly string[]): number => words.reduce((sum, word) => sum + weigh(word), 0);

interface Pair {
  from: string;
  to: string;
  likeness: number;
  weight: number;
}

/** The most alike first; each word has one partner. */
function pairUp(a: readonly string[], b: readonly string[], cut: string | undefined): Pair[] {
  const candidates = a
    .flatMap((from, i) =>
      b.map((to, k) => ({ i, k, from, to, likeness: likeness(from, to, to === cut && k === b.length - 1) })),
    )
    .filter(({ likeness: alike }) => alike >= ALIKE)
    .toSorted((x, y) => y.likeness - x.likeness || y.from.length - x.from.length);
  const [usedA, usedB] = [new Set<number>(), new Set<number>()];
  const pairs: Pair[] = [];
  for (const { i, k, from, to, likeness: alike } of candidates) {
    if (usedA.has(i) || usedB.has(k)) continue;
    usedA.add(i);
    usedB.add(k);
    pairs.push({ from, to, likeness: alike, weight: Math.min(weigh(from), weigh(to)) });
  }
  return pairs;
}

function likeness(a: string, b: string, isCut: boolean): number {
  if (a === b) return 1;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (short.length === 1) return long.startsWith(short) ? INITIAL : 0;
  if (isCut && a.startsWith(b)) return 1;
  // Two letters of one that is short are another name: Rani and Ravi, Devi and Devu.
  if (long.length <= 5) return 0;
  return 1 - distance(a, b) / long.length;
}

/** Would the two words be partners? Neither is an initial. */
export function areAlike(a: string, b: string): boolean {
  return likeness(a, b, false) >= ALIKE;
}

/** Words whose lengths differ more are never alike. */
export function mayBeAlike(length: number, other: number): boolean {
  return Math.abs(length - other) <= Math.max(length, other) * (1 - ALIKE);
}

/** An initial says little. */
const weigh = (word: string): number => (word.length === 1 ? 0.3 : 1);

function unpaired(words: readonly string[], used: readonly string[]): string[] {
  const left = [...used];
  return words.filter((word) => {
    const at = left.indexOf(word);
    if (at === -1) return true;
    left.splice(at, 1);
    return false;
  });
}
