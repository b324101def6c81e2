import type { SettlementBatches } from '../../domain/settlements/batches';
import { businessDate, type Clock } from '../../platform/clock';
import type { Log } from '../../platform/logger';

export interface SettlementLoopDependencies {
  settlementBatches: SettlementBatches;
  clock: Clock;
  log: Log;
}

/** A round that is not through by then is gone on with in the next. */
const ROUND_MS = 30_000;

/** One round: the batches of the cut-offs of today that have passed. Returns true while there is more to do. */
export async function settleToday(deps: SettlementLoopDependencies): Promise<boolean> {
  const signal = AbortSignal.timeout(ROUND_MS);
  try {
    await deps.settlementBatches.run(businessDate(deps.clock.now()), { signal });
    return false;
  } catch (error) {
    if (!signal.aborted) throw error;
    deps.log.info({}, 'the batches of settlements are gone on with');
    return true;
  }
}
