import type { OutcomeKind, ProviderOutcome } from '../../domain/dispatch/provider-port';
import type { TemplatePayout } from './schemas';

/** Every documented status. A word that is not here is pending, and counted. */
export const PAYOUT_STATUSES = {
  accepted: 'pending',
  done: 'succeeded',
  refused: 'failed',
} as const satisfies Record<string, OutcomeKind>;

export function outcomeOfPayout(payout: TemplatePayout, onUnlisted: (status: string) => void): ProviderOutcome {
  const listed = Object.hasOwn(PAYOUT_STATUSES, payout.status);
  if (!listed) onUnlisted(payout.status);
  const kind = listed ? PAYOUT_STATUSES[payout.status as keyof typeof PAYOUT_STATUSES] : 'pending';
  return { kind, sent: true, rawStatus: payout.status, providerReference: payout.id, amountPaise: payout.amountPaise };
}
