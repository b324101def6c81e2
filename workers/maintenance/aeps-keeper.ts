import type { AepsKeeper } from '../../domain/aeps/keeper';

const CLAIM = 200;

/**
 * One round: lists withdrawals that nobody acknowledged, and notes agents that have become dormant. Returns
 * true when a claim was full.
 */
export async function keepAeps({ aeps }: { aeps: { keeper: AepsKeeper } }): Promise<boolean> {
  const [listed, dormant] = [
    await aeps.keeper.listUnacknowledged(CLAIM),
    await aeps.keeper.markDormant(CLAIM),
  ];
  return listed === CLAIM || dormant === CLAIM;
}
