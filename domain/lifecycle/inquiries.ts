import type { TransactionId } from '../ids/ids';
import type { Knex } from 'knex';
import { claimDue, type Claim } from '../../platform/claim';
import { execute } from '../../platform/database';
import { PUT_BEHIND } from './drives';

/**
 * The writers of `next_poll_at`: they decide when the provider is asked about a transaction. Each raises the
 * drive number, so that an inquiry which is already under way is not mistaken for the newly requested one.
 */

/**
 * Requests the next inquiries now; a settle that is under way keeps the request. The provider has spoken of
 * the attempt, so it no longer counts as unsent (isMentioned in record-outcome.ts). Returns false if no
 * inquiry can be made: nothing was ever sent, or `attemptNo` is not the current attempt. `isReversalTold`: an
 * unsigned callback says that the money came back; the row keeps that until a later inquiry has answered it
 * (answersReversalHint in record-outcome.ts).
 */
export async function bringInquiryForward(
  knex: Knex,
  transactionIds: readonly string[],
  now: Date,
  { attemptNo, isReversalTold = false }: { attemptNo?: number; isReversalTold?: boolean } = {},
): Promise<boolean> {
  const brought = await execute(
    knex,
    `
    update transactions set next_poll_at = :now, asked_for_at = :now, drive_no = drive_no + 1, updated_at = :now,
      spoken_of_attempt = nullif(attempt_no, 0),
      reversal_told_at = case when :isReversalTold then :now::timestamptz else reversal_told_at end
    where id = any(:transactionIds::uuid[]) and state not in ('accepted', 'held')
      and attempt_no = coalesce(:attemptNo::int2, attempt_no)`,
    { now, isReversalTold, transactionIds, attemptNo: attemptNo ?? null },
  );
  return brought > 0;
}

/**
 * Schedules an inquiry at `by`, before a call that may change the transaction at the provider. If the process
 * dies before it records the answer, the provider is asked once the call must be over. An inquiry that is due
 * sooner waits until then: answered before the call took effect, it would postpone the next one by a day.
 */
export async function promiseInquiry(
  knex: Knex,
  transactionId: TransactionId,
  by: Date,
  now: Date,
): Promise<void> {
  await execute(
    knex,
    `
    update transactions set next_poll_at = :by, asked_for_at = null, drive_no = drive_no + 1, updated_at = :now
    where id = :transactionId and state not in ('accepted', 'held')`,
    { by, now, transactionId },
  );
}

/**
 * Claims a provider's transactions whose inquiry is due and schedules their next one by the provider's
 * cadence (ms). Each gap varies by up to a fifth, so that a burst does not return as a burst. Skips rows that
 * another process is claiming.
 */
export async function claimDueInquiries(
  knex: Knex,
  {
    provider,
    cadenceMs,
    limit,
    now,
  }: { provider: string; cadenceMs: readonly number[]; limit: number; now: Date },
): Promise<{ id: string; driveNo: number }[]> {
  await claimDue<{ id: string }>(knex, POLLED_LATER, { now, provider, limit: PUT_BEHIND });
  return claimDue<{ id: string; driveNo: number }>(knex, DUE_INQUIRIES, {
    now,
    provider,
    limit,
    cadenceS: cadenceMs.map((ms) => ms / 1000),
    length: cadenceMs.length,
  });
}

/** Inquiries are found by `poll_from` as due work is by `due_from` (drives.ts). */
const POLLED_LATER: Claim = {
  table: 'transactions',
  due: 'poll_from <= :now and provider = :provider and (next_poll_at is null or next_poll_at > :now)',
  orderBy: 'poll_from',
  set: 'poll_from = t.next_poll_at',
  returning: 't.id',
};

const DUE_INQUIRIES: Claim = {
  table: 'transactions',
  due: 'poll_from <= :now and next_poll_at <= :now and provider = :provider and posted_count = effect_count',
  orderBy: 'poll_from',
  set: `drive_no = t.drive_no + 1, poll_no = least(t.poll_no + 1, 30000), asked_for_at = null, poll_from = null,
      next_poll_at = :now::timestamptz
        + make_interval(secs => (:cadenceS::float8[])[least(t.poll_no + 2, :length)] * (0.8 + 0.4 * random()))`,
  returning: 't.id, t.drive_no as "driveNo"',
};
