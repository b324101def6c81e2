import { createFairLine, type FairLine } from '../../platform/fair-line';
import type { Policies } from '../policies/policies';

/**
 * The lines before the providers, one for each, with as many seats as calls may be in flight. A transaction that
 * had begun and then waited for a seat would be polled before it was sent.
 * 1. The next seat, and the next turn of the provider's rate, goes to the next user in turn. One who has a hundred
 *    thousand payouts to send gets what the others leave, and no single payout of another waits for them.
 * 2. Who has waited for two seconds, or has many in the line already, is sent later. Their jobs end and make room
 *    for those of others: the queue before the line knows no users.
 */
export interface SendLines {
  of(provider: string): FairLine;
}

const WAIT_MS = 2_000;
/** Where a rate is what they wait for, a few keep it busy. Without one they wait for calls, which are soon over. */
const WAITING_EACH = { atARate: 64, freely: 320 };

export function createSendLines({
  policies,
  turnWithinMs,
}: {
  policies: Pick<Policies, 'provider'>;
  turnWithinMs?: number;
}): SendLines {
  const lines = new Map<string, FairLine>();
  return {
    of(provider) {
      let line = lines.get(provider);
      if (line === undefined) {
        line = createFairLine({
          seats: () => policies.provider(provider).maxInFlight,
          waitingEach: () =>
            policies.provider(provider).ratePerSecond === null ? WAITING_EACH.freely : WAITING_EACH.atARate,
          waitMs: WAIT_MS,
          turnWithinMs,
        });
        lines.set(provider, line);
      }
      return line;
    },
  };
}
