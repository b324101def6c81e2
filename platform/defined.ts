type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/**
 * The fields that have a value. For objects whose keys are seen (JSON, stored values, options that are spread
 * over defaults), where a key with `undefined` would not be the same as no key.
 */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
