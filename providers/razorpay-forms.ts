import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { CallbackCheck } from '../domain/provider/callback';
import { absentAs, isFields, no, yes, type Reading } from './reading';

/**
 * What the products of Razorpay have in common, in form alone: ids, errors, lists, events and their signatures.
 * What any of it means stands with each product.
 */

/** `description` is looked at and kept nowhere: it is a sentence, and may hold a name. */
export interface ErrorBody {
  code: string;
  reason: string | undefined;
  field: string | undefined;
  source: string | undefined;
  description: string | undefined;
}

export interface EventEnvelope {
  event: string;
  payload: Record<string, unknown>;
}

export const isAbsent = absentAs('null', 'NA');
const REASON = /^[A-Za-z][A-Za-z0-9_.-]{0,79}$/;
const EVENT = /^[a-z][a-z0-9_]*(?:\.[a-z0-9_]+){1,5}$/;
const HEX_SHA256 = /^[0-9a-f]{64}$/;
const EVENT_ID = /^[A-Za-z0-9_-]{4,64}$/;
export const UTR = /^(?=.*\d|.{10})[A-Za-z0-9/-]{6,40}$/; // not the words "null" and "pending"

/** `pout_…`, `order_…`, `pay_…`. */
export function isIdOf(prefix: string, value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.startsWith(`${prefix}_`) &&
    /^[A-Za-z0-9]{6,40}$/.test(value.slice(prefix.length + 1))
  );
}

/** The error body of a refused call, or undefined when the body is not one. */
export function readError(value: unknown): ErrorBody | undefined {
  if (!isFields(value) || !isFields(value.error)) return undefined;
  const { code, reason, field, source, description } = value.error;
  if (typeof code !== 'string' || !/^[A-Z][A-Z0-9_]{0,59}$/.test(code)) return undefined;
  return {
    code,
    reason: reasonWord(reason),
    field: reasonWord(field),
    source: reasonWord(source),
    description: present(description),
  };
}

/** The items of a collection, each still unread. */
export function readCollection(value: unknown): Reading<unknown[]> {
  if (!isFields(value) || value.entity !== 'collection') return no('entity');
  if (!Array.isArray(value.items)) return no('items');
  return value.count === value.items.length ? yes(value.items) : no('count');
}

export function readEvent(value: unknown): Reading<EventEnvelope> {
  if (!isFields(value) || value.entity !== 'event') return no('entity');
  if (typeof value.event !== 'string' || value.event.length > 80 || !EVENT.test(value.event))
    return no('event');
  return isFields(value.payload) ? yes({ event: value.event, payload: value.payload }) : no('payload');
}

export function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length <= maxLength && !/\p{Cc}/u.test(value);
}

export function present(value: unknown): string | undefined {
  return typeof value === 'string' && !isAbsent(value) ? value : undefined;
}

/** A word of theirs; undefined when it is missing or a sentence. */
export function reasonWord(value: unknown): string | undefined {
  return typeof value === 'string' && !isAbsent(value) && REASON.test(value) ? value : undefined;
}

/** HTTP Basic. Throws TypeError for a key that cannot be one. */
export function basicAuthorization(keyId: string, keySecret: string): string {
  if (!/^[\x21-\x39\x3b-\x7e]{4,100}$/.test(keyId) || keySecret.length < 4)
    throw new TypeError('the Razorpay key is not usable');
  return `Basic ${Buffer.from(`${keyId}:${keySecret}`, 'utf8').toString('base64')}`;
}

/** The secrets of webhooks: the present one, and the one before it. Throws TypeError for one that is too short. */
export function webhookSecrets(...given: readonly (string | undefined)[]): string[] {
  const secrets = given.filter((secret) => secret !== undefined);
  if (secrets.some((secret) => secret.length < 8))
    throw new TypeError('the webhook secret must have at least 8 characters');
  return secrets;
}

/** True if one of the secrets signed these bytes: hex HMAC-SHA256, in lower case, compared in constant time. */
export function isSignedBy(secrets: readonly string[], raw: Buffer | string, signature: string): boolean {
  if (!HEX_SHA256.test(signature)) return false;
  const given = Buffer.from(signature, 'hex');
  let genuine = false;
  for (const secret of secrets) {
    // No early end: every secret is tried
    if (timingSafeEqual(given, createHmac('sha256', secret).update(raw).digest())) genuine = true;
  }
  return genuine;
}

/**
 * `X-Razorpay-Signature` = hex HMAC-SHA256 of the raw bytes under the webhook secret. Razorpay signs every
 * webhook, so a missing or malformed signature is a forgery too: nothing passes by default. The secret before
 * the present one may be given: after a change of the secret Razorpay still retries older events under the
 * old one (for 24 hours). The event id comes from `x-razorpay-event-id`, which the signature does not cover:
 * it serves to recognise a repeat, never to believe anything.
 */
export function checkSignature(
  headers: Readonly<Record<string, string | undefined>>,
  raw: Buffer,
  secrets: readonly string[],
): CallbackCheck {
  const signature = headers['x-razorpay-signature'];
  if (signature === undefined) return { verdict: 'forged', reason: 'no signature' };
  if (!HEX_SHA256.test(signature))
    return { verdict: 'forged', reason: 'the signature is not 64 hexadecimal digits' };
  if (!isSignedBy(secrets, raw, signature))
    return { verdict: 'forged', reason: 'the signature does not fit the body' };
  const eventId = headers['x-razorpay-event-id'];
  return {
    verdict: 'signed',
    eventId:
      eventId !== undefined && EVENT_ID.test(eventId)
        ? eventId
        : createHash('sha256').update(raw).digest('hex'),
  };
}
