import { addMs, businessDate, startOfBusinessDate } from '../../platform/clock';

const DAY_MS = 86_400_000;

/**
 * When a failed transaction must be made whole at the latest: the end of the T+n calendar day, Asia/Kolkata.
 * Source: RBI DPSS.CO.PD No.629/02.01.014/2019-20 (T is the calendar day of the transaction).
 */
export function expectedBy(acceptedAt: Date, turnaroundDays: number): Date {
  return addMs(startOfBusinessDate(businessDate(acceptedAt)), (turnaroundDays + 1) * DAY_MS - 1);
}
