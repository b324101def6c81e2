import type { Knex } from 'knex';
import { execute, rows } from '../../platform/database';
import type { ApprovalModel } from '../approvals/approval.model';
import type { ApprovalAction, Proposal } from '../approvals/approvals';
import { closeCase } from '../cases/cases';
import { DomainError } from '../errors/errors';
import { transactionId, type TransactionId } from '../ids/ids';
import { OUTCOMES_OF } from '../decisions/choices';
import type { ReviewKind } from '../lifecycle/decide';
import type { State } from '../lifecycle/lifecycle';
import { recordOutcomesIn } from '../lifecycle/record-outcome';
import type { Policies } from '../policies/policies';
import { settleIn } from '../posting/settle';
import type { ServiceRegistry } from '../posting/service-rules';
import { RECONCILIATION_ERRORS } from './errors';
import { openCaseOf, type FollowDependencies } from './follow';
import { LINKABLE, linkRow, lockSourceOf, requireCandidate } from './link';
import { CARRIED, lockBreak, postForBreak, type LockedBreak } from './suspense';

/** What two persons may say of a break. */
export const BREAK_SETTLED = 'break.settle';

/**
 *   their_word  the report is right about what became of the transaction: it goes through the one outcome function
 *   write_off   suspense -> loss, or back: nobody is found for the money
 *   loss_back   what was written off is explained by now: loss -> suspense, which holds it since the run that found it
 *   given_back  suspense -> float or bank: it was moved back, and a line of the statement shows it
 *   link        the row is about this one of its candidates; what was in suspense for it goes back
 */
export const SETTLE_CHOICES = ['their_word', 'write_off', 'loss_back', 'given_back', 'link'] as const;
export type SettleChoice = (typeof SETTLE_CHOICES)[number];

export interface SettleDependencies extends FollowDependencies {
  services: ServiceRegistry;
  policies: Pick<Policies, 'provider'>;
}

interface Shown extends LockedBreak {
  sourceName: string;
  businessDate: string;
  word: ReviewKind | undefined;
}

type ChoiceOf = Pick<LockedBreak, 'state' | 'kind' | 'gapPaise' | 'suspensePaise' | 'writtenOffPaise'>;

/** The choices that a break offers now; `word` is what the report's word means for the transaction. */
export function choicesOf(
  found: ChoiceOf & { word: ReviewKind | undefined; candidates: readonly string[] },
): SettleChoice[] {
  if (found.state !== 'open') return [];
  if (isNoLoss(found)) return found.suspensePaise === 0n ? [] : ['loss_back'];
  const ofRow: SettleChoice[] = LINKABLE.has(found.kind) && found.candidates.length > 0 ? ['link'] : [];
  if (found.suspensePaise !== 0n) return ['write_off', 'given_back', ...ofRow];
  return found.kind === 'status_mismatch' && found.word !== undefined ? ['their_word'] : ofRow;
}

/** What was written off of it is no difference any more: it is explained, or what is left of it moved no money. */
function isNoLoss({ kind, gapPaise, writtenOffPaise }: ChoiceOf): boolean {
  return writtenOffPaise !== 0n && (gapPaise === 0n || !CARRIED.has(kind));
}

/**
 * What the report's word means for a transaction in this state; undefined where nothing can be posted for it. A success
 * that has failed there is one whose money is back.
 */
export function wordFor(state: unknown, theirKind: unknown): ReviewKind | undefined {
  if (state === 'succeeded' && theirKind === 'failed') return 'reversed';
  if (state === 'failed' && theirKind === 'succeeded') return 'succeeded';
  return OUTCOMES_OF[state as State]?.find((kind) => kind === theirKind);
}

async function readBreak(trx: Knex.Transaction, id: string): Promise<Shown> {
  const found = await lockBreak(trx, id);
  if (found === undefined) throw new DomainError(RECONCILIATION_ERRORS.RECON_BREAK_NOT_FOUND);
  if (found.state !== 'open') throw new DomainError(RECONCILIATION_ERRORS.RECON_BREAK_RESOLVED);
  const [more] = await rows<
    Pick<Shown, 'sourceName' | 'businessDate'> & { theirKind: string | null; ourState: State | null }
  >(
    trx,
    `select s.name as "sourceName", b.business_date::text as "businessDate", b.theirs->>'kind' as "theirKind",
      t.state as "ourState"
    from recon_breaks b join recon_sources s on s.id = b.source_id ${OF_LAST_ATTEMPT} where b.id = ?`,
    [id],
  );
  const { sourceName, businessDate, ourState, theirKind } = more!;
  return { ...found, sourceName, businessDate, word: wordFor(ourState, theirKind) };
}

/** What is said of an attempt that has ended says nothing of the one that came after it. */
const OF_LAST_ATTEMPT = `left join (recon_rows r join transactions t on t.id = r.transaction_id and t.attempt_no = r.attempt_no)
  on r.source_id = b.source_id and r.row_key = b.row_key and r.seq = b.row_seq`;

/** `candidate` is the transaction that the row is linked with; other choices have none. */
export interface SettleGiven {
  breakId: string;
  choice: string;
  candidate?: string;
  reason: string;
  evidence: string;
}

/** Throws DomainError RECON_BREAK_NOT_FOUND, RECON_BREAK_RESOLVED, RECON_CHOICE_NOT_OFFERED, RECON_CANDIDATE_UNKNOWN. */
export async function settleProposal(knex: Knex, given: SettleGiven): Promise<Proposal> {
  const { breakId, choice, candidate, reason, evidence } = given;
  const found = await knex.transaction((trx) => readBreak(trx, breakId));
  requireOffered(found, choice);
  if (choice === 'link') requireCandidate(found.candidates, candidate);
  return {
    action: BREAK_SETTLED,
    subject: `break:${breakId}`,
    ...(found.caseId === null ? {} : { caseId: found.caseId }),
    detail: {
      ...{ break: breakId, choice, kind: found.kind, source: found.sourceName },
      ...(choice === 'link' ? { transaction: candidate! } : {}),
    },
    reason,
    evidence,
  };
}

