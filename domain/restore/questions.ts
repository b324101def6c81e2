import type { TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import { addMs } from '../../platform/clock';
import { claimDue, type Claim } from '../../platform/claim';
import { execute, rows } from '../../platform/database';
import { selectOf, type ColumnsOf } from '../../platform/sql';
import { resendPauseMs } from '../lifecycle/due';
import type { Paise } from '../../platform/money';
import type { ServiceName } from '../provider/service-name';
import type { OpenRestore } from './restores';

/** The rows behind the questions of a restore: what is to be asked about, and when. */
export interface Question {
  transactionId: TransactionId;
  service: ServiceName;
  state: string;
  outcome: string | null;
  provider: string;
  amountPaise: Paise;
  attemptNo: number;
  createdAt: Date;
  updatedAt: Date;
  expiresAt: Date;
  /** The provider had failed it for our balance before: it does not expire. */
  wasShortOfFunds: boolean;
  askedCount: number;
  notFoundCount: number;
}

const DUE_QUESTIONS: Claim = {
  table: 'restore_questions',
  key: 'transaction_id',
  due: 'ask_at <= :now and restore_id = :restoreId',
  orderBy: 'ask_at',
  // If this process dies before it has an answer, the question comes back.
  set: "ask_at = :now::timestamptz + interval '2 minutes', asked_count = t.asked_count + 1",
  beside: { table: 'transactions x', on: 'x.id = t.transaction_id and t.restore_id = :restoreId' },
  returning: selectOf({
    transactionId: 't.transaction_id',
    service: 'x.service',
    state: 'x.state',
    outcome: 'x.outcome',
    provider: 'x.provider',
    amountPaise: 'x.amount_paise',
    attemptNo: 'x.attempt_no',
    createdAt: 'x.created_at',
    updatedAt: 'x.updated_at',
    expiresAt: 'x.expires_at',
    wasShortOfFunds: `exists (select from transaction_outcomes o
      where o.transaction_id = x.id and o.decision = 'retry')`,
    askedCount: 't.asked_count',
    notFoundCount: 't.not_found_count',
  } satisfies ColumnsOf<Question>),
};

/** Takes questions whose time has come, the longest due first. */
export function claimQuestions(
  knex: Knex,
  { id }: OpenRestore,
  { now, limit }: { now: Date; limit: number },
): Promise<Question[]> {
  return claimDue<Question>(knex, DUE_QUESTIONS, { now, limit, restoreId: id });
}

/** Puts a question off. `notFound`: the provider knew nothing, at a time when that means something. */
export async function putOff(
  knex: Knex,
  { id }: OpenRestore,
  question: Question,
  { until, notFound }: { until: Date; notFound: boolean },
): Promise<void> {
  await execute(
    knex,
    `
    update restore_questions set ask_at = :until, not_found_count = not_found_count + :more::int
    where restore_id = :id and transaction_id = :transactionId and answer is null`,
    { until, more: notFound ? 1 : 0, id, transactionId: question.transactionId },
  );
}

/** The references under which attempts of a transaction are stored already, by number. */
export async function readStoredReferences(
  knex: Knex,
  transactionId: TransactionId,
): Promise<Map<number, string>> {
  const found = await rows<{ attemptNo: number; ourReference: string }>(
    knex,
    `
    select attempt_no as "attemptNo", our_reference as "ourReference" from dispatch_attempts
    where transaction_id = ?`,
    [transactionId],
  );
  return new Map(found.map(({ attemptNo, ourReference }) => [attemptNo, ourReference]));
}

/** More are not asked about: a person is. */
const MOST_ATTEMPTS = 60;

/** The number of the attempt that may be under way. */
export function firstAttemptNo({ state, attemptNo }: Question): number {
  return state === 'dispatched' ? attemptNo : attemptNo + 1;
}

/**
 * The number of the last attempt that may have been made: each attempt after the known one follows a pause
 * (`resendPauseMs`), and none begins after the restore has begun or, unless an attempt failed for our balance, the
 * transaction has expired. `isAll` is false when there may have been more.
 */
export function lastAttemptNo(
  question: Question,
  { begunAt }: Pick<OpenRestore, 'begunAt'>,
  { isSentOnce, isShortOfFunds }: { isSentOnce: boolean; isShortOfFunds: boolean },
): { last: number; isAll: boolean } {
  const { updatedAt, createdAt, expiresAt } = question;
  const first = firstAttemptNo(question);
  if (isSentOnce) return { last: first, isAll: true };
  // Changed since the restore began, the row does not say any more when it was changed before.
  const since = updatedAt < begunAt ? updatedAt : createdAt;
  const until = isShortOfFunds || begunAt < expiresAt ? begunAt : expiresAt;
  let last = first;
  for (let at = since; last < first + MOST_ATTEMPTS; last += 1) {
    at = addMs(at, resendPauseMs(last));
    if (at > until) return { last, isAll: true };
  }
  return { last, isAll: false };
}
