import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { Clock } from '../../platform/clock';
import type { Ids } from '../../platform/ids';
import { insertOne } from '../../platform/sql';
import type { ApprovalDetail, ApprovalModel } from '../approvals/approval.model';
import type { ApprovalAction, Person } from '../approvals/approvals';
import { APPROVAL_ERRORS } from '../approvals/errors';
import { openCases, type NewCase } from '../cases/cases';
import { DomainError } from '../errors/errors';
import { ANSWER_IMPORT, findAnswer, judgeKept, keptLines, lockAnswers, type AnswerRow } from './answers';
import { postEndings } from './endings';
import { SETTLEMENT_ERRORS } from './errors';
import { countsOf, lockItems, totalsOf, utrOf, type JudgedLine } from './judge-answer';

/**
 * What the approval of an answer of the bank does. What it says of a settlement is posted once: paid, with the journal of
 * the UTR, so that reconciliation finds the line of the statement by it; or failed or returned, all of it back in the
 * wallet. It does exactly what the proposer saw, line by line, or nothing. What contradicts what was said before moves
 * nothing, and is a case.
 */
export function createAnswerActions(deps: {
  knex: Knex;
  clock: Clock;
  ids: Ids;
}): Readonly<Record<string, ApprovalAction>> {
  return {
    [ANSWER_IMPORT]: {
      async look({ detail }) {
        const answer = await findAnswer(deps.knex, String(detail.answer));
        return seen(await judgeKept(deps.knex, requireOpen(answer)));
      },
      carryOut: (trx, approval, by) => carryOut(trx, deps, approval, by),
    },
  };
}

/** Bytes take effect once. One that was kept while that was not asked yet can be neither done nor refused any more. */
function requireOpen(answer: AnswerRow): AnswerRow {
  if (answer.state === 'done') throw new DomainError(APPROVAL_ERRORS.APPROVAL_NOTHING_CHANGES);
  if (answer.state === 'known')
    throw new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_ANSWER_KNOWN, {
      detail: 'what of it has not ended is ended by two persons, or by an answer in another file',
    });
  return answer;
}

/** What the proposer sees, and a digest of what becomes of each line. Throws DomainError APPROVAL_NOTHING_CHANGES. */
function seen(judged: readonly JudgedLine[]): ApprovalDetail {
  const counts = countsOf(judged);
  if (counts.known === judged.length) throw new DomainError(APPROVAL_ERRORS.APPROVAL_NOTHING_CHANGES);
  const { paidPaise, backPaise } = totalsOf(judged);
  return {
    ...{ ...counts, paid_paise: paidPaise.toString(), back_paise: backPaise.toString() },
    judged: judgedDigest(judged),
  };
}

const judgedDigest = (judged: readonly JudgedLine[]): string =>
  createHash('sha256')
    .update(JSON.stringify(judged.map(({ line, ends, contradiction }) => [line.lineNo, ends, contradiction])))
    .digest('hex');

async function carryOut(
  trx: Knex.Transaction,
  deps: { clock: Clock; ids: Ids },
  approval: ApprovalModel,
  by: Person,
): ReturnType<ApprovalAction['carryOut']> {
  const id = String(approval.detail.answer);
  await lockAnswers(trx);
  const answer = requireOpen(await findAnswer(trx, id));
  // Whoever brought it does not check it, whoever proposed it.
  if (answer.keptBy === by.userId) throw new DomainError(APPROVAL_ERRORS.APPROVAL_NEEDS_ANOTHER);
  const lines = await keptLines(trx, id);
  await lockItems(
    trx,
    lines.map(({ itemId }) => itemId),
  );
  const judged = await judgeKept(trx, answer);
  if (judgedDigest(judged) !== approval.detail.judged)
    throw new DomainError(SETTLEMENT_ERRORS.SETTLEMENT_ANSWER_MOVED);
  const endings = judged.flatMap(({ line, item, ends }) =>
    ends.map((kind) => ({ item, kind, utr: utrOf(kind, line), reason: line.reason })),
  );
  await postEndings(trx, deps, { bank: answer.bank, approvalId: approval.id, endings });
  await openCases(trx, deps.ids, contradictionsIn(answer.bank, judged), deps.clock.now());
  const counts = countsOf(judged);
  await insertOne(trx, 'settlement_responses', {
    ...{ ...counts, digest: answer.digest, bank: answer.bank, line_count: lines.length },
    ...{ imported_by: answer.keptBy, imported_at: deps.clock.now(), answer_id: id, approval_id: approval.id },
  });
  return { journalId: null, result: { answer: id, ...counts } };
}

const contradictionsIn = (bank: string, judged: readonly JudgedLine[]): NewCase[] =>
  judged.flatMap(({ line, item, contradiction: why }): NewCase[] =>
    why === undefined
      ? []
      : [
          {
            kind: 'settlement_contradicted',
            subject: `settlement:${item.id}`,
            summary: `The bank ${bank} says of a settlement: ${why}`,
            situation: why,
            evidence: { bank, line: line.lineNo },
          },
        ],
  );
