import { Readable } from 'node:stream';
import type { Accepted } from '../../domain/intake/accept';
import { queuedWork } from '../../jobs/due';
import { publicId } from '../../platform/ids';
import type { Page } from '../../platform/page';
import type { Wake } from '../../platform/wake';
import type { Reply, RequestFacts } from './route';

type Headers = Readonly<Record<string, string>>;

export const reply = <Status extends number>(
  status: Status,
  body?: object | string,
  headers?: Headers,
): Reply<Status> => ({ status, body, headers });
export const ok = (body: object | string, headers?: Headers): Reply<200> => reply(200, body, headers);

/**
 * Queues what was accepted and answers 202 with the bytes of the first answer, whether this is the first
 * request with its key or a repeat.
 */
export async function sendAccepted(
  { id, body, replayed, due }: Accepted,
  wake: Wake,
  location = `/v1/transactions/${publicId('transaction', id)}`,
): Promise<Reply<202>> {
  await wake(due.map(queuedWork));
  return {
    status: 202,
    headers: { Location: location, 'Retry-After': '1', ...(replayed ? REPLAYED : {}) },
    body,
  };
}

/** The answer of an earlier request with the same Idempotency-Key. */
export const REPLAYED = { 'Idempotent-Replayed': 'true' };

/** 201 of what was made or done while the caller waited; a repeat gets the same. */
export const sendMade = (body: object, location: string, replayed: boolean): Reply<201> =>
  reply(201, body, { Location: location, ...(replayed ? REPLAYED : {}) });

/** A file, to be kept by who asked for it. */
export const sendFile = (name: string, type: string, body: Buffer | string | Readable): Reply<200> => ({
  status: 200,
  type,
  headers: { 'Content-Disposition': `attachment; filename="${name}"` },
  body,
});

/** A file that comes in pieces of bytes. Who goes away ends the reading. */
export const sendBytes = ({
  name,
  type,
  content,
}: {
  name: string;
  type: string;
  content: AsyncGenerator<Buffer>;
}): Reply<200> => sendFile(name, type, Readable.from(content));

/**
 * A file that comes in pieces. One that is short is answered whole, with its length; else its first piece has come
 * before anything is answered, so that what fails at once is a problem like any other. Who goes away ends the reading.
 */
export async function sendPieces(
  name: string,
  type: string,
  pieces: AsyncGenerator<string>,
): Promise<Reply<200>> {
  let head = '';
  while (head.length < WHOLE_CHARS) {
    const next = await pieces.next();
    if (next.done === true) return sendFile(name, type, head);
    head += next.value;
  }
  return sendFile(name, type, Readable.from(rest(head, pieces)));
}

const WHOLE_CHARS = 65_536;

async function* rest(head: string, pieces: AsyncGenerator<string>): AsyncGenerator<string> {
  yield head;
  yield* pieces;
}

/** One page of a list, and the link to the next. */
export function pageOf<T>({ path, querystring }: RequestFacts, page: Page<T>): Reply<200> {
  const body = {
    object: 'list',
    data: page.data,
    has_more: page.nextCursor !== null,
    next_cursor: page.nextCursor,
    url: path,
  };
  if (page.nextCursor === null) return ok(body);
  const next = new URLSearchParams(querystring);
  next.set('cursor', page.nextCursor);
  return ok(body, { Link: `<${path}?${next.toString()}>; rel="next"` });
}

/** A list that is given whole. */
export function listOf({ path }: RequestFacts, data: readonly unknown[]): Reply<200> {
  return ok({ object: 'list', data, has_more: false, next_cursor: null, url: path });
}
