/**
 * Answers of providers are read as if they were hostile: each field that we use is checked for type, form and
 * range, everything else is left alone. Numbers must be safe integers: a larger one has lost digits in
 * JSON.parse.
 */
export type Fields = Readonly<Record<string, unknown>>;

/** A reading: the value, or the name of the first field that breaks the contract. */
export type Reading<T> = { ok: true; value: T } | { ok: false; field: string };

export const yes = <T>(value: T): Reading<T> => ({ ok: true, value });
export const no = <T>(field: string): Reading<T> => ({ ok: false, field });

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A missing value comes as null, as nothing, as "" and, in places, as one of these words. */
export function absentAs(...words: readonly string[]): (value: unknown) => boolean {
  const absent = new Set<unknown>([undefined, null, '', ...words]);
  return (value) => absent.has(value);
}

/** A whole number of paise, zero or more. */
export function isPaise(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The paise of a JSON number; undefined for anything else. */
export function paise(value: unknown): bigint | undefined {
  return isPaise(value) ? BigInt(value) : undefined;
}

/** The JSON value of a text; undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The JSON value of raw bytes; undefined when they are not UTF-8 or not JSON. */
export function parseJsonBytes(raw: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw)) as unknown;
  } catch {
    return undefined;
  }
}
