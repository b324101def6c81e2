import { transactionId, type AccountId, type TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import { derivedUuid, type Ids } from '../../platform/ids';
import type { ApprovalDetail, ApprovalModel } from '../approvals/approval.model';
import type { Access } from '../access/access';
import { textOf, type ApprovalAction, type Person, type Proposal } from '../approvals/approvals';
import { recordAudit } from '../audit/audit';
import { CaseModel } from '../cases/case.model';
import { closeCase } from '../cases/cases';
import { CASE_ERRORS } from '../cases/errors';
import { caseKind, type CaseChoice } from '../cases/kinds';
import { DomainError } from '../errors/errors';
import { accountCode, type AccountDirectory } from '../ledger/accounts';
import type { Journal } from '../ledger/journal';
import { postIn } from '../ledger/post';
import type { ReviewKind } from '../lifecycle/decide';
import { CHARGE_DECIDED } from '../lifecycle/earnings';
import type { State } from '../lifecycle/lifecycle';
import { lockTransactionsForUpdate, type LockedTransaction } from '../lifecycle/moves';
import { recordOutcomesIn } from '../lifecycle/record-outcome';
import type { Policies } from '../policies/policies';
import { settleIn } from '../posting/settle';
import type { ServiceRegistry } from '../posting/service-rules';
import type { ProviderOutcome } from '../provider/outcome';
import type { ServiceName } from '../provider/service-name';
import {
  chargeChoices,
  chargeJournal,
  isChargeChoice,
  readChargeStanding,
  type ChargeChoice,
  type ChargeStanding,
} from './charges';
import { OUTCOMES_OF, UNSENT } from './choices';
import { createRelease, RELEASE, releaseOffers, type AwaitedOf } from './release';
import { registerDecision } from './register';

/**
 * What persons decide about cases. An outcome goes through the one outcome function, as the word of a
 * provider does, and is posted in the database transaction of its approval; a loss and a charge are postings of
 * their own. All carry the id of the case.
 */
export const DECIDE = 'case.decide';
export const WRITE_OFF = 'case.write_off';

export interface DecisionDependencies {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  services: ServiceRegistry;
  policies: Pick<Policies, 'provider'>;
  accounts: AccountDirectory;
  /** Services whose transactions wait for their customer when they are let go. */
  awaited: AwaitedOf;
}

interface AboutTransaction {
  id: TransactionId;
  state: State;
  flow: 'debit' | 'credit';
  service: ServiceName;
  provider: string;
  accountId: AccountId;
  attemptNo: number;
  outcomeCount: number;
  effectCount: number;
  postedCount: number;
  amountPaise: bigint;
  chargePaise: bigint;
}

/** The transaction of a case, and of a case about its charge what suspense carries of it. */
interface About extends AboutTransaction {
  charge: ChargeStanding | undefined;
}

/** The choices that a case offers now: outcomes, `write_off`, those of a charge, `close`. */
export async function offeredChoices(knex: Knex, caseId: string): Promise<string[]> {
  const found = await openCase(knex, caseId);
  return offersOf(found, await aboutOf(knex, found));
}

/** The proposal of a choice about a case. Throws DomainError CASE_NOT_FOUND, CASE_CLOSED, CASE_CHOICE_NOT_OFFERED. */
export async function proposalOf(
  knex: Knex,
  { caseId, choice, reason, evidence }: { caseId: string; choice: string; reason: string; evidence: string },
): Promise<Proposal> {
  const found = await openCase(knex, caseId);
  const about = await aboutOf(knex, found);
  requireOffered(found, about, choice);
  if (choice === 'close')
    throw new DomainError(CASE_ERRORS.CASE_CHOICE_NOT_OFFERED, {
      detail: 'a case is closed by one person; nothing is proposed',
    });
  const differencePaise = about!.charge?.differencePaise;
  return {
    action: actionOf(choice),
    subject: `case:${caseId}`,
    caseId,
    detail: {
      choice,
      case: caseId,
      transaction: about!.id,
      amount_paise: about!.amountPaise.toString(),
      ...(differencePaise === undefined ? {} : { difference_paise: differencePaise.toString() }),
    },
    reason,
    evidence,
  };
}

function actionOf(choice: string): string {
  if (isChargeChoice(choice)) return CHARGE_DECIDED;
  if (choice === 'release') return RELEASE;
  return choice === 'write_off' ? WRITE_OFF : DECIDE;
}

/** One person closes a case about which nothing is to be posted. */
export async function closeByHand(
  { knex, clock, access }: Pick<DecisionDependencies, 'knex' | 'clock'> & { access: Access },
  { caseId, note }: { caseId: string; note: string },
  by: Person,
): Promise<void> {
  await access.require(by, 'cases.close');
  const said = textOf('note', note);
  const found = await openCase(knex, caseId);
  requireOffered(found, await aboutOf(knex, found), 'close');
  await knex.transaction(async (trx) => {
    const at = clock.now();
    if (!(await closeCase(trx, caseId, { by: by.userId, note: said, at })))
      throw new DomainError(CASE_ERRORS.CASE_CLOSED);
    await recordAudit(trx, {
      at,
      actor: by.userId,
      action: 'case.close',
      subject: `case:${caseId}`,
      outcome: 'succeeded',
      detail: { kind: found.kind, about: found.subject, reason: said },
    });
  });
}

/** What approvals of this capability do. */
export function createDecisions(deps: DecisionDependencies): Readonly<Record<string, ApprovalAction>> {
  const look = async ({ caseId }: Pick<Proposal, 'caseId'>): Promise<ApprovalDetail> => {
    const about = await aboutOf(deps.knex, await openCase(deps.knex, caseId ?? ''));
    if (about === undefined) throw new DomainError(CASE_ERRORS.CASE_CHOICE_NOT_OFFERED);
    const { state, outcomeCount, effectCount } = about;
    return { seen_state: state, seen_outcomes: outcomeCount, seen_effects: effectCount };
  };
  return {
    [DECIDE]: { look, carryOut: (trx, approval, by, lock) => decide(trx, deps, { approval, by, lock }) },
    [WRITE_OFF]: { look, carryOut: (trx, approval, by, lock) => writeOff(trx, deps, { approval, by, lock }) },
    [RELEASE]: {
      look,
      carryOut: async (trx, approval, by, lock) => {
        const { row, about } = await lockAsSeen(trx, approval, lock);
        const result = await createRelease(deps)(trx, row, about.service);
        await registerDecision(trx, deps, { approval, by, verdict: 'false_alarm' });
        await closeDecided(trx, deps, approval, by);
        return { journalId: null, result };
      },
    },
    [CHARGE_DECIDED]: {
      look,
      carryOut: (trx, approval, by, lock) => decideCharge(trx, deps, { approval, by, lock }),
    },
  };
}

type Done = Awaited<ReturnType<ApprovalAction['carryOut']>>;

interface Approved {
  approval: ApprovalModel;
  by: Person;
  /** Takes the lock of the approval, after those of the money. */
  lock: () => Promise<void>;
}

async function decide(
  trx: Knex.Transaction,
  deps: DecisionDependencies,
  { approval, by, lock }: Approved,
): Promise<Done> {
  const { row } = await lockAsSeen(trx, approval, lock);
  const choice = approval.detail.choice as ReviewKind;
  const [recorded] = await recordOutcomesIn(trx, deps, [
    {
      transactionId: row.id,
      attemptNo: row.attemptNo,
      source: 'ops',
      askedAt: deps.clock.now(),
      answer: answerOf(choice),
    },
  ]);
  if (recorded instanceof Error) throw recorded;
  if (recorded!.decision !== 'apply')
    throw new DomainError(CASE_ERRORS.CASE_CHOICE_NOT_OFFERED, {
      detail: `${choice} has no effect on a transaction that is ${row.state}`,
    });
  const settled = await settleIn(trx, deps, row.id);
  await registerDecision(trx, deps, { approval, by, verdict: 'suspicious' });
  await closeDecided(trx, deps, approval, by);
  return {
    journalId: settled.journalId,
    result: { transaction: row.id, from: row.state, to: settled.row.state, effect: recorded!.effect ?? null },
  };
}

/** Nobody asked the provider, so no word of it stands here; the evidence is in the approval. */
function answerOf(kind: ReviewKind): ProviderOutcome {
  return { kind, sent: true, rawStatus: '<decided>', rawReason: 'decided_by_ops' };
}

async function writeOff(
  trx: Knex.Transaction,
  deps: DecisionDependencies,
  { approval, by, lock }: Approved,
): Promise<Done> {
  const { row, about } = await lockAsSeen(trx, approval, lock);
  const [loss, float] = await Promise.all([
    deps.accounts.id(accountCode.loss(about.provider)),
    deps.accounts.id(accountCode.float(about.provider)),
  ]);
  const amountPaise = about.amountPaise + about.chargePaise;
  const journal = {
    id: derivedUuid(approval.caseId!, 'write_off'),
    transactionId: null,
    transfers: [{ debitAccountId: loss, creditAccountId: float, amountPaise, code: 'written_off' }],
  };
  await postOnce(trx, deps, journal);
  await closeDecided(trx, deps, approval, by);
  return {
    journalId: journal.id,
    result: { transaction: row.id, written_off_paise: amountPaise.toString() },
  };
}

async function decideCharge(
  trx: Knex.Transaction,
  deps: DecisionDependencies,
  { approval, by, lock }: Approved,
): Promise<Done> {
  const { row, about } = await lockAsSeen(trx, approval, lock);
  const choice = approval.detail.choice as ChargeChoice;
  const journal = await chargeJournal(trx, deps.accounts, {
    caseId: approval.caseId!,
    choice,
    about,
    standing: about.charge!,
  });
  await postOnce(trx, deps, journal);
  await closeDecided(trx, deps, approval, by);
  const [{ amountPaise }] = journal.transfers as [Journal['transfers'][number]];
  return {
    journalId: journal.id,
    result: { transaction: row.id, choice, posted_paise: amountPaise.toString() },
  };
}

/** Throws DomainError, for example LEDGER_INSUFFICIENT_FUNDS; CASE_CLOSED if it has been posted before. */
async function postOnce(trx: Knex.Transaction, deps: DecisionDependencies, journal: Journal): Promise<void> {
  const [result] = await postIn(trx, deps, [{ journal }]);
  if (result?.status === 'refused') throw new DomainError(result.code);
  if (result?.status !== 'posted')
    throw new DomainError(CASE_ERRORS.CASE_CLOSED, { detail: 'it has been posted before' });
}

/** The transaction under its lock, if nothing has happened to it that its proposer did not see. */
async function lockAsSeen(
  trx: Knex.Transaction,
  approval: ApprovalModel,
  lock: () => Promise<void>,
): Promise<{ row: LockedTransaction; about: About }> {
  const id = transactionId(String(approval.detail.transaction));
  const row = (await lockTransactionsForUpdate(trx, [id])).get(id);
  if (row === undefined) throw new DomainError('TRANSACTION_NOT_FOUND');
  await lock();
  const since = await answersSince(trx, id, Number(approval.detail.seen_outcomes));
  if (
    since !== undefined ||
    row.state !== approval.detail.seen_state ||
    row.effectCount !== approval.detail.seen_effects
  )
    throw new DomainError('TRANSACTION_MOVE_REFUSED', {
      detail: `${since ?? 'it moved'}; the transaction is ${row.state} now, and was ${approval.detail.seen_state} when this was proposed`,
    });
  const found = await openCase(trx, approval.caseId!);
  const about = await aboutOf(trx, found);
  requireOffered(found, about, String(approval.detail.choice));
  return { row, about: about! };
}

/**
 * The definite answer that came after the proposal, in words. A failure for our balance is one: what is under way
 * since is another attempt, and the proposal is not about that.
 */
async function answersSince(
  trx: Knex.Transaction,
  id: TransactionId,
  seenOutcomes: number,
): Promise<string | undefined> {
  const [answer] = await rows<{ source: string; kind: string; rawStatus: string; recordedAt: Date }>(
    trx,
    `select source, kind, raw_status as "rawStatus", recorded_at as "recordedAt" from transaction_outcomes
    where transaction_id = ? and seq > ? and decision in ('apply', 'queue_after', 'retry', 'case')
    order by seq desc limit 1`,
    [id, seenOutcomes],
  );
  if (answer === undefined) return undefined;
  return `an answer came at ${answer.recordedAt.toISOString()}: ${answer.source} says ${answer.kind} (${answer.rawStatus})`;
}

async function closeDecided(
  trx: Knex.Transaction,
  { clock }: Pick<DecisionDependencies, 'clock'>,
  approval: ApprovalModel,
  by: Person,
): Promise<void> {
  const note = `decided: ${String(approval.detail.choice)} (approval ${approval.id})`;
  await closeCase(trx, approval.caseId!, { by: by.userId, note, at: clock.now() });
}

async function openCase(db: Knex | Knex.Transaction, id: string): Promise<CaseModel> {
  const found = await CaseModel.query(db).findById(id);
  if (found === undefined) throw new DomainError(CASE_ERRORS.CASE_NOT_FOUND);
  if (found.closedAt === null) return found;
  throw new DomainError(CASE_ERRORS.CASE_CLOSED, {
    detail: `the case was closed by ${found.closedBy}: ${found.closedNote}`,
  });
}

function requireOffered(found: CaseModel, about: About | undefined, choice: string): void {
  const offered = offersOf(found, about);
  if (offered.includes(choice)) return;
  throw new DomainError(CASE_ERRORS.CASE_CHOICE_NOT_OFFERED, {
    detail:
      offered.length === 0
        ? 'nothing can be chosen in the present state; the case closes itself when its question is answered'
        : `it offers ${offered.join(', ')}`,
  });
}

function offersOf({ kind }: CaseModel, about: About | undefined): string[] {
  const choices: readonly CaseChoice[] = caseKind(kind)?.choices ?? ['close'];
  return choices.flatMap((choice): readonly string[] => {
    if (choice === 'decide') return about === undefined ? [] : outcomesOf(about);
    if (choice === 'release') return about === undefined ? [] : releaseOffers(about);
    if (choice === 'judge') return []; // munim risk judge
    if (choice === 'settle') return []; // munim recon settle
    if (choice === 'charge') return isUnderWay(about) ? [] : chargeOffers(about);
    // A review ends by an outcome, a charge by where it belongs: closed without that, the money would stay for ever.
    if (choice === 'close')
      return about?.state === 'in_review' || chargeOffers(about).length > 0 || isUnderWay(about)
        ? []
        : ['close'];
    return about?.flow === 'debit' && (about.state === 'reversed' || about.state === 'refunded')
      ? ['write_off']
      : [];
  });
}

/** Of what was stopped before it was ever sent, only that it is refused. */
function outcomesOf({ state, attemptNo }: AboutTransaction): readonly ReviewKind[] {
  return state === 'in_review' && attemptNo === 0 ? UNSENT : (OUTCOMES_OF[state] ?? []);
}

/** Of a case about a charge, what suspense carries is not posted yet, or is part of a review. */
function isUnderWay(about: About | undefined): boolean {
  return (
    about?.charge !== undefined && (about.state === 'in_review' || about.postedCount < about.effectCount)
  );
}

function chargeOffers(about: About | undefined): readonly string[] {
  return about?.charge === undefined ? [] : chargeChoices(about.charge);
}

async function aboutOf(db: Knex | Knex.Transaction, found: CaseModel): Promise<About | undefined> {
  if (found.transactionId === null) return undefined;
  const [about] = await rows<AboutTransaction>(
    db,
    `select id, state, flow, service, provider, account_id as "accountId",
      attempt_no as "attemptNo", outcome_count as "outcomeCount",
      effect_count as "effectCount", posted_count as "postedCount",
      amount_paise as "amountPaise", charge_paise as "chargePaise"
    from transactions where id = ?`,
    [found.transactionId],
  );
  if (about === undefined) return undefined;
  const hasCharge = caseKind(found.kind)?.choices.includes('charge') === true;
  return { ...about, charge: hasCharge ? await readChargeStanding(db, about) : undefined };
}
