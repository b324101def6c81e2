import type { Knex } from 'knex';
import { businessDate, isCalendarDay, type Clock } from '../../platform/clock';
import { execute } from '../../platform/database';
import { DomainError } from '../errors/errors';
import { NIGHT_ERRORS } from './errors';
import { addDays, firstMissingDay, firstNight, lastEndedDay, readNightRule } from './open';

/** Nights that people ask for. */
export interface NightDesk {
  /** The last business day that is closed. */
  lastEnded(): Promise<string>;
  /**
   * Asks for the night of a day; of one that was asked for before, nothing happens. The nightly processes give it its
   * steps. Before the first night the day becomes the first one. Throws DomainError
   * REQUEST_FIELD_INVALID, NIGHT_NOT_ENDED, NIGHT_OUT_OF_ORDER.
   */
  ask(day: string): Promise<void>;
}

export function createNightDesk({
  knex,
  clock,
  profile,
}: {
  knex: Knex;
  clock: Clock;
  profile: string;
}): NightDesk {
  const lastEnded = async (): Promise<string> => {
    const now = clock.now();
    return lastEndedDay(now, await readNightRule(knex, profile, businessDate(now)));
  };
  return {
    lastEnded,
    async ask(day) {
      if (!isCalendarDay(day))
        throw new DomainError('REQUEST_FIELD_INVALID', {
          detail: `${day} is no day of the calendar; a day is written 2026-11-28`,
        });
      const last = await lastEnded();
      if (day > last)
        throw new DomainError(NIGHT_ERRORS.NIGHT_NOT_ENDED, {
          detail: `${day} is not closed yet: the last business day that is, is ${last}`,
        });
      const first = await firstNight(knex);
      if (first !== undefined && day < first)
        throw new DomainError(NIGHT_ERRORS.NIGHT_OUT_OF_ORDER, {
          detail: `the first night is that of ${first}: a day before it cannot be done any more`,
        });
      const next =
        first === undefined ? day : await firstMissingDay(knex, day, { closesAfterS: 0, firstDaysBack: 1 });
      for (let one = next ?? day; one <= day; one = addDays(one, 1))
        await execute(knex, 'insert into nights (business_date) values (?::date) on conflict do nothing', [
          one,
        ]);
    },
  };
}
