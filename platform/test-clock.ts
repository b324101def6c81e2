import type { Knex } from 'knex';
import type { Clock } from './clock';
import { errorOfConstraint, rows } from './database';

/**
 * The clock of development and of a rehearsal: the real time, and what a row says that the business is ahead of it.
 * Every process reads the row each second, so that business days, turnaround and expiry move together. In production
 * nothing makes one of these.
 */
export interface TestClock extends Clock {
  /** Reads the row now. */
  refresh(): Promise<void>;
  close(): void;
}

const READ_MS = 1_000;

export function createTestClock({
  knex,
  onError,
}: {
  knex: Knex;
  onError?: (error: unknown) => void;
}): TestClock {
  let aheadMs = 0;
  const refresh = async (): Promise<void> => {
    aheadMs = Math.max(aheadMs, await readAheadMs(knex));
  };
  let isReading = false;
  const timer = setInterval(() => {
    if (isReading) return;
    isReading = true;
    refresh()
      .catch((error: unknown) => onError?.(error))
      .finally(() => {
        isReading = false;
      });
  }, READ_MS);
  timer.unref();
  return {
    now: () => new Date(Date.now() + aheadMs),
    real: () => new Date(),
    refresh,
    close: () => clearInterval(timer),
  };
}

/** The clock of the business as it stands now, for a command that is soon over. It is not read again. */
export async function readTestClock(knex: Knex): Promise<Clock> {
  const aheadMs = await readAheadMs(knex);
  return { now: () => new Date(Date.now() + aheadMs), real: () => new Date() };
}

/** How far the business is ahead of the real time, ms. */
export async function readAheadMs(knex: Knex): Promise<number> {
  const [row] = await rows<{ aheadMs: bigint }>(knex, 'select ahead_ms as "aheadMs" from test_clock');
  return Number(row?.aheadMs ?? 0n);
}

/**
 * Moves the clock on by so many ms, and returns how far it is ahead then. Throws TestClockRefused in the database of
 * production.
 */
export async function moveTestClock(knex: Knex | Knex.Transaction, byMs: number): Promise<number> {
  try {
    const [moved] = await rows<{ aheadMs: bigint }>(
      knex,
      `insert into test_clock (ahead_ms) values (?)
      on conflict (singleton) do update set ahead_ms = test_clock.ahead_ms + excluded.ahead_ms, moved_at = clock_timestamp()
      returning ahead_ms as "aheadMs"`,
      [byMs],
    );
    return Number(moved!.aheadMs);
  } catch (error) {
    throw errorOfConstraint(error, {
      test_clock_is_no_production: () =>
        new TestClockRefused('this is the database of production, whose clock is the real one'),
      test_clock_ahead: () => new TestClockRefused('the clock goes on only, by ten years in all at most'),
    });
  }
}

export class TestClockRefused extends Error {
  override readonly name = 'TestClockRefused';
  readonly code = 'CLOCK_NOT_MOVED';
}
