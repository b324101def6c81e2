import type { OutcomeKind, ProviderOutcome } from '../../domain/provider/outcome';
import { isSuccess, kindOf, outcomeOfNoAnswer, unknown, type OnUnlisted, type Reply } from '../answers';
import type { readPayout } from './schemas';

/**
 * Every documented status, as `done: 'succeeded'`. A word that is not here is pending, and counted. The only
 * place with their words.
 */
export const PAYOUT_STATUSES: Readonly<Record<string, OutcomeKind>> = {};

/** The answer to the create call. An answer that is not documented as a failure is unknown, never failed. */
export function outcomeOfPayout(
  reply: Reply,
  read: typeof readPayout,
  onUnlisted: OnUnlisted,
): ProviderOutcome {
  if (reply.kind !== 'answer') return outcomeOfNoAnswer(reply);
  const { status: httpStatus, json } = reply;
  const payout = isSuccess(httpStatus) ? read(json) : undefined;
  if (payout === undefined) return unknown(`<http ${httpStatus}>`, { httpStatus });
  return {
    kind: kindOf(PAYOUT_STATUSES, payout.status, onUnlisted),
    sent: true,
    rawStatus: payout.status,
    providerReference: payout.id,
    amountPaise: payout.amountPaise,
    httpStatus,
  };
}
