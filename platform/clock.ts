/** Time comes in as a dependency, so that tests can move it. */
export interface Clock {
  /** The present instant, UTC. */
  now(): Date;
  /** Where that one can be moved: the time of telephones, which is asked for where their codes are read. */
  real?(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A clock that stands still until it is moved; for tests and simulations. */
export class FakeClock implements Clock {
  private ms: number;
  constructor(start: Date | string = '2026-11-01T06:30:00.000Z') {
    this.ms = new Date(start).getTime();
  }
  now(): Date {
    return new Date(this.ms);
  }
  advance(ms: number): void {
    this.ms += ms;
  }
  set(at: Date | string): void {
    this.ms = new Date(at).getTime();
  }
}

export const IST_OFFSET_MS = 5.5 * 60 * 60 * 1000; // Asia/Kolkata has had no daylight saving since 1945

const HALF_HOUR_MS = 30 * 60 * 1000; // a day in India begins on a half hour of UTC
let lastHalfHour = Number.NaN;
let lastDate = '';

/**
 * The business date (`YYYY-MM-DD`, Asia/Kolkata) of an instant. The last answer is kept: it is asked for with
 * every request.
 */
export function businessDate(at: Date): string {
  const halfHour = Math.floor(at.getTime() / HALF_HOUR_MS);
  if (halfHour !== lastHalfHour) {
    lastDate = new Date(at.getTime() + IST_OFFSET_MS).toISOString().slice(0, 10);
    lastHalfHour = halfHour;
  }
  return lastDate;
}

/** The instant at which a business date (`YYYY-MM-DD`) begins in Asia/Kolkata. */
export function startOfBusinessDate(date: string): Date {
  return new Date(new Date(`${date}T00:00:00.000Z`).getTime() - IST_OFFSET_MS);
}

/** The text is a day of the calendar, `2026-11-28`; 30 February is none. */
export function isCalendarDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** The business date so many calendar months later; of a month that is too short, its last day. */
export function addMonths(date: string, months: number): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const days = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(day, days));
  return first.toISOString().slice(0, 10);
}

/** Adds milliseconds to an instant. */
export function addMs(at: Date, ms: number): Date {
  return new Date(at.getTime() + ms);
}

/** A span of time for people: `30 seconds`, `1 minute`, `24 hours`. Rounded to its unit, and never nothing. */
export function spanInWords(ms: number): string {
  if (ms < 60_000) return counted(ms / 1_000, 'second');
  return ms < 120 * 60_000 ? counted(ms / 60_000, 'minute') : counted(ms / 3_600_000, 'hour');
}

function counted(n: number, unit: string): string {
  const whole = Math.max(1, Math.round(n));
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}
