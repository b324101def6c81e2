import { createRandom as createGenerator } from '../../../scripts/interruptions/random';

/** Randomness from one seed: the same seed makes the same choices. */
export interface Random {
  /** A whole number from 0 up to, not including, n. */
  below(n: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** One of the names, by weight. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K;
  /** Some of the list, in another order. */
  some<T>(list: readonly T[], most: number): T[];
}

export function createRandom(seed: number): Random {
  const generator = createGenerator(seed);
  const next = (): number => generator.next();
  const random: Random = {
    below: (n) => Math.floor(next() * n),
    chance: (probability) => next() < probability,
    pick: (list) => list[random.below(list.length)]!,
    weighted(weights) {
      const entries = Object.entries(weights) as [keyof typeof weights, number][];
      let left = next() * entries.reduce((sum, [, w]) => sum + w, 0);
      for (const [name, w] of entries) {
        left -= w;
        if (left < 0) return name;
      }
      return entries.at(-1)![0];
    },
    some(list, most) {
      const rest = [...list];
      const taken: typeof rest = [];
      for (let n = Math.min(rest.length, 1 + random.below(most)); n > 0; n--)
        taken.push(...rest.splice(random.below(rest.length), 1));
      return taken;
    },
  };
  return random;
}

/** The seed of this run: SIM_SEED, or a new one. */
export function runSeed(): number {
  const given = process.env.SIM_SEED;
  return given === undefined || given === ''
    ? Math.floor(Math.random() * 2 ** 32)
    : Number.parseInt(given, 10) >>> 0;
}

/** UUIDs of version 7 from a seed and a clock, so that a run can be repeated. */
export function seededUuids(random: Random, now: () => number): { uuid(): string } {
  return {
    uuid() {
      const time = Math.floor(now()).toString(16).padStart(12, '0');
      const hex = Array.from({ length: 18 }, () => random.below(16).toString(16)).join('');
      return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${'89ab'[random.below(4)]!}${hex.slice(3, 6)}-${hex.slice(6)}`;
    },
  };
}

/** The last operations, for when something breaks. */
export interface Journal {
  note(text: string): void;
  text(): string;
}
const KEPT = 40;

export function createJournal(): Journal {
  const lines: string[] = [];
  let count = 0;
  return {
    note(text) {
      count += 1;
      lines.push(`${count} ${text}`);
      if (lines.length > KEPT) lines.shift();
    },
    text: () => lines.join('\n'),
  };
}
