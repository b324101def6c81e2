import type { CaseKeeper } from '../../domain/cases/keeper';

export interface CaseKeeperDependencies {
  cases: { keeper: CaseKeeper };
}

const BATCH = 200;

/** One round: closes cases whose question is answered. Returns true when there may be more. */
export async function keepCases({ cases }: CaseKeeperDependencies): Promise<boolean> {
  return (await cases.keeper.closeAnswered(BATCH)) === BATCH;
}
