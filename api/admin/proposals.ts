import type { ApprovalModel } from '../../domain/approvals/approval.model';
import type { Approvals, Proposal } from '../../domain/approvals/approvals';
import { APPROVAL_ERRORS } from '../../domain/approvals/errors';
import { approval, approvalOf } from '../answers/approvals';
import { reply } from '../registry/replies';
import type { Answer, Reply, StaffCaller } from '../registry/route';

/** What a route answers that proposes something. */
export const PROPOSED = {
  201: {
    description: 'It waits for a second person, who decides it at `Location`',
    schema: approval,
    headers: { Location: 'Where it is found and decided' },
  },
} as const satisfies Record<number, Answer>;

/** What may stand in the way of any proposal. */
export const PROPOSING_ERRORS = [
  APPROVAL_ERRORS.APPROVAL_OPEN,
  APPROVAL_ERRORS.APPROVAL_NOTHING_CHANGES,
] as const;

export interface Proposing {
  approvals: Pick<Approvals, 'propose'>;
}

/** Proposes it, and says where it is decided. */
export async function proposed(
  { approvals }: Proposing,
  proposal: Proposal,
  caller: StaffCaller,
): Promise<Reply<201>> {
  return madeOf(await approvals.propose(proposal, caller));
}

function madeOf(made: ApprovalModel): Reply<201> {
  const view = approvalOf(made);
  return reply(201, view, { Location: view.links.self });
}
