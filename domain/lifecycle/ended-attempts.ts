import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { CaseKind } from '../cases/kinds';
import type { TransactionId } from '../ids/ids';
import type { InquiryAnswer } from '../provider/outcome';
import { ABANDONED, isDefinite, type OutcomeSource } from './decide';
import type { LockedTransaction } from './moves';

/**
 * What is heard about an attempt. Here: whether it says that the attempt ended without an effect, and what was
 * recorded of such attempts before.
 */
interface Heard {
  transactionId: TransactionId;
  attemptNo: number;
  source: OutcomeSource;
  answer: InquiryAnswer;
}
type AttemptName = Pick<Heard, 'transactionId' | 'attemptNo'>;

/** The send reports that nothing went out. */
export function saysNotSent({ source, answer }: Heard): boolean {
  return source === 'dispatch' && answer.kind === 'unknown' && !answer.sent;
}

/** The provider says that it failed for our balance and for nothing else. */
export function saysShortOfFunds({ answer }: Heard): boolean {
  return answer.kind === 'failed' && answer.isShortOfFunds === true;
}

/** While one of these is open, another payment than the one that ended may be under way. */
const STOPPING: readonly CaseKind[] = [ABANDONED, 'duplicate_at_provider'];

/**
 * Transactions that must not be sent again, because such a case about them is open. Read only if a report could
 * lead to another send.
 */
export async function readNotToBeResent(
  trx: Knex.Transaction,
  reports: readonly Heard[],
): Promise<Set<string>> {
  const ids = reports
    .filter((report) => saysNotSent(report) || saysShortOfFunds(report))
    .map(({ transactionId }) => transactionId);
  if (ids.length === 0) return new Set();
  const stopped = await rows<{ id: string }>(
    trx,
    `select transaction_id as id from ops_cases
    where transaction_id = any(?::uuid[]) and kind = any(?::text[]) and closed_at is null`,
    [ids, STOPPING],
  );
  return new Set(stopped.map(({ id }) => id));
}

/** Names an attempt in a set. */
export function attemptKey({ transactionId, attemptNo }: AttemptName): string {
  return `${transactionId}|${attemptNo}`;
}

/**
 * The attempts that the provider has ended because our account held too little. Read only for callbacks that
 * decide nothing and are not about an attempt under way.
 */
export async function readEndedAttempts(
  trx: Knex.Transaction,
  reports: readonly Heard[],
  locked: ReadonlyMap<string, LockedTransaction>,
): Promise<Set<string>> {
  const ids = reports
    .filter(({ transactionId, attemptNo, source, answer }) => {
      const row = locked.get(transactionId);
      const isUnderWayNow = row?.state === 'dispatched' && row.attemptNo === attemptNo;
      return source === 'callback' && !isDefinite(answer.kind) && !isUnderWayNow;
    })
    .map(({ transactionId }) => transactionId);
  if (ids.length === 0) return new Set();
  const found = await rows<AttemptName>(
    trx,
    `select transaction_id as "transactionId", attempt_no as "attemptNo" from transaction_outcomes
    where transaction_id = any(?::uuid[]) and decision = 'retry'`,
    [ids],
  );
  return new Set(found.map(attemptKey));
}
