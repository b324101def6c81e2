import type { DisputeKeeper } from '../../domain/disputes/keeper';
import type { DisputeNotices } from '../../domain/reminders/disputes';

export interface DisputeLoopDependencies {
  disputeKeeper: DisputeKeeper;
  disputeNotices: DisputeNotices;
}

const CLAIM = 100;

/** One round: marks disputes whose last day has passed without an answer. Returns true when there may be more. */
export async function keepDisputes({ disputeKeeper }: DisputeLoopDependencies): Promise<boolean> {
  return (await disputeKeeper.markOverdue(CLAIM)) === CLAIM;
}

/** One round: tells agents of new disputes and of their ends. Returns true when there may be more. */
export async function tellDisputes({ disputeNotices }: DisputeLoopDependencies): Promise<boolean> {
  return (await disputeNotices.tell(CLAIM)) === CLAIM;
}
