/**
 * Values that were planted in requests (account numbers, names, addresses of payment, secrets) and must be
 * found nowhere. Looking for hundreds of values in millions of texts is quick because most of them begin
 * alike: the few beginnings are looked for first.
 */
export interface PlantedValues {
  /** As given, and in lower case where that differs. */
  values: readonly string[];
  beginnings: readonly string[];
}

const SHORTEST = 6; // anything shorter is found by chance
const BEGINNING = 10;

/** Throws Error on a value that is too short to mean anything when it is found; the value is not repeated. */
export function plantedValues(given: readonly string[]): PlantedValues {
  const values = new Set<string>();
  for (const value of given) {
    if (value.length < SHORTEST)
      throw new Error(`a planted value must have at least ${SHORTEST} characters, or it is found by chance`);
    values.add(value).add(value.toLowerCase());
  }
  return { values: [...values], beginnings: [...new Set([...values].map((v) => v.slice(0, BEGINNING)))] };
}

/** How many of the planted values are in the text. */
export function countPlanted(planted: PlantedValues, text: string): number {
  const begun = planted.beginnings.filter((b) => text.includes(b));
  if (begun.length === 0) return 0;
  return new Set(
    planted.values
      .filter((v) => begun.some((b) => v.startsWith(b)) && text.includes(v))
      .map((v) => v.toLowerCase()),
  ).size;
}
