import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { publicId, type Ids } from '../../platform/ids';
import { paiseToJson } from '../../platform/money';
import { mapPage, pageOf, type Page, type PageRequest } from '../../platform/page';
import { updateWhere } from '../../platform/sql';
import { textOf } from '../approvals/approvals';
import { openCases } from '../cases/cases';
import type { Cursors } from '../errors/cursor';
import { DomainError } from '../errors/errors';
import { inListTime } from '../errors/list-time';
import type { UserId } from '../ids/ids';
import { disputeSubject } from './endings';
import { DISPUTE_ERRORS } from './errors';
import {
  findDispute,
  listOfUser,
  lockDispute,
  type DisputeAnswer,
  type DisputeKind,
  type DisputeRow,
} from './rows';

/**
 * Disputes as the agent sees them, whose money they hold. An answer takes nothing and frees nothing: staff send it to the
 * network, and its last word alone ends a dispute.
 */
export interface Disputes {
  /** Throws DomainError DISPUTE_NOT_FOUND, for those of others too. */
  get(userId: UserId, id: string): Promise<DisputeView>;
  /** The newest first; those of one transaction where it is named. Throws DomainError LIST_TOO_SLOW. */
  list(userId: UserId, filter: DisputeFilter, page: PageRequest): Promise<Page<DisputeView>>;
  /**
   * Once, until the end of `answer_by`. The same answer again is the first one. Throws DomainError DISPUTE_NOT_FOUND,
   * DISPUTE_ENDED, DISPUTE_ANSWERED, DISPUTE_ANSWER_LATE, REQUEST_FIELD_INVALID.
   */
  answer(userId: UserId, id: string, given: AnswerGiven): Promise<DisputeView>;
}

export interface DisputeFilter {
  transaction?: string | undefined;
}

/** What is contested says why; what is accepted says nothing. */
export interface AnswerGiven {
  answer: DisputeAnswer;
  statement?: string | undefined;
}

export const DISPUTE_STATUSES = ['OPEN', 'CONTESTED', 'ACCEPTED', 'OVERDUE', 'WON', 'LOST'] as const;
export type DisputeStatus = (typeof DISPUTE_STATUSES)[number];

/** Amounts are JSON integers of paise. */
export interface DisputeView {
  id: string;
  object: 'dispute';
  kind: DisputeKind;
  status: DisputeStatus;
  transaction: string;
  service: string;
  amount: number;
  currency: 'INR';
  /** What of it lies in the wallets under its lien; the rest is held as it comes in. */
  held: number;
  uncovered: number;
  /** Of what was lost: from the wallets, and what the user owes. */
  taken: number;
  owed: number;
  case_reference: string;
  reason_code: string;
  received_on: string;
  answer_by: string;
  statement: string | null;
  answered_at: string | null;
  ended_at: string | null;
  created_at: string;
  links: { self: string; transaction: string };
}

export interface DisputesDependencies {
  knex: Knex;
  lists: Knex;
  clock: Clock;
  ids: Ids;
  cursors: Cursors;
}

export function createDisputes(deps: DisputesDependencies): Disputes {
  const { knex, lists, cursors } = deps;
  return {
    get: async (userId, id) => viewOf(requireOwn(await findDispute(knex, id), userId)),
    async list(userId, { transaction }, { limit, cursor }) {
      const { decode, encode } = cursors.of(JSON.stringify(['disputes', userId, transaction ?? null]));
      const page = { before: decode(cursor), limit: limit + 1, transaction };
      const found = await inListTime(listOfUser(lists, userId, page));
      return mapPage(
        pageOf(found, limit, (last) => encode(last.id)),
        viewOf,
      );
    },
    async answer(userId, id, given) {
      await knex.transaction((trx) => answer(trx, deps, { userId, id, ...given }));
      return viewOf(await findDispute(knex, id));
    },
  };
}

function requireOwn(dispute: DisputeRow, userId: UserId): DisputeRow {
  if (dispute.userId !== userId) throw new DomainError(DISPUTE_ERRORS.DISPUTE_NOT_FOUND);
  return dispute;
}

async function answer(
  trx: Knex.Transaction,
  { clock, ids }: DisputesDependencies,
  given: AnswerGiven & { userId: UserId; id: string },
): Promise<void> {
  const statement = statementOf(given);
  const dispute = requireOwn(await lockDispute(trx, given.id), given.userId);
  if (dispute.answer === given.answer && dispute.statement === statement) return;
  if (dispute.answer !== null) throw new DomainError(DISPUTE_ERRORS.DISPUTE_ANSWERED);
  if (dispute.state !== 'open') throw new DomainError(DISPUTE_ERRORS.DISPUTE_ENDED);
  const at = clock.now();
  if (dispute.overdueAt !== null || businessDate(at) > dispute.answerBy)
    throw new DomainError(DISPUTE_ERRORS.DISPUTE_ANSWER_LATE);
  await updateWhere(
    trx,
    'disputes',
    { answer: given.answer, statement, answered_at: at },
    { id: dispute.id },
  );
  const said = `The agent has ${given.answer} the claim ${dispute.caseReference} of ${dispute.provider}`;
  await openCases(
    trx,
    ids,
    [
      {
        kind: 'dispute_answered',
        subject: disputeSubject(dispute.id),
        transactionId: dispute.transactionId,
        summary: `${said}: the network wants to know`,
        evidence: { answer: given.answer, case: dispute.caseReference, answer_by: dispute.answerBy },
      },
    ],
    at,
  );
}

function statementOf({ answer: said, statement }: AnswerGiven): string | null {
  if ((said === 'contested') !== (statement !== undefined))
    throw new DomainError('REQUEST_FIELD_INVALID', {
      detail: 'what is contested has a statement, what is accepted has none',
    });
  return statement === undefined ? null : textOf('statement', statement);
}

export function statusOf({ state, answer: said, overdueAt }: DisputeRow): DisputeStatus {
  if (state !== 'open') return state === 'won' ? 'WON' : 'LOST';
  if (said !== null) return said === 'contested' ? 'CONTESTED' : 'ACCEPTED';
  return overdueAt === null ? 'OPEN' : 'OVERDUE';
}

export function viewOf(row: DisputeRow): DisputeView {
  const id = publicId('dispute', row.id);
  const transaction = publicId('transaction', row.transactionId);
  const isLost = row.state === 'lost';
  return {
    id,
    object: 'dispute',
    kind: row.kind,
    status: statusOf(row),
    transaction,
    service: row.service,
    amount: paiseToJson(row.amountPaise),
    currency: 'INR',
    held: paiseToJson(row.heldPaise),
    uncovered: row.state === 'open' ? paiseToJson(row.amountPaise - row.heldPaise) : 0,
    taken: isLost ? paiseToJson(row.takenPaise) : 0,
    owed: isLost ? paiseToJson(row.owedPaise) : 0,
    case_reference: row.caseReference,
    reason_code: row.reasonCode,
    received_on: row.receivedOn,
    answer_by: row.answerBy,
    statement: row.statement,
    answered_at: row.answeredAt?.toISOString() ?? null,
    ended_at: row.endedAt?.toISOString() ?? null,
    created_at: row.recordedAt.toISOString(),
    links: { self: `/v1/disputes/${id}`, transaction: `/v1/transactions/${transaction}` },
  };
}
