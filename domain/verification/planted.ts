/**
 * Values that were planted in requests (account numbers, names, payment addresses, secrets) and must be found
 * nowhere. Most of them share a few beginnings. Searching for those first makes it quick to look for hundreds
 * of values in millions of texts.
 */
export interface PlantedValues {
  /** As given, and in lower case where that differs. */
  values: readonly string[];
  beginnings: readonly string[];
}

const SHORTEST = 6; // a shorter value could occur by chance
const BEGINNING = 10;

/**
 * Throws Error if a value is so short that it could be found by chance. The message does not repeat the
 * value.
 */
export function plantedValues(given: readonly string[]): PlantedValues {
  const values = new Set<string>();
  for (const value of given) {
    if (value.length < SHORTEST)
      throw new Error(`a planted value must have at least ${SHORTEST} characters, or it is found by chance`);
    values.add(value).add(value.toLowerCase());
  }
  return { values: [...values], beginnings: [...new Set([...values].map((v) => v.slice(0, BEGINNING)))] };
}

/** The number of planted values that occur in the text. */
export function countPlanted(planted: PlantedValues, text: string): number {
  const begun = planted.beginnings.filter((b) => text.includes(b));
  if (begun.length === 0) return 0;
  return new Set(
    planted.values
      .filter((v) => begun.some((b) => v.startsWith(b)) && text.includes(v))
      .map((v) => v.toLowerCase()),
  ).size;
}
