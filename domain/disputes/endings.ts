import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { derivedUuid, publicId } from '../../platform/ids';
import { least, paiseToJson, type Paise } from '../../platform/money';
import { insertOne, updateWhere } from '../../platform/sql';
import type { ApprovalDetail, ApprovalModel } from '../approvals/approval.model';
import type { ApprovalAction, Person, Proposal } from '../approvals/approvals';
import { closeCases } from '../cases/cases';
import { DomainError } from '../errors/errors';
import type { AccountId } from '../ids/ids';
import { accountCode, openAccounts } from '../ledger/accounts';
import type { Transfer } from '../ledger/journal';
import { postIn } from '../ledger/post';
import { lockAccountsForUpdate } from '../ledger/rows';
import { lockTransactionsForUpdate } from '../lifecycle/moves';
import { earningTransfers, NO_EARNINGS, type Earnings } from '../posting/commission';
import { readPosted } from '../posting/settle';
import type { ServiceName } from '../provider/service-name';
import { tellOfDebt } from '../users/stages';
import { DISPUTE_ERRORS } from './errors';
import { letGo, takeFrom, walletsOf, type Taken } from './holds';
import {
  findDispute,
  findDisputed,
  lockDispute,
  OUTCOMES,
  type DisputedTransaction,
  type DisputeOutcome,
  type DisputeRow,
} from './rows';

/**
 * The network's last word, which one person writes down and another approves. Nothing else moves money of a dispute: no
 * passed day, and no answer of the agent.
 *   won         the lien ends, nothing moves
 *   lost        wallets -> what the provider owes us; what is not there, the user owes us. A transaction that is lost whole
 *               takes back what the provider paid for it, and the night takes the users' shares back
 *   given_back  an arbitration was won after that: the mirror
 */
export const DISPUTE_END = 'dispute.end';

export interface EndGiven {
  id: string;
  outcome: DisputeOutcome;
  reason: string;
  evidence: string;
}

export const disputeSubject = (id: string): string => `dispute:${id}`;

/** Throws DomainError DISPUTE_NOT_FOUND. */
export async function endProposal(knex: Knex, { id, outcome, ...said }: EndGiven): Promise<Proposal> {
  const { provider, caseReference, amountPaise } = await findDispute(knex, id);
  const facts = { dispute: id, provider, case: caseReference, amount_paise: amountPaise.toString() };
  return { action: DISPUTE_END, subject: disputeSubject(id), detail: { ...facts, outcome }, ...said };
}

/** What the approval of such a proposal does. */
export function createDisputeActions(deps: {
  knex: Knex;
  clock: Clock;
}): Readonly<Record<string, ApprovalAction>> {
  const { knex } = deps;
  return {
    [DISPUTE_END]: {
      async look({ detail }) {
        const dispute = await findDispute(knex, String(detail.dispute));
        const outcome = outcomeIn(detail);
        requireLeadsTo(dispute, outcome);
        if (outcome === 'lost') requireSettled(await findDisputed(knex, dispute.transactionId));
        return {};
      },
      carryOut: (trx, approval, by) => carryOut(trx, deps, approval, by),
    },
  };
}

function outcomeIn({ outcome }: ApprovalDetail): DisputeOutcome {
  const known = OUTCOMES.find((one) => one === outcome);
  if (known === undefined)
    throw new DomainError('REQUEST_FIELD_INVALID', {
      detail: `the outcome is one of ${OUTCOMES.join(', ')}`,
    });
  return known;
}

function requireLeadsTo({ state }: DisputeRow, outcome: DisputeOutcome): void {
  if (state === (outcome === 'given_back' ? 'lost' : 'open')) return;
  throw new DomainError(DISPUTE_ERRORS.DISPUTE_ENDED, { detail: `it is ${state}, and cannot be ${outcome}` });
}

/** What its provider has reversed meanwhile is taken by that. */
function requireSettled({ isSettled }: DisputedTransaction): void {
  if (!isSettled) throw new DomainError(DISPUTE_ERRORS.DISPUTE_TRANSACTION_NOT_SUCCEEDED);
}

