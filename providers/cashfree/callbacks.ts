import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { CallbackCheck, ParsedCallback } from '../../domain/provider/callback';
import { DomainError } from '../../domain/errors/errors';
import type { Clock } from '../../platform/clock';
import { defined } from '../../platform/defined';
import { listed, type OnUnlisted } from '../answers';
import { parseJsonBytes } from '../reading';
import { readTransfer, readWebhook } from './schemas';
import { outcomeOfTransfer, TRANSFER_EVENTS } from './transformers';

const BASE64_SHA256 = /^[A-Za-z0-9+/]{43}=$/;
const TIMESTAMP = /^\d{10}(?:\d{3})?$/;
/** An older one is only a hint. Longer than the retries that Cashfree documents (2, 10 and 30 minutes). */
const FRESH_MS = 3_600_000;

type Headers = Readonly<Record<string, string | undefined>>;

/**
 * `x-webhook-signature` = base64 HMAC-SHA256 of `x-webhook-timestamp` and the raw bytes, under a client secret.
 * A body that is parsed and printed again is another one (`170.00` becomes `170`). Cashfree signs every webhook,
 * so a missing or malformed signature is a forgery. One that is genuine but not of this hour decides nothing:
 * Cashfree is asked. Cashfree names no id of an event, so the bytes are one: a repeat has the same.
 */
export function checkSignature(
  headers: Headers,
  raw: Buffer,
  { secrets, clock }: { secrets: readonly string[]; clock: Clock },
): CallbackCheck {
  const signature = headers['x-webhook-signature'];
  const timestamp = headers['x-webhook-timestamp'];
  if (signature === undefined || timestamp === undefined)
    return { verdict: 'forged', reason: 'no signature' };
  if (!BASE64_SHA256.test(signature) || !TIMESTAMP.test(timestamp))
    return { verdict: 'forged', reason: 'the signature or its time is malformed' };
  const given = Buffer.from(signature, 'base64');
  let genuine = false;
  for (const secret of secrets) {
    // No early end: every secret is tried, in constant time
    if (timingSafeEqual(given, createHmac('sha256', secret).update(timestamp).update(raw).digest()))
      genuine = true;
  }
  if (!genuine) return { verdict: 'forged', reason: 'the signature does not fit the body' };
  const signedAtMs = Number(timestamp) * (timestamp.length === 10 ? 1_000 : 1);
  const isFresh = Math.abs(clock.now().getTime() - signedAtMs) <= FRESH_MS;
  return {
    verdict: isFresh ? 'signed' : 'unsigned',
    eventId: createHash('sha256').update(raw).digest('hex'),
  };
}

/**
 * A webhook's meaning. Events that are not about one transfer have no target. The status inside decides, never
 * the name of the event; when the two disagree there is a target and no outcome: Cashfree is asked. Throws
 * DomainError CALLBACK_MALFORMED.
 */
export function parseWebhook(raw: Buffer, onUnlisted: OnUnlisted): ParsedCallback {
  const webhook = readWebhook(parseJsonBytes(raw));
  if (!webhook.ok) throw malformed(webhook.field);
  const { type: event, data } = webhook.value;
  if (!event.startsWith('TRANSFER_')) return { event };
  const transfer = readTransfer(data);
  if (!transfer.ok) throw malformed(`data.${transfer.field}`);
  const { transferId, cfTransferId, amountPaise, beneficiaryId } = transfer.value;
  const target = {
    ourReference: transferId,
    amountPaise,
    ...defined({
      providerReference: cfTransferId,
      refs: beneficiaryId === undefined ? undefined : { beneficiary: beneficiaryId },
    }),
  };
  const outcome = outcomeOfTransfer(transfer.value, {}, undefined, onUnlisted);
  const agrees = listed(TRANSFER_EVENTS, event)?.includes(outcome.kind) === true;
  return agrees ? { event, target, outcome } : { event, target };
}

function malformed(field: string): DomainError {
  return new DomainError('CALLBACK_MALFORMED', { detail: `the field ${field} is missing or wrong` });
}
