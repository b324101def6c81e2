import type { ParsedCallback } from '../../domain/provider/callback';
import { DomainError } from '../../domain/errors/errors';
import { defined } from '../../platform/defined';
import { readEvent } from '../razorpay-forms';
import { isFields, parseJsonBytes } from '../reading';
import { readPayout } from './schemas';
import { outcomeOfPayout, PAYOUT_EVENTS, type OutcomeReading } from './transformers';
import { validationInEvent } from './validations';

/**
 * A webhook's meaning. Events that are not about one payout have no target. When the event and the status
 * inside disagree there is a target and no outcome: something changed, and the provider is asked what. Throws
 * DomainError CALLBACK_MALFORMED.
 */
export function parseEvent(raw: Buffer, reading: OutcomeReading): ParsedCallback {
  const envelope = readEvent(parseJsonBytes(raw));
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

function malformed(field: string): DomainError {
  return new DomainError('CALLBACK_MALFORMED', { detail: `the field ${field} is missing or wrong` });
}
