import type { Knex } from 'knex';
import type { UserId } from '../ids/ids';
import { rows } from '../../platform/database';
import { publicId } from '../../platform/ids';
import type { Access } from '../access/access';
import type { ApprovalDetail, ApprovalModel } from '../approvals/approval.model';
import { textOf, type ApprovalAction, type Person, type Proposal } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { DomainError } from '../errors/errors';
import { accountCode } from '../ledger/accounts';
import { postIn } from '../ledger/post';
import { FUNDS_ERRORS } from './errors';
import {
  decideRequest,
  findRequest,
  listWaiting,
  timesRefused,
  type FundRequestRow,
} from './fund-request-rows';
import { bankJournalId, isBankLineBooked, type FundsDependencies } from './funds';

/**
 * What staff do with fund requests. The user has made it; one person of ours proposes to approve it, with the line of
 * the bank's statement as evidence, and another approves. Its journal is that of the bank's line, so money that was
 * booked by `wallet.credit` with this UTR is not credited again. To reject, one person is enough: nothing moves.
 */
export interface FundRequestDesk {
  /** The oldest first. */
  waiting(limit: number): Promise<FundRequestRow[]>;
  /** The user reads the note. Throws DomainError FUND_REQUEST_NOT_FOUND, FUND_REQUEST_DECIDED. */
  reject(id: string, note: string, by: Person): Promise<void>;
}

export function createFundRequestDesk({
  knex,
  clock,
  access,
}: Pick<FundsDependencies, 'knex' | 'clock'> & { access: Access }): FundRequestDesk {
  return {
    waiting: (limit) => listWaiting(knex, limit),
    async reject(id, typed, by) {
      await access.require(by, 'funds.decide');
      const note = textOf('note', typed);
      await find(knex, id);
      const at = clock.now();
      await knex.transaction(async (trx) => {
        if (!(await decideRequest(trx, id, { state: 'rejected', by: by.userId, at, note })))
          throw new DomainError(FUNDS_ERRORS.FUND_REQUEST_DECIDED);
        const subject = `fund_request:${id}`;
        const entry = { actor: by.userId, action: 'fund_request.reject', subject, detail: { note } };
        await recordAudit(trx, { at, ...entry, outcome: 'succeeded' });
      });
    },
  };
}

export function fundRequestProposal(given: { id: string; reason: string; evidence: string }): Proposal {
  const { id, ...said } = given;
  return {
    action: 'fund_request.approve',
    subject: `fund_request:${id}`,
    detail: { fund_request: id },
    ...said,
  };
}

/** What approvals of fund requests do. */
export function createFundRequestActions(deps: FundsDependencies): Readonly<Record<string, ApprovalAction>> {
  return {
    'fund_request.approve': {
      async look({ detail }): Promise<ApprovalDetail> {
        const request = await find(deps.knex, String(detail.fund_request));
        if (request.state !== 'pending') throw new DomainError(FUNDS_ERRORS.FUND_REQUEST_DECIDED);
        await requireActive(deps.knex, request.userId);
        if (await isBankLineBooked(deps.knex, request.bank, request.utr))
          throw new DomainError(FUNDS_ERRORS.FUNDS_REFERENCE_USED);
        return {
          amount_paise: request.amountPaise.toString(),
          user: request.userId,
          bank: request.bank,
          mode: request.mode,
          reference: request.utr,
          paid_on: request.paidOn,
          refused_before: await timesRefused(deps.knex, request.utr),
        };
      },
      carryOut: (trx, approval, by) => approve(trx, deps, approval, by.userId),
    },
  };
}

async function approve(
  trx: Knex.Transaction,
  deps: FundsDependencies,
  { detail }: ApprovalModel,
  by: UserId,
): ReturnType<ApprovalAction['carryOut']> {
  const { id, bank, utr, userId, accountId, amountPaise } = await find(trx, String(detail.fund_request));
  await requireActive(trx, userId);
  if (await isBankLineBooked(trx, bank, utr)) throw new DomainError(FUNDS_ERRORS.FUNDS_REFERENCE_USED);
  const journalId = bankJournalId(bank, utr);
  const at = deps.clock.now();
  if (!(await decideRequest(trx, id, { state: 'approved', by, at, journalId })))
    throw new DomainError(FUNDS_ERRORS.FUND_REQUEST_DECIDED);
  const debitAccountId = await deps.accounts.id(accountCode.bank(bank));
  const line = { debitAccountId, creditAccountId: accountId, amountPaise, code: 'funding' };
  const journal = { id: journalId, transactionId: null, transfers: [line] };
  const [result] = await postIn(trx, deps, [{ journal }]);
  if (result?.status !== 'posted') throw new DomainError(FUNDS_ERRORS.FUNDS_REFERENCE_USED);
  const shown = publicId('fundRequest', id);
  return { journalId, result: { fund_request: shown, amount_paise: amountPaise.toString() } };
}

/** A disabled user is given no new money. */
async function requireActive(db: Knex | Knex.Transaction, user: UserId): Promise<void> {
  const found = await rows<{ id: string }>(db, "select id from users where id = ? and status = 'active'", [
    user,
  ]);
  if (found.length === 0) throw new DomainError(FUNDS_ERRORS.FUNDS_USER_DISABLED);
}

async function find(db: Knex | Knex.Transaction, id: string): Promise<FundRequestRow> {
  const found = await findRequest(db, id);
  if (found === undefined) throw new DomainError(FUNDS_ERRORS.FUND_REQUEST_NOT_FOUND);
  return found;
}