async function carryOut(
  trx: Knex.Transaction,
  { clock }: { clock: Clock },
  { id: approvalId, detail }: ApprovalModel,
  by: Person,
): ReturnType<ApprovalAction['carryOut']> {
  const outcome = outcomeIn(detail);
  const dispute = await lockDispute(trx, String(detail.dispute));
  requireLeadsTo(dispute, outcome);
  await lockTransactionsForUpdate(trx, [dispute.transactionId]);
  const at = clock.now();
  const state = outcome === 'lost' ? 'lost' : 'won';
  const isWhole = outcome !== 'won' && (await isLostWhole(trx, dispute));
  await updateWhere(trx, 'disputes', { state }, { id: dispute.id });
  const moved =
    outcome === 'won' ? NOTHING_MOVED : await move(trx, { clock, by, at }, { dispute, outcome, isWhole });
  if (outcome === 'won') await letGo(trx, dispute.id, { userId: by.userId, at });
  await insertOne(trx, 'dispute_endings', {
    ...{
      dispute_id: dispute.id,
      turn: outcome === 'given_back' ? 2 : 1,
      transaction_id: dispute.transactionId,
    },
    ...{ outcome, approval_id: approvalId, ended_at: at },
    ...{ taken_paise: moved.takenPaise, owed_paise: moved.owedPaise },
    ...{ journal_id: moved.journalId, earned_journal_id: moved.earnedJournalId },
  });
  const subject = disputeSubject(dispute.id);
  await closeCases(
    trx,
    [
      { kind: 'dispute_answered', subject },
      { kind: 'dispute_unanswered', subject },
    ],
    { by: by.userId, note: `the dispute is ${outcome}`, at },
  );
  if (outcome === 'lost' && moved.owedPaise > 0n) await tellOfDebtOfClosed(trx, dispute, at);
  const sums = { taken: paiseToJson(moved.takenPaise), owed: paiseToJson(moved.owedPaise) };
  const result = { dispute: publicId('dispute', dispute.id), outcome, ...sums };
  return { journalId: moved.journalId, result };
}

/** A claim may come after its agent has left: no commission will pay what is owed by it. */
async function tellOfDebtOfClosed(
  trx: Knex.Transaction,
  { id, userId: user }: DisputeRow,
  at: Date,
): Promise<void> {
  const [closed] = await rows<{ id: string }>(trx, "select id from users where id = ? and stage = 'closed'", [
    user,
  ]);
  if (closed !== undefined) await tellOfDebt(trx, { user, cause: id, at });
}

interface Moved {
  takenPaise: Paise;
  owedPaise: Paise;
  journalId: string | null;
  earnedJournalId: string | null;
}
const NOTHING_MOVED: Moved = { takenPaise: 0n, owedPaise: 0n, journalId: null, earnedJournalId: null };

/** With this one, or while it is lost, all of the transaction's amount is lost. */
async function isLostWhole(trx: Knex.Transaction, { id, transactionId }: DisputeRow): Promise<boolean> {
  const [found] = await rows<{ isWhole: boolean }>(
    trx,
    `select coalesce(sum(d.amount_paise), 0) = (select amount_paise from transactions where id = :transactionId)
      as "isWhole"
    from disputes d where d.transaction_id = :transactionId and (d.state = 'lost' or d.id = :id)`,
    { id, transactionId },
  );
  return found!.isWhole;
}

interface Ending {
  dispute: DisputeRow;
  outcome: DisputeOutcome;
  isWhole: boolean;
}

async function move(
  trx: Knex.Transaction,
  { clock, by, at }: { clock: Clock; by: Person; at: Date },
  ending: Ending,
): Promise<Moved> {
  const { dispute, outcome, isWhole } = ending;
  const disputed = await findDisputed(trx, dispute.transactionId);
  if (outcome === 'lost') requireSettled(disputed);
  const accounts = await accountsOf(trx, dispute);
  // All of them at once, in the order of the ledger: a posting beside this one waits, and neither for the other.
  const wallets = await walletsOf(trx, dispute);
  await lockAccountsForUpdate(trx, [...Object.values(accounts), ...wallets.map((one) => one.accountId)]);
  if (outcome === 'lost') await letGo(trx, dispute.id, { userId: by.userId, at });
  const parts = outcome === 'lost' ? await takeFrom(trx, dispute) : await giveBack(trx, dispute, accounts);
  const journalId = derivedUuid(dispute.id, outcome);
  const transfers = outcome === 'lost' ? takes(accounts, parts) : gives(accounts, parts);
  const earned = isWhole ? await earnedTransfers(trx, disputed, ending.outcome, accounts) : [];
  // Near the transaction, whose commission it is: the verifier looks for it there.
  const earnedId = derivedUuid(disputed.id, `dispute|${dispute.id}|${outcome}`);
  const journals = [
    { id: journalId, transactionId: null, transfers },
    ...(earned.length === 0 ? [] : [{ id: earnedId, transactionId: disputed.id, transfers: earned }]),
  ];
  const results = await postIn(
    trx,
    { clock },
    journals.map((journal) => ({ journal })),
  );
  const refused = results.find(({ status }) => status !== 'posted');
  if (refused !== undefined)
    throw refused.status === 'refused'
      ? new DomainError(refused.code)
      : new DomainError('INTERNAL_ERROR', { detail: 'the end of a dispute was posted before' });
  return {
    takenPaise: dispute.amountPaise - parts.owedPaise,
    owedPaise: parts.owedPaise,
    journalId,
    earnedJournalId: earned.length === 0 ? null : earnedId,
  };
}

