import { areAlike, INITIALS_ALONE, matchWords, mayBeAlike, nameWords } from '../india/names';
import type { UnName } from './un-list';

/** A name of the list as it is compared. */
export interface ListedName {
  reference: string;
  kind: 'individual' | 'entity';
  regime: string;
  text: string;
  quality: UnName['quality'];
  births: readonly { from: number; to: number }[];
}

export interface Likeness extends Omit<ListedName, 'births'> {
  /** 0 to 100. */
  score: number;
}

/** Of whom it is asked. */
export interface Screened {
  name: string;
  /** The year of birth, where it is known. */
  born?: number;
}

/** So much less where the years of birth exclude each other. */
const BORN_ELSEWHEN = 25;
/** A listed name of which every word is in ours, or the reverse: people leave names out. */
const WITHIN = 90;
/** The most that a low alias comes to. */
const LOW_ALIAS = 80;
const LEAST_WORDS = 2;

/**
 * Compares with every name of a list. It finds too much rather than too little: a person looks at what it finds. Of an
 * entry its most alike name counts. From the most alike.
 */
export function createLikeness(names: readonly ListedName[]): (of: Screened, least: number) => Likeness[] {
  const listed = names.map((name, no): Listed => ({ no, name, words: nameWords(name.text) }));
  const sharing = createSharing(listed);
  return ({ name, born }, least) => {
    const words = nameWords(name);
    const best = new Map<string, Likeness>();
    // Names that share no word come to little: of thousands a handful is looked at.
    for (const { name: one, words: others } of least > INITIALS_ALONE ? sharing(words) : listed) {
      const score = scoreOf(words, others) - (isBornElsewhen(born, one.births) ? BORN_ELSEWHEN : 0);
      const counted = one.quality === 'low' ? Math.min(score, LOW_ALIAS) : score;
      if (counted < least || counted <= (best.get(one.reference)?.score ?? -1)) continue;
      const { births: _births, ...shown } = one;
      best.set(one.reference, { ...shown, score: counted });
    }
    return [...best.values()].toSorted((a, b) => b.score - a.score);
  };
}

interface Listed {
  /** Its place in the list. */
  no: number;
  name: ListedName;
  words: readonly string[];
}

interface ListedWord {
  text: string;
  letters: number;
  of: Listed[];
}

/** The listed names that have a word like one of ours, initials apart, or are the same without spaces. */
function createSharing(listed: readonly Listed[]): (words: readonly string[]) => Listed[] {
  const byText = new Map<string, ListedWord>();
  const joined = new Map<string, Listed[]>();
  for (const one of listed) {
    const whole = one.words.join('');
    joined.set(whole, [...(joined.get(whole) ?? []), one]);
    for (const text of new Set(one.words)) {
      const word = byText.get(text) ?? { text, letters: lettersOf(text), of: [] };
      word.of.push(one);
      byText.set(text, word);
    }
  }
  const all = [...byText.values()].filter(({ text }) => text.length > 1);
  return (words) => {
    const found = new Set<Listed>(joined.get(words.join('')));
    for (const ours of words) {
      if (ours.length < 2) continue;
      const letters = lettersOf(ours);
      for (const { text, letters: theirs, of } of all)
        if (
          mayBeAlike(ours.length, text.length) &&
          mayShareLetters(letters, theirs, Math.max(ours.length, text.length)) &&
          areAlike(ours, text)
        )
          for (const one of of) found.add(one);
    }
    return [...found].toSorted((a, b) => a.no - b.no);
  };
}

/** Which letters a word has, 32 kinds of them. */
function lettersOf(word: string): number {
  let letters = 0;
  for (let i = 0; i < word.length; i++) letters |= 1 << (word.charCodeAt(i) & 31);
  return letters;
}

/** A change of one letter changes two of the kinds at most, and a quarter of the letters may change. */
function mayShareLetters(ours: number, theirs: number, longest: number): boolean {
  let other = ours ^ theirs;
  let kinds = 0;
  for (; other !== 0; other &= other - 1) kinds += 1;
  return kinds <= longest / 2;
}

function scoreOf(ours: readonly string[], listed: readonly string[]): number {
  const { score, paired, left, right } = matchWords(ours, listed);
  const isWithin = paired >= LEAST_WORDS && Math.min(left, right) === 0 && left !== right;
  return isWithin ? Math.max(score, WITHIN) : score;
}

function isBornElsewhen(born: number | undefined, births: ListedName['births']): boolean {
  return born !== undefined && births.length > 0 && births.every(({ from, to }) => born < from || born > to);
}
