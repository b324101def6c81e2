import { raiseOverdue } from '../../domain/transactions/overdue';

export type TurnaroundDependencies = Parameters<typeof raiseOverdue>[0];

const BATCH = 200;

/**
 * One round: opens cases for transactions that have passed their turnaround. Returns true when there may be
 * more.
 */
export async function raiseTurnaround(deps: TurnaroundDependencies): Promise<boolean> {
  return (await raiseOverdue(deps, { limit: BATCH })) === BATCH;
}
