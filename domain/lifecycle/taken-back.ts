import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { TransactionId } from '../ids/ids';
import type { InquiryAnswer } from '../provider/outcome';
import type { Effect, Verdict } from './decide';

/** These give the money of a success back. */
const UNDOES: ReadonlySet<Effect> = new Set(['reversal', 'refund_after_success', 'refund_due_after_success']);
const TELLS: ReadonlySet<InquiryAnswer['kind']> = new Set(['reversed', 'refund_pending', 'refunded']);

/** Transactions of which a network has taken something back. Read only for answers that would take it once more. */
export async function readTakenBack(
  trx: Knex.Transaction,
  reports: readonly { transactionId: TransactionId; answer: Pick<InquiryAnswer, 'kind'> }[],
): Promise<Set<string>> {
  const ids = reports.filter(({ answer }) => TELLS.has(answer.kind)).map((one) => one.transactionId);
  if (ids.length === 0) return new Set();
  const found = await rows<{ id: string }>(
    trx,
    `select distinct transaction_id as id from disputes where transaction_id = any(?::uuid[]) and state = 'lost'`,
    [ids],
  );
  return new Set(found.map(({ id }) => id));
}

/** Nobody loses it twice: by the claim that was lost, and by a reversal. A person looks. */
export function notTwice(verdict: Verdict, isTakenBack = false): Verdict {
  const isUndone = verdict.effect !== undefined && UNDOES.has(verdict.effect);
  return isTakenBack && isUndone ? { decision: 'case', caseKind: 'reversed_after_dispute' } : verdict;
}
