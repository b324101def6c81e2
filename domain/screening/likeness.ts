import { matchWords, nameWords } from '../india/names';
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
  const listed = names.map((name) => ({ name, words: nameWords(name.text) }));
  return ({ name, born }, least) => {
    const words = nameWords(name);
    const best = new Map<string, Likeness>();
    for (const { name: one, words: others } of listed) {
      const score = scoreOf(words, others) - (isBornElsewhen(born, one.births) ? BORN_ELSEWHEN : 0);
      const counted = one.quality === 'low' ? Math.min(score, LOW_ALIAS) : score;
      if (counted < least || counted <= (best.get(one.reference)?.score ?? -1)) continue;
      const { births: _births, ...shown } = one;
      best.set(one.reference, { ...shown, score: counted });
    }
    return [...best.values()].toSorted((a, b) => b.score - a.score);
  };
}

function scoreOf(ours: readonly string[], listed: readonly string[]): number {
  const { score, paired, left, right } = matchWords(ours, listed);
  const isWithin = paired >= LEAST_WORDS && Math.min(left, right) === 0 && left !== right;
  return isWithin ? Math.max(score, WITHIN) : score;
}

function isBornElsewhen(born: number | undefined, births: ListedName['births']): boolean {
  return born !== undefined && births.length > 0 && births.every(({ from, to }) => born < from || born > to);
}
