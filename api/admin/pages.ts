import type { Cursors } from '../../domain/errors/cursor';
import { mapPage, type Page } from '../../platform/page';
import { pageOf } from '../registry/replies';
import type { Reply, RequestFacts } from '../registry/route';

interface Asked {
  request: RequestFacts;
  query: { readonly limit: number; readonly cursor?: string };
}

/**
 * A page of a list of staff. Its position is signed with the path and with all that the list was asked for, so a cursor
 * of another list is refused.
 */
export async function paged<Row>(
  cursors: Cursors,
  { request, query: { limit, cursor, ...asked } }: Asked,
  read: (page: { limit: number; after: string | undefined }) => Promise<Page<Row>>,
  show: (row: Row) => object,
): Promise<Reply<200>> {
  const scope = Object.entries(asked)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${String(value)}`);
  const list = cursors.of(JSON.stringify([request.path, ...scope]));
  const { data, nextCursor } = mapPage(await read({ limit, after: list.decode(cursor) }), show);
  return pageOf(request, { data, nextCursor: nextCursor === null ? null : list.encode(nextCursor) });
}
