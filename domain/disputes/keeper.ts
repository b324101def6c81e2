import type { Knex } from 'knex';
import { businessDate, type Clock } from '../../platform/clock';
import { rows } from '../../platform/database';
import type { Ids } from '../../platform/ids';
import { openCases } from '../cases/cases';
import type { TransactionId } from '../ids/ids';
import { disputeSubject } from './endings';

/**
 * Marks disputes whose last day has passed without an answer, with a case for staff. It takes nothing: the network may decide
 * against the agent now, and its word is written down by two persons.
 */
export interface DisputeKeeper {
  /** One round; returns how many were marked. Safe in several processes at once. */
  markOverdue(limit: number): Promise<number>;
}

interface Overdue {
  id: string;
  transactionId: TransactionId;
  provider: string;
  caseReference: string;
  answerBy: string;
}

export function createDisputeKeeper({
  knex,
  clock,
  ids,
}: {
  knex: Knex;
  clock: Clock;
  ids: Ids;
}): DisputeKeeper {
  return {
    markOverdue: (limit) =>
      knex.transaction(async (trx) => {
        const now = clock.now();
        const marked = await rows<Overdue>(trx, MARK, { now, today: businessDate(now), limit });
        const cases = marked.map(({ id, transactionId, provider, caseReference, answerBy }) => ({
          kind: 'dispute_unanswered' as const,
          subject: disputeSubject(id),
          transactionId,
          summary: `The claim ${caseReference} of ${provider} was not answered until ${answerBy}`,
          evidence: { case: caseReference, answer_by: answerBy },
        }));
        await openCases(trx, ids, cases, now);
        return marked.length;
      }),
  };
}

const MARK = `
  with passed as (
    select id from disputes where state = 'open' and answer is null and overdue_at is null and answer_by < :today::date
    order by answer_by limit :limit for no key update skip locked)
  update disputes d set overdue_at = :now from passed where d.id = passed.id
  returning d.id, d.transaction_id as "transactionId", d.provider, d.case_reference as "caseReference",
    d.answer_by::text as "answerBy"`;
