import { addMs, businessDate, startOfBusinessDate } from '../../platform/clock';
import { inForceOn } from '../../platform/in-force';
import { DomainError } from '../errors/errors';
import { CALENDAR_ERRORS } from './errors';

/** A way of money, as far as days matter; `BRANCH` is a counter, `INTERBANK` what banks settle among themselves. */
export type CalendarRail =
  | 'IMPS'
  | 'UPI'
  | 'AEPS'
  | 'NEFT'
  | 'RTGS'
  | 'INTERBANK'
  | 'NACH'
  | 'BRANCH'
  | 'GATEWAY'
  | 'AEPS_TO_BANK';

export interface Place {
  rail: CalendarRail;
  /** One of the RBI's offices: `Mumbai`. Holidays are of an office, not of a state. */
  office: string;
}

export interface HolidayRow {
  office: string;
  day: string;
  knownFrom: string;
  isHoliday: boolean;
  name: string;
}
export interface RailRow {
  rail: string;
  from: string;
  runs: 'always' | 'banking_days' | 'weekdays';
}
export interface ClosingRow {
  weekday: number;
  from: string;
  weeks: readonly number[];
}

/** The rows in force; see migration `calendar`. */
export interface CalendarRows {
  offices: readonly string[];
  years: readonly { office: string; year: number }[];
  holidays: readonly HolidayRow[];
  closings: readonly ClosingRow[];
  rails: readonly RailRow[];
}

/** Days are `YYYY-MM-DD`, of India. Each throws DomainError of CALENDAR_ERRORS: no data is never "no holiday". */
export interface CalendarDays {
  /** The name of the holiday of a day, or undefined. */
  holiday(office: string, day: string): string | undefined;
  /** Banks of the place work: no Sunday, no second or fourth Saturday, no holiday. */
  isBankingDay(office: string, day: string): boolean;
  runsOn(place: Place, day: string): boolean;
  /** The first day after this one on which the rail runs. */
  next(place: Place, day: string): string;
  /** The last day before this one on which the rail ran. */
  previous(place: Place, day: string): string;
  /** The day itself when the rail runs, else the next one. */
  onOrAfter(place: Place, day: string): string;
  /** So many days of the rail later: T+n. For 0 the day itself, or the next one on which it runs. */
  plus(place: Place, day: string, days: number): string;
}

const DAY_MS = 86_400_000;
/** Longer than any row of closed days: 30 April to 2 May and a week-end come to five. */
const LONGEST_CLOSED = 40;
const SATURDAY = 6;

export function addDays(day: string, days: number): string {
  return businessDate(addMs(startOfBusinessDate(day), days * DAY_MS));
}

export function calendarOf(rows: CalendarRows): CalendarDays {
  const offices = new Set(rows.offices);
  const years = new Set(rows.years.map(({ office, year }) => `${office} ${year}`));
  const holidays = newestOf(rows.holidays);
  const railsByName = groupedBy(rows.rails, ({ rail }) => rail);
  const closingsByDay = groupedBy(rows.closings, ({ weekday }) => weekday);

  const holiday = (office: string, day: string): string | undefined => {
    if (!offices.has(office))
      throw new DomainError(CALENDAR_ERRORS.CALENDAR_OFFICE_UNKNOWN, {
        detail: `${office} is no office of the RBI`,
      });
    if (!years.has(`${office} ${day.slice(0, 4)}`))
      throw new DomainError(CALENDAR_ERRORS.CALENDAR_YEAR_MISSING, {
        detail: `the bank holidays of ${office} in ${day.slice(0, 4)} are not loaded: add a file to policies/`,
      });
    const found = holidays.get(`${office} ${day}`);
    return found?.isHoliday === true ? found.name : undefined;
  };
  const isWeeklyClosed = (day: string): boolean => {
    const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
    const week = Math.ceil(Number(day.slice(8)) / 7);
    return inForceOn(closingsByDay.get(weekday) ?? [], day)?.weeks.includes(week) === true;
  };
  // the holiday is looked for first: a year that is missing is missing on its Sundays as well
  const isBankingDay = (office: string, day: string): boolean =>
    holiday(office, day) === undefined && !isWeeklyClosed(day);
  const runsOn = ({ rail, office }: Place, day: string): boolean => {
    const rule = inForceOn(railsByName.get(rail) ?? [], day);
    if (rule === undefined)
      throw new DomainError(CALENDAR_ERRORS.CALENDAR_RAIL_UNKNOWN, {
        detail: `no rule says on which days ${rail} ran on ${day}`,
      });
    if (rule.runs === 'always') return true;
    const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
    return isBankingDay(office, day) && (rule.runs === 'banking_days' || weekday !== SATURDAY);
  };
  const walk = (place: Place, day: string, step: 1 | -1): string => {
    let at = day;
    for (let n = 0; n < LONGEST_CLOSED; n += 1) {
      at = addDays(at, step);
      if (runsOn(place, at)) return at;
    }
    throw new DomainError(CALENDAR_ERRORS.CALENDAR_RAIL_UNKNOWN, {
      detail: `${place.rail} has no day at ${place.office} within ${LONGEST_CLOSED} days of ${day}`,
    });
  };
  const onOrAfter = (place: Place, day: string): string => (runsOn(place, day) ? day : walk(place, day, 1));
  return {
    holiday,
    isBankingDay,
    runsOn,
    next: (place, day) => walk(place, day, 1),
    previous: (place, day) => walk(place, day, -1),
    onOrAfter,
    plus(place, day, days) {
      let at = days === 0 ? onOrAfter(place, day) : day;
      for (let n = 0; n < days; n += 1) at = walk(place, at, 1);
      return at;
    },
  };
}

function groupedBy<Row, Key>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

/** Of an office and a day, the row that is known last. */
function newestOf(rows: readonly HolidayRow[]): Map<string, HolidayRow> {
  const newest = new Map<string, HolidayRow>();
  for (const row of rows) {
    const key = `${row.office} ${row.day}`;
    const known = newest.get(key);
    if (known === undefined || row.knownFrom > known.knownFrom) newest.set(key, row);
  }
  return newest;
}
