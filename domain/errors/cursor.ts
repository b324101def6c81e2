import { createHmac, timingSafeEqual } from 'node:crypto';
import { DomainError } from './errors';

/**
 * Opaque cursors of pages: the position, signed together with the question that the list answers. A cursor of
 * one caller or filter is useless with another.
 */
export interface Cursors {
  encode(position: string, scope: string): string;
  /** Throws DomainError REQUEST_FIELD_INVALID for anything that `encode` did not make for this scope. */
  decode(cursor: string, scope: string): string;
  /** The cursors of one list. */
  of(scope: string): ListCursors;
}
export interface ListCursors {
  encode: (position: string) => string;
  /** The position after which a page begins; undefined for the first page. Throws as `Cursors.decode`. */
  decode: (cursor: string | undefined) => string | undefined;
}

const TAG_BYTES = 16;

export function createCursors(key: Buffer): Cursors {
  const sign = (position: string, scope: string): Buffer =>
    createHmac('sha256', key).update(`${scope}\n${position}`).digest().subarray(0, TAG_BYTES);
  const cursors: Cursors = {
    encode: (position, scope) =>
      Buffer.concat([sign(position, scope), Buffer.from(position)]).toString('base64url'),
    decode(cursor, scope) {
      const bytes = Buffer.from(cursor, 'base64url');
      const position = bytes.subarray(TAG_BYTES).toString();
      if (
        bytes.length <= TAG_BYTES ||
        !timingSafeEqual(bytes.subarray(0, TAG_BYTES), sign(position, scope))
      ) {
        throw new DomainError('REQUEST_FIELD_INVALID', {
          detail: 'the cursor does not belong to this list; begin again without it',
          errors: [{ pointer: '?cursor', code: 'CURSOR_INVALID', detail: 'not a cursor of this list' }],
        });
      }
      return position;
    },
    of: (scope) => ({
      encode: (position) => cursors.encode(position, scope),
      decode: (cursor) => (cursor === undefined ? undefined : cursors.decode(cursor, scope)),
    }),
  };
  return cursors;
}