const codesOf = ({ provider, service, userId }: DisputeRow) => ({
  receivable: accountCode.receivable(provider, service as ServiceName),
  owed: accountCode.userReceivable(userId),
  commissionIncome: accountCode.commissionIncome(provider, service),
  tdsReceivable: accountCode.tdsReceivable(provider),
  suspense: accountCode.suspense(provider),
});
type Accounts = Readonly<Record<keyof ReturnType<typeof codesOf>, AccountId>>;

async function accountsOf(trx: Knex.Transaction, dispute: DisputeRow): Promise<Accounts> {
  const codes = Object.entries(codesOf(dispute));
  const opened = await openAccounts(
    trx,
    codes.map(([, code]) => code),
  );
  return Object.fromEntries(codes.map(([name, code]) => [name, opened.get(code)!])) as Accounts;
}

interface Parts {
  taken: readonly Taken[];
  owedPaise: Paise;
}

/** Wallets -> what the provider owes us; what the user owes us -> the same. */
function takes(
  { receivable, owed }: Pick<Accounts, 'receivable' | 'owed'>,
  { taken, owedPaise }: Parts,
): Transfer[] {
  return [
    ...taken.map(({ accountId, amountPaise }) => ({
      ...{ debitAccountId: accountId, creditAccountId: receivable, amountPaise, code: 'dispute_lost' },
    })),
    ...(owedPaise === 0n
      ? []
      : [
          { debitAccountId: owed, creditAccountId: receivable, amountPaise: owedPaise, code: 'dispute_owed' },
        ]),
  ];
}

/** The mirror; what the user has paid of the debt meanwhile goes into the wallet. */
function gives(accounts: Accounts, parts: Parts): Transfer[] {
  return takes(accounts, parts).map((t) => ({
    ...{ debitAccountId: t.creditAccountId, creditAccountId: t.debitAccountId },
    ...{ amountPaise: t.amountPaise, code: `${t.code}_back` },
  }));
}

/** Of the debt no more is forgiven than this dispute has made of it, nor than is left of it. */
async function giveBack(trx: Knex.Transaction, dispute: DisputeRow, { owed }: Accounts): Promise<Parts> {
  const account = (await lockAccountsForUpdate(trx, [owed])).get(owed)!;
  const leftPaise = account.debitsPaise - account.creditsPaise;
  const owedPaise = least(leftPaise, dispute.owedPaise);
  const forgiven = owedPaise > 0n ? owedPaise : 0n;
  const amountPaise = dispute.amountPaise - forgiven;
  return {
    taken: amountPaise === 0n ? [] : [{ accountId: dispute.accountId, amountPaise }],
    owedPaise: forgiven,
  };
}

/** What the provider paid for the transaction comes and goes with all of its money. */
async function earnedTransfers(
  trx: Knex.Transaction,
  { id, postedCount }: DisputedTransaction,
  outcome: DisputeOutcome,
  { receivable: provider, ...accounts }: Accounts,
): Promise<Transfer[]> {
  const { earnings } = await readPosted(trx, { id, seq: postedCount + 1 });
  const [told, posted]: Earnings[] = outcome === 'lost' ? [NO_EARNINGS, earnings] : [earnings, NO_EARNINGS];
  const effect = outcome === 'lost' ? 'reversal' : 'success';
  return earningTransfers(effect, 'credit', { provider, ...accounts }, { told: told!, posted: posted! });
}
