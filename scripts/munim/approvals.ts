import {
  APPROVAL_STATES,
  type ApprovalModel,
  type ApprovalState,
} from '../../domain/approvals/approval.model';
import { rupeesFromPaise } from '../../platform/decimal';
import { publicId } from '../../platform/ids';
import { optionalText, textOption, UsageError, type Command } from './command';
import { readId } from './read-ids';

const STATES: readonly string[] = APPROVAL_STATES;
const LISTED = 200;
const NOTE = { what: 'why; the proposer reads it', isRequired: true } as const;

export function shownApproval(approval: ApprovalModel): Readonly<Record<string, unknown>> {
  const { id, action, subject, caseId, detail, reason, evidence, state } = approval;
  return {
    approval: publicId('approval', id),
    state,
    action,
    about: subject,
    ...(caseId === null ? {} : { case: publicId('case', caseId) }),
    detail,
    ...(approval.changes === null ? {} : { changes: approval.changes }),
    reason,
    evidence,
    proposed_by: publicId('user', approval.proposedBy),
    proposed_at: approval.proposedAt,
    ...(approval.expiresAt === null ? {} : { expires_at: approval.expiresAt }),
    ...(approval.decidedBy === null ? {} : { decided_by: publicId('user', approval.decidedBy) }),
    ...(approval.decidedAt === null ? {} : { decided_at: approval.decidedAt }),
    ...(approval.note === null ? {} : { note: approval.note }),
    ...(approval.journalId === null ? {} : { journal: approval.journalId }),
  };
}

export const APPROVALS: readonly Command[] = [
  {
    name: 'approval list',
    permission: 'approvals.read',
    summary: 'what was proposed, the newest first',
    options: { state: { what: `${STATES.join(', ')}; without it, what waits` } },
    async run({ operations, ...context }) {
      const state = optionalText(context, 'state') ?? 'proposed';
      if (!STATES.includes(state)) throw new UsageError(`--state is one of ${STATES.join(', ')}`);
      const found = await operations.approvals.list({ state: state as ApprovalState, limit: LISTED });
      return found.map((approval) => ({
        approval: publicId('approval', approval.id),
        action: approval.action,
        about: approval.subject,
        rupees: rupeesOf(approval),
        proposed_by: publicId('user', approval.proposedBy),
        proposed_at: approval.proposedAt,
      }));
    },
  },
  {
    name: 'approval show',
    permission: 'approvals.read',
    summary: 'one proposal',
    argument: 'APPROVAL',
    options: {},
    run: async ({ operations, argument }) =>
      shownApproval(await operations.approvals.get(readId('approval', argument))),
  },
  {
    name: 'approval approve',
    permission: 'approvals.read',
    summary: 'carries out what another person proposed',
    argument: 'APPROVAL',
    options: {},
    async run({ operations, by, argument }) {
      const { approval, result } = await operations.approvals.approve(readId('approval', argument), by);
      return { ...shownApproval(approval), done: result };
    },
  },
  {
    name: 'approval reject',
    permission: 'approvals.read',
    summary: 'refuses what another person proposed',
    argument: 'APPROVAL',
    options: { note: NOTE },
    async run({ operations, by, argument, ...context }) {
      const id = readId('approval', argument);
      await operations.approvals.reject(id, by, textOption(context, 'note'));
      return shownApproval(await operations.approvals.get(id));
    },
  },
  {
    name: 'approval withdraw',
    permission: 'approvals.read',
    summary: 'takes back what you proposed',
    argument: 'APPROVAL',
    options: {},
    async run({ operations, by, argument }) {
      const id = readId('approval', argument);
      await operations.approvals.withdraw(id, by);
      return shownApproval(await operations.approvals.get(id));
    },
  },
];

function rupeesOf({ detail }: ApprovalModel): string | null {
  const paise = detail.amount_paise;
  return typeof paise === 'string' ? rupeesFromPaise(BigInt(paise)) : null;
}
