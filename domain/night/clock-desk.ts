import type { Knex } from 'knex';
import { moveTestClock, readAheadMs } from '../../platform/test-clock';
import { recordAudit } from '../audit/audit';
import type { UserId } from '../ids/ids';

/** The time of the business, and moving it on where that may be done. */
export interface ClockDesk {
  read(): Promise<ClockView>;
  /** Moves it on by so many ms. Throws TestClockRefused in the database of production. */
  advance(byMs: number, by: { userId: UserId }): Promise<ClockView>;
}

export interface ClockView {
  now: Date;
  /** Of the real time. */
  aheadMs: number;
}

export function createClockDesk({ knex }: { knex: Knex }): ClockDesk {
  const view = (aheadMs: number): ClockView => ({ now: new Date(Date.now() + aheadMs), aheadMs });
  return {
    read: async () => view(await readAheadMs(knex)),
    advance: (byMs, by) =>
      knex.transaction(async (trx) => {
        const moved = view(await moveTestClock(trx, byMs));
        await recordAudit(trx, {
          at: moved.now,
          actor: by.userId,
          action: 'clock.advance',
          subject: 'clock',
          outcome: 'succeeded',
          detail: { ahead_ms: String(moved.aheadMs) },
        });
        return moved;
      }),
  };
}
