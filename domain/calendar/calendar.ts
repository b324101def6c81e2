import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { calendarOf, type CalendarDays, type ClosingRow, type HolidayRow, type RailRow } from './days';

/** The calendar of banks. It is read when it is asked for, and kept for half a minute. */
export interface Calendar {
  days(): Promise<CalendarDays>;
}

const KEPT_MS = 30_000;

export function createCalendar({ knex }: { knex: Knex }): Calendar {
  let kept: { at: number; days: Promise<CalendarDays> } | undefined;
  return {
    days() {
      const now = performance.now();
      if (kept !== undefined && now - kept.at < KEPT_MS) return kept.days;
      const days = read(knex);
      kept = { at: now, days };
      days.catch(() => {
        kept = undefined;
      });
      return days;
    },
  };
}

async function read(knex: Knex): Promise<CalendarDays> {
  const offices = await rows<{ name: string }>(knex, 'select name from rbi_offices');
  const years = await rows<{ office: string; year: number }>(knex, 'select office, year from holiday_years');
  const holidays = await rows<HolidayRow>(
    knex,
    `select office, day::text as day, known_from::text as "knownFrom", is_holiday as "isHoliday", name
    from bank_holidays`,
  );
  const closings = await rows<ClosingRow>(
    knex,
    'select weekday, in_force_from::text as "from", weeks from weekly_closings',
  );
  const rails = await rows<RailRow>(knex, 'select rail, in_force_from::text as "from", runs from rail_days');
  return calendarOf({ offices: offices.map(({ name }) => name), years, holidays, closings, rails });
}
