import { deleteOldCalls } from '../../domain/api-log/retention';

export type ApiLogPrunerDependencies = Parameters<typeof deleteOldCalls>[0];

/** Small, so that a round holds few locks and leaves little to vacuum at once. */
const BATCH = 1_000;

/** One round: deletes API log notes that are past their time. Returns true when there may be more. */
export async function pruneApiLog(deps: ApiLogPrunerDependencies): Promise<boolean> {
  return (await deleteOldCalls(deps, { limit: BATCH })) === BATCH;
}
