import type { ApprovalKeeper } from '../../domain/approvals/expiry';

const BATCH = 200;

export interface ApprovalKeeperDependencies {
  approvalKeeper: ApprovalKeeper;
}

/** One round: ends proposals that waited too long. Returns true when there may be more. */
export async function expireApprovals({ approvalKeeper }: ApprovalKeeperDependencies): Promise<boolean> {
  return (await approvalKeeper.expire(BATCH)) === BATCH;
}
