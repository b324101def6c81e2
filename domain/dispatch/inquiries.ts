import type { Knex } from 'knex';
import { execute } from '../../platform/database';

/**
 * Brings the next inquiries forward, also past a settle that is under way (see isAskedFor); only where the transaction may still be asked about. The drive number
 * rises, so that an inquiry that is being answered meanwhile is not taken for this one. Returns false where there is none to be made: nothing is on its way, or
 * what is wanted to be known is about another attempt (`attemptNo`) than the present one. `isReversalTold`: an unsigned callback says that the money came back. The
 * row keeps that until an inquiry made since is answered (answersTold in record-outcome.ts).
 */
export async function bringInquiryForward(
  knex: Knex,
  transactionIds: readonly string[],
  now: Date,
  { attemptNo, isReversalTold = false }: { attemptNo?: number; isReversalTold?: boolean } = {},
): Promise<boolean> {
  return (
    (await execute(
      knex,
      `
    update transactions set next_poll_at = least(:now::timestamptz, outcome_at), drive_no = drive_no + 1, updated_at = :now,
      reversal_told_at = case when :isReversalTold then :now::timestamptz else reversal_told_at end
    where id = any(:ids::uuid[]) and state not in ('accepted', 'held') and attempt_no = coalesce(:attemptNo::int2, attempt_no)`,
      { now, isReversalTold, ids: transactionIds, attemptNo: attemptNo ?? null },
    )) > 0
  );
}

/**
 * Before a call that may change the transaction at the provider: should we die with the call, or before its answer is recorded, the provider is asked at `by`,
 * when the call must be over. What is due sooner waits until then: an inquiry that is answered before the call took effect would put the next one off for a day.
 * The drive number rises as above.
 */
export async function promiseInquiry(knex: Knex, transactionId: string, by: Date, now: Date): Promise<void> {
  await execute(
    knex,
    "update transactions set next_poll_at = ?, drive_no = drive_no + 1, updated_at = ? where id = ? and state not in ('accepted', 'held')",
    [by, now, transactionId],
  );
}