function requireOffered(found: Shown, choice: string): void {
  const offered = choicesOf(found);
  if ((offered as string[]).includes(choice)) return;
  throw new DomainError(RECONCILIATION_ERRORS.RECON_CHOICE_NOT_OFFERED, {
    detail:
      offered.length === 0
        ? 'nothing of it can be posted; close its case'
        : `it offers ${offered.join(', ')}`,
  });
}

/** What the approval of a proposal about a break does. */
export function createSettleAction(deps: SettleDependencies): Readonly<Record<string, ApprovalAction>> {
  return {
    [BREAK_SETTLED]: {
      async look({ detail }) {
        const found = await deps.knex.transaction((trx) => readBreak(trx, String(detail.break)));
        return { seen_gap: found.gapPaise.toString(), seen_suspense: found.suspensePaise.toString() };
      },
      carryOut: (trx, approval, by, lock) => carryOut(trx, deps, approval, { by: by.userId, lock }),
    },
  };
}

type Done = Awaited<ReturnType<ApprovalAction['carryOut']>>;

async function carryOut(
  trx: Knex.Transaction,
  deps: SettleDependencies,
  approval: ApprovalModel,
  { by, lock }: { by: Parameters<typeof closeCase>[2]['by']; lock: () => Promise<void> },
): Promise<Done> {
  const choice = String(approval.detail.choice) as SettleChoice;
  const id = String(approval.detail.break);
  // Transactions are locked before anything else, as everywhere.
  const said = choice === 'their_word' ? await theirWord(trx, deps, id) : undefined;
  if (choice === 'link') await lockSourceOf(trx, id);
  const found = await readBreak(trx, id);
  requireOffered(said === undefined ? found : { ...found, word: said.word }, choice);
  await lock();
  if (found.gapPaise.toString() !== approval.detail.seen_gap)
    throw new DomainError(RECONCILIATION_ERRORS.RECON_CHOICE_NOT_OFFERED, {
      detail: 'the two sides say another difference now than when this was proposed',
    });
  if (choice === 'link') {
    const candidate = String(approval.detail.transaction);
    requireCandidate(found.candidates, candidate);
    await linkRow(trx, id, candidate);
  }
  const journalId = said === undefined ? await postDecided(trx, deps, found, choice) : said.journalId;
  const now = deps.clock.now();
  if (found.caseId !== null)
    await closeCase(trx, found.caseId, { by, note: `decided: ${choice} (approval ${approval.id})`, at: now });
  if (choice === 'loss_back' && !CARRIED.has(found.kind)) await keepWhatIsLeft(trx, deps, found);
  else
    await execute(
      trx,
      `update recon_breaks set state = 'resolved', resolution = 'decided', resolved_at = :now where id = :id`,
      { id, now },
    );
  return { journalId, result: { break: id, choice, posted_paise: found.suspensePaise.toString() } };
}

/** The loss alone was decided: what the break is by now is a matter of its own, until a run finds it no more. */
async function keepWhatIsLeft(trx: Knex.Transaction, deps: SettleDependencies, found: Shown): Promise<void> {
  const one = { ...found, transactionId: found.transactionId as TransactionId | null, writtenOffPaise: 0n };
  await openCaseOf(trx, deps, { source: { name: found.sourceName }, one, isInSuspense: false });
}

/** What is in suspense goes to a loss, or back; of a row that was never carried there nothing is posted. */
async function postDecided(
  trx: Knex.Transaction,
  deps: SettleDependencies,
  found: Shown,
  choice: SettleChoice,
): Promise<string | null> {
  if (found.suspensePaise === 0n) return null;
  return postForBreak(
    trx,
    deps,
    found,
    choice === 'write_off' || choice === 'loss_back' ? 'loss' : 'suspense_back',
  );
}

/** The report's word about the transaction, decided by the same table as a provider's, and posted at once. */
async function theirWord(
  trx: Knex.Transaction,
  deps: SettleDependencies,
  id: string,
): Promise<{ word: ReviewKind; journalId: string | null }> {
  const [about] = await rows<{
    transactionId: string;
    attemptNo: number;
    state: State;
    kind: string;
    status: string | null;
  }>(
    trx,
    `select t.id as "transactionId", t.attempt_no as "attemptNo", t.state, b.theirs->>'kind' as kind,
      b.theirs->>'status' as status
    from recon_breaks b ${OF_LAST_ATTEMPT} where b.id = ? and t.id is not null`,
    [id],
  );
  const word = wordFor(about?.state, about?.kind);
  if (about === undefined || word === undefined)
    throw new DomainError(RECONCILIATION_ERRORS.RECON_CHOICE_NOT_OFFERED);
  const [recorded] = await recordOutcomesIn(trx, deps, [
    {
      transactionId: transactionId(about.transactionId),
      attemptNo: about.attemptNo,
      source: 'reconciliation',
      askedAt: deps.clock.now(),
      answer: { kind: word, sent: true, rawStatus: about.status ?? about.kind },
    },
  ]);
  if (recorded instanceof Error) throw recorded;
  if (recorded?.effect === undefined)
    throw new DomainError(RECONCILIATION_ERRORS.RECON_CHOICE_NOT_OFFERED, {
      detail: `${word} has no effect on the transaction as it is; look at its own case`,
    });
  const { journalId } = await settleIn(trx, deps, transactionId(about.transactionId));
  return { word, journalId };
}
