import { maskJson } from '../mask';

/**
 * Fields whose values may be read in the API log. A name that is not here is hidden; never list what may hold
 * a name, a number of a person or a secret.
 */
const OPEN: ReadonlySet<string> = new Set(['id', 'status', 'amount', 'reference']);

/** A JSON value as it may be kept. */
export function masked(value: unknown): unknown {
  return maskJson(value, { open: OPEN });
}
