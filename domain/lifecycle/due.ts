import { addMs } from '../../platform/clock';

/**
 * A wake-up that is due. The row in PostgreSQL is the work; the wake-up only says which row. Domain functions
 * return wake-ups, and their callers at the edge enqueue them after the commit. `driveNo` rises each time
 * work on the row becomes due or is driven again, so no job id occurs twice.
 */
export interface Due {
  job: 'hold' | 'send' | 'settle' | 'poll' | 'callback';
  /** The provider, for jobs with a lane per provider. */
  lane?: string;
  id: string;
  driveNo: number;
}

/**
 * The first gap before unfinished work is driven again, ms after it became due. It leaves enough time for the
 * job that is queued after the commit.
 */
export const FIRST_DRIVE_MS = 10_000;
/** A case is opened after this many fruitless drives. */
export const MAX_DRIVES = 10;
const MAX_GAP_MS = 300_000;
const FIRST_RESEND_PAUSE_MS = 1_000;
const MAX_RESEND_PAUSE_MS = 60_000;

/** The time at which work that becomes due now is driven again if nothing happens. */
export function firstDriveAt(now: Date): Date {
  return addMs(now, FIRST_DRIVE_MS);
}

/** The gap after the n-th fruitless drive (from 1), ms: 10 s, 20 s, 40 s … 5 min. */
export function driveGapMs(fruitless: number): number {
  return Math.min(MAX_GAP_MS, FIRST_DRIVE_MS * 2 ** Math.min(Math.max(fruitless, 1) - 1, 10));
}

/** How long the next attempt waits after one that was certainly not sent (`attemptNo`, from 1), ms: 1 s, 2 s … 1 min. */
export function resendPauseMs(attemptNo: number): number {
  return Math.min(MAX_RESEND_PAUSE_MS, FIRST_RESEND_PAUSE_MS * 2 ** Math.min(attemptNo - 1, 10));
}
