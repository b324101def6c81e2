import { addMs } from '../../platform/clock';
import type { InquiryAnswer } from '../provider/outcome';
import type { LockedTransaction } from './moves';

/**
 * When to ask again after an answered inquiry. A success is checked again at fixed delays after it; so is a
 * failure, where its service says that a payer may still undo it. Money that the provider holds until the
 * customer consents is checked at the first of those delays, again and again, until the provider has decided,
 * whatever was known before.
 */
export function nextRecheck(
  row: Pick<LockedTransaction, 'state' | 'finishedAt'>,
  {
    answer,
    recheckSuccessMs = [],
    recheckFailureMs = [],
  }: {
    answer: Pick<InquiryAnswer, 'kind'>;
    recheckSuccessMs?: readonly number[];
    recheckFailureMs?: readonly number[];
  },
  now: Date,
): Date | null {
  const isHeldForConsent = row.state === 'refund_pending' || answer.kind === 'refund_pending';
  if (isHeldForConsent && recheckSuccessMs[0] !== undefined) return addMs(now, recheckSuccessMs[0]);
  const delays: Partial<Record<LockedTransaction['state'], readonly number[]>> = {
    succeeded: recheckSuccessMs,
    failed: recheckFailureMs,
  };
  const { finishedAt } = row;
  if (finishedAt === null) return null;
  return delays[row.state]?.map((ms) => addMs(finishedAt, ms)).find((at) => at > now) ?? null;
}
