import { fundRequestProposal } from '../../domain/funds/fund-request-actions';
import { rupeesFromPaise } from '../../platform/decimal';
import { publicId } from '../../platform/ids';
import { shownApproval } from './approvals';
import { EVIDENCE, REASON, textOption, type Command } from './command';
import { readId } from './read-ids';

/** What users say to have brought to our bank. */

const LISTED = 500;

export const FUND_REQUESTS: readonly Command[] = [
  {
    name: 'fund-request list',
    permission: 'wallets.read',
    summary: 'the fund requests that wait, the oldest first',
    options: {},
    async run({ operations }) {
      const found = await operations.fundRequests.waiting(LISTED);
      return found.map((request) => ({
        fund_request: publicId('fundRequest', request.id),
        user: publicId('user', request.userId),
        rupees: rupeesFromPaise(request.amountPaise),
        bank: request.bank,
        mode: request.mode,
        utr: request.utr,
        paid_on: request.paidOn,
        asked_at: request.createdAt,
      }));
    },
  },
  {
    name: 'fund-request propose',
    permission: 'funds.propose',
    summary: 'says that the money is in the statement of the bank; another person approves it',
    argument: 'FUND_REQUEST',
    options: { reason: REASON, evidence: EVIDENCE },
    async run({ operations, by, argument, ...context }) {
      const proposal = fundRequestProposal({
        id: readId('fundRequest', argument),
        reason: textOption(context, 'reason'),
        evidence: textOption(context, 'evidence'),
      });
      return shownApproval(await operations.approvals.propose(proposal, by));
    },
  },
  {
    name: 'fund-request reject',
    permission: 'funds.decide',
    summary: 'refuses a fund request, at once',
    argument: 'FUND_REQUEST',
    options: { note: { what: 'why; the user reads it', isRequired: true } },
    async run({ operations, by, argument, ...context }) {
      await operations.fundRequests.reject(readId('fundRequest', argument), textOption(context, 'note'), by);
      return { fund_request: argument, status: 'rejected' };
    },
  },
];
