import { DISPUTE_KINDS, DISPUTE_STATES, OUTCOMES, type DisputeRow } from '../../domain/disputes/rows';
import { statusOf } from '../../domain/disputes/disputes';
import { transactionId } from '../../domain/ids/ids';
import { isCalendarDay } from '../../platform/clock';
import { rupeesFromPaise } from '../../platform/decimal';
import { publicId } from '../../platform/ids';
import { shownApproval } from './approvals';
import { EVIDENCE, optionalText, REASON, textOption, UsageError, type Command } from './command';
import { readId, readRupees } from './read-ids';

/** What networks claim of transactions back (docs/disputes.md). */

const LISTED = 500;

const shown = (row: DisputeRow): Readonly<Record<string, unknown>> => ({
  ...{ dispute: publicId('dispute', row.id), kind: row.kind, status: statusOf(row) },
  ...{ transaction: publicId('transaction', row.transactionId), user: publicId('user', row.userId) },
  ...{ provider: row.provider, case: row.caseReference, reason: row.reasonCode },
  ...{ rupees: rupeesFromPaise(row.amountPaise), held_rupees: rupeesFromPaise(row.heldPaise) },
  ...{ taken_rupees: rupeesFromPaise(row.takenPaise), owed_rupees: rupeesFromPaise(row.owedPaise) },
  ...{ received_on: row.receivedOn, answer_by: row.answerBy, answered_at: row.answeredAt },
  ended_at: row.endedAt,
});

function oneOf<T extends string>(name: string, known: readonly T[], given: string): T {
  const found = known.find((one) => one === given);
  if (found === undefined) throw new UsageError(`--${name} is one of ${known.join(', ')}`);
  return found;
}

function dayIn(given: string): string {
  if (!isCalendarDay(given)) throw new UsageError('--received is a date: 2026-11-28');
  return given;
}

export const DISPUTES: readonly Command[] = [
  {
    name: 'dispute record',
    permission: 'disputes.write',
    summary:
      'writes down that a network claims a withdrawal back, and holds the money in the wallets at once',
    argument: 'TRANSACTION',
    options: {
      rupees: { what: 'what is claimed in rupees, such as 3000.00; a part is possible', isRequired: true },
      case: {
        what: "the network's case, as the provider wrote it; once for each provider",
        isRequired: true,
      },
      code: { what: "the network's code of the reason", isRequired: true },
      received: { what: 'the day on which we were told: 2026-11-28', isRequired: true },
      kind: { what: `${DISPUTE_KINDS.join(' or ')}; without it, chargeback` },
    },
    async run(context) {
      const given = {
        kind: oneOf('kind', DISPUTE_KINDS, optionalText(context, 'kind') ?? 'chargeback'),
        transactionId: transactionId(readId('transaction', context.argument)),
        amountPaise: readRupees(textOption(context, 'rupees')),
        caseReference: textOption(context, 'case'),
        reasonCode: textOption(context, 'code'),
        receivedOn: dayIn(textOption(context, 'received')),
      };
      return shown(await context.operations.disputes.record(given, context.by));
    },
  },
  {
    name: 'dispute list',
    permission: 'disputes.read',
    summary: 'disputes, the newest first',
    options: { state: { what: `${DISPUTE_STATES.join(', ')}; without it, all` } },
    async run(context) {
      const given = optionalText(context, 'state');
      const state = given === undefined ? undefined : oneOf('state', DISPUTE_STATES, given);
      return (await context.operations.disputes.list(state, { limit: LISTED })).data.map(shown);
    },
  },
  {
    name: 'dispute show',
    permission: 'disputes.read',
    summary: 'a dispute, with what the agent says',
    argument: 'DISPUTE',
    options: {},
    async run({ operations, argument }) {
      const found = await operations.disputes.get(readId('dispute', argument));
      return { ...shown(found), statement: found.statement };
    },
  },
  {
    name: 'dispute end',
    permission: 'disputes.propose',
    summary: "proposes the network's last word; another person approves it",
    argument: 'DISPUTE',
    options: {
      outcome: { what: `${OUTCOMES.join(', ')}: the last is of one that was lost`, isRequired: true },
      reason: REASON,
      evidence: EVIDENCE,
    },
    async run(context) {
      const proposal = await context.operations.disputes.endProposal({
        id: readId('dispute', context.argument),
        outcome: oneOf('outcome', OUTCOMES, textOption(context, 'outcome')),
        reason: textOption(context, 'reason'),
        evidence: textOption(context, 'evidence'),
      });
      return shownApproval(await context.operations.approvals.propose(proposal, context.by));
    },
  },
];
