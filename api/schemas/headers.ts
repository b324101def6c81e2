import type { Context } from 'koa';
import { DomainError } from '../../domain/errors/errors';

const KEY = /^[\x21-\x7e]{8,255}$/;
const WAIT = /^wait[ \t]*=[ \t]*(?:(\d{1,9})|"(\d{1,9})")$/i;
export const LONGEST_WAIT_S = 25;

/**
 * The Idempotency-Key, quoted or bare (draft-ietf-httpapi-idempotency-key-header: a structured string;
 * everyone sends it bare). Throws DomainError IDEMPOTENCY_KEY_MISSING, REQUEST_HEADER_INVALID.
 */
export function idempotencyKey(ctx: Context): string {
  const values = ctx.req.headersDistinct['idempotency-key'];
  if (values === undefined)
    throw new DomainError('IDEMPOTENCY_KEY_MISSING', {
      detail: 'send a fresh Idempotency-Key with each new request, and the same one when you repeat it',
    });
  const value = values[0]!;
  const bare = value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  if (values.length !== 1 || !KEY.test(bare))
    throw new DomainError('REQUEST_HEADER_INVALID', {
      detail: 'Idempotency-Key must be one header of 8 to 255 visible ASCII characters',
    });
  return bare;
}

/**
 * Seconds that the caller wants to wait (`Prefer: wait=10`, RFC 7240), 25 at most; 0 when it does not. Throws
 * DomainError REQUEST_HEADER_INVALID.
 */
export function preferredWaitS(ctx: Context): number {
  const preferences = ctx
    .get('Prefer')
    .split(',')
    .map((p) => p.trim())
    .filter((p) => /^wait(?![A-Za-z0-9_-])/i.test(p)); // others are not for us
  if (preferences.length === 0) return 0;
  const match = WAIT.exec(preferences[0]!);
  if (match === null || preferences.length > 1)
    throw new DomainError('REQUEST_HEADER_INVALID', {
      detail: 'Prefer: wait takes a number of seconds, as in wait=10',
    });
  return Math.min(Number(match[1] ?? match[2]), LONGEST_WAIT_S);
}
