import Joi from 'joi';
import type { Context } from 'koa';
import { DomainError } from '../../domain/errors/errors';
import { INSTEAD, personalNumberIn } from '../../domain/india/personal-numbers';
import { parsePublicId } from '../../platform/ids';
import type { HeaderParameter } from '../registry/parameters';

const KEY = /^[\x21-\x7e]{8,255}$/;
const WAIT = /^wait[ \t]*=[ \t]*(?:(\d{1,9})|"(\d{1,9})")$/i;
export const LONGEST_WAIT_S = 25;

/**
 * The Idempotency-Key, quoted or bare (draft-ietf-httpapi-idempotency-key-header: a structured string;
 * everyone sends it bare). It is kept, so it must hold no Aadhaar number, PAN or card number. Throws DomainError
 * IDEMPOTENCY_KEY_MISSING, REQUEST_HEADER_INVALID.
 */
export function idempotencyKey(ctx: Context): string {
  const value = ctx.req.headers['idempotency-key'] as string | undefined;
  if (value === undefined)
    throw new DomainError('IDEMPOTENCY_KEY_MISSING', {
      detail: 'send a fresh Idempotency-Key with each new request, and the same one when you repeat it',
    });
  const bare = value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  // Two headers arrive as one text, with a comma and a space between them, and a key has no space.
  if (!KEY.test(bare))
    throw new DomainError('REQUEST_HEADER_INVALID', {
      detail: 'Idempotency-Key must be one header of 8 to 255 visible ASCII characters',
    });
  const held = personalNumberIn(bare);
  if (held !== undefined)
    throw new DomainError('REQUEST_HEADER_INVALID', { detail: `the Idempotency-Key ${INSTEAD[held]}` });
  return bare;
}

/** The same, and 0 for a header that says nothing readable. */
export function askedWaitS(ctx: Context): number {
  try {
    return preferredWaitS(ctx);
  } catch {
    return 0;
  }
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

/** `Prefer: wait=N`, in seconds; 0 for a caller that does not wait. */
export const preferWait: HeaderParameter<number> = {
  name: 'Prefer',
  description: 'wait=N holds the answer until there is news, N seconds and never more than 25 (RFC 7240)',
  // its name is read in any case, which a JSON Schema cannot say
  schema: Joi.string()
    .pattern(WAIT)
    .meta({
      parameter: { type: 'string', maxLength: 20, pattern: '^wait=\\d{1,9}$', examples: ['wait=10'] },
    }),
  read: preferredWaitS,
};

const ETAGS = /^(?:\*|(?:W\/)?"[\x21\x23-\x7e]*"(?:[ \t]*,[ \t]*(?:W\/)?"[\x21\x23-\x7e]*")*)$/;

/** The `ETag` that the caller has, or a list of them; undefined for a caller that has none. */
export const ifNoneMatch: HeaderParameter<string | undefined> = {
  name: 'If-None-Match',
  description: 'The `ETag` of an answer that you have: 304 when nothing has changed since (RFC 9110)',
  schema: Joi.string().max(1_000).pattern(ETAGS),
  read: (ctx) => {
    const value = ctx.get('If-None-Match');
    if (value === '') return undefined;
    if (!ETAGS.test(value))
      throw new DomainError('REQUEST_HEADER_INVALID', {
        detail: 'If-None-Match takes the ETag of an answer, with its quotes',
      });
    return value;
  },
};

/** Whether `If-None-Match` names the tag. The comparison is the weak one: a cache may have marked it `W/`. */
export function isKnownTag(header: string | undefined, etag: string): boolean {
  return (
    header !== undefined &&
    (header === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag))
  );
}

/** The id of a confirmation, where the order is one that must be confirmed; undefined for any other. */
export const confirmation: HeaderParameter<string | undefined> = {
  name: 'Confirmation',
  description: 'The id of a confirmation, where somebody who is signed in pays',
  schema: Joi.string()
    .max(30)
    .pattern(/^cnf_[0-7][0-9a-hjkmnp-tv-z]{25}$/)
    .example('cnf_01jxvqexvqexvt0xvqexvqexvq'),
  read: (ctx) => {
    const text = ctx.get('Confirmation');
    if (text === '') return undefined;
    const id = parsePublicId('confirmation', text);
    if (id === undefined)
      throw new DomainError('REQUEST_HEADER_INVALID', {
        detail: 'Confirmation takes the id of a confirmation, as cnf_…',
      });
    return id;
  },
};
