import type { AepsKeeper } from '../../domain/aeps/keeper';

const CLAIM = 200;

/**
 * One round: lists withdrawals that nobody acknowledged, notes agents that have become dormant, and posts
 * commissions that were left behind. Returns true when a claim was full.
 */
export async function keepAeps({ aeps }: { aeps: { keeper: AepsKeeper } }): Promise<boolean> {
  const done = [
    await aeps.keeper.listUnacknowledged(CLAIM),
    await aeps.keeper.markDormant(CLAIM),
    await aeps.keeper.postCommissions(CLAIM),
  ];
  return done.includes(CLAIM);
}
