import type { NetworkKeeper } from '../../domain/users/keeper';

export interface NetworkKeeperDependencies {
  networkKeeper: NetworkKeeper;
}

const CLAIM = 100;

/**
 * One round: moves users whose day has come, and puts to sleep what nobody uses. Returns true when a claim was full.
 */
export async function keepNetwork({ networkKeeper }: NetworkKeeperDependencies): Promise<boolean> {
  const moved = await networkKeeper.makeDueMoves(CLAIM);
  const looked = await networkKeeper.putToSleep(CLAIM);
  return moved === CLAIM || looked === CLAIM;
}
