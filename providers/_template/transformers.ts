import type { OutcomeKind, ProviderOutcome } from '../../domain/provider/outcome';
import type { HttpFailureReason } from '../../platform/http-client';
import type { TemplatePayout } from './schemas';

/** What came of a call, before anybody has read it. */
export type Reply =
  | { kind: 'answer'; status: number; json: unknown }
  | { kind: 'failure'; reason: HttpFailureReason; sent: boolean }
  | { kind: 'refusal'; word: string; retryAfterMs: number };

/** Every documented status, as `done: 'succeeded'`. A word that is not here is pending, and counted. The only place with their words. */
export const PAYOUT_STATUSES: Readonly<Record<string, OutcomeKind>> = {};

/** The answer to the create call. What is not documented as a failure is unknown, never failed. */
export function outcomeOfPayout(
  reply: Reply,
  read: (json: unknown) => TemplatePayout | undefined,
  onUnlisted: (status: string) => void,
): ProviderOutcome {
  if (reply.kind === 'refusal')
    return { kind: 'unknown', sent: false, rawStatus: reply.word, retryAfterMs: reply.retryAfterMs };
  if (reply.kind === 'failure')
    return { kind: 'unknown', sent: reply.sent, rawStatus: `<${reply.reason.replaceAll('_', ' ')}>` };
  const payout = reply.status >= 200 && reply.status < 300 ? read(reply.json) : undefined;
  if (payout === undefined)
    return { kind: 'unknown', sent: true, rawStatus: `<http ${reply.status}>`, httpStatus: reply.status };
  return {
    kind: kindOf(payout.status, onUnlisted),
    sent: true,
    rawStatus: payout.status,
    providerReference: payout.id,
    amountPaise: payout.amountPaise,
    httpStatus: reply.status,
  };
}

function kindOf(status: string, onUnlisted: (status: string) => void): OutcomeKind {
  if (Object.hasOwn(PAYOUT_STATUSES, status)) return PAYOUT_STATUSES[status]!;
  onUnlisted(status);
  return 'pending';
}
