import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { CallbackCheck, ParsedCallback } from '../../domain/provider/callback';
import { DomainError } from '../../domain/errors/errors';
import { defined } from '../../platform/defined';
import { isFields } from '../reading';
import { readEvent, readPayout } from './schemas';
import { outcomeOfPayout, PAYOUT_EVENTS, type OutcomeReading } from './transformers';
import { validationInEvent } from './validations';

const HEX_SHA256 = /^[0-9a-f]{64}$/;
const EVENT_ID = /^[A-Za-z0-9_-]{4,64}$/;

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
  const given = Buffer.from(signature, 'hex');
  let genuine = false;
  for (const secret of secrets) {
    // No early end: every secret is tried, in constant time
    if (timingSafeEqual(given, createHmac('sha256', secret).update(raw).digest())) genuine = true;
  }
  if (!genuine) return { verdict: 'forged', reason: 'the signature does not fit the body' };
  const eventId = headers['x-razorpay-event-id'];
  return {
    verdict: 'signed',
    eventId:
      eventId !== undefined && EVENT_ID.test(eventId)
        ? eventId
        : createHash('sha256').update(raw).digest('hex'),
  };
}

/**
 * A webhook's meaning. Events that are not about one payout have no target. When the event and the status
 * inside disagree there is a target and no outcome: something changed, and the provider is asked what. Throws
 * DomainError CALLBACK_MALFORMED.
 */
export function parseEvent(raw: Buffer, reading: OutcomeReading): ParsedCallback {
  const envelope = readEvent(parseJson(raw));
  if (!envelope.ok) throw malformed(envelope.field);
  const { event, payload } = envelope.value;
  if (event.startsWith('fund_account.validation.')) {
    const validation = validationInEvent(payload);
    if (!validation.ok) throw malformed(validation.field);
    return { event, hint: { about: 'account_validation', reference: validation.value } };
  }
  if (!/^payout\.[a-z_]+$/.test(event)) return { event };
  const payout = readPayout(isFields(payload.payout) ? payload.payout.entity : undefined);
  if (!payout.ok) throw malformed(`payload.payout.entity.${payout.field}`);
  const { id, referenceId, amountPaise, fundAccountId } = payout.value;
  const target = {
    providerReference: id,
    amountPaise,
    ...defined({
      ourReference: referenceId,
      refs: fundAccountId === undefined ? undefined : { fund_account: fundAccountId },
    }),
  };
  const outcome = outcomeOfPayout(payout.value, {}, undefined, reading);
  const said = Object.hasOwn(PAYOUT_EVENTS, event)
    ? PAYOUT_EVENTS[event as keyof typeof PAYOUT_EVENTS]
    : undefined;
  const agrees = said === null || said === outcome.kind;
  return agrees ? { event, target, outcome } : { event, target };
}

function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw)) as unknown;
  } catch {
    throw malformed('body');
  }
}

function malformed(field: string): DomainError {
  return new DomainError('CALLBACK_MALFORMED', { detail: `the field ${field} is missing or wrong` });
}
