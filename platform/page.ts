/** One page of a list, as every list of the API and of the console gives it. */
export interface Page<T> {
  data: T[];
  /** For the next page; null at the end. */
  nextCursor: string | null;
}
export interface PageRequest {
  limit: number;
  cursor?: string;
}
/** A page inside: its cursor is read. */
export interface PageAfter {
  limit: number;
  /** The position that the page before gave as its `nextCursor`. */
  after?: string | undefined;
}

/**
 * A page from up to `limit + 1` rows: the extra row only says that there is a next page. `cursorOf` gives the
 * cursor of the last row shown.
 */
export function pageOf<T>(found: readonly T[], limit: number, cursorOf: (last: T) => string): Page<T> {
  const data = found.slice(0, limit);
  return { data, nextCursor: found.length > limit ? cursorOf(data.at(-1)!) : null };
}

export function mapPage<T, Shown>(page: Page<T>, show: (row: T) => Shown): Page<Shown> {
  return { data: page.data.map(show), nextCursor: page.nextCursor };
}
