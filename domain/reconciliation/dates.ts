/** The order of day, month and year; a profile says it, and nothing guesses it. */
export type DateOrder = 'dmy' | 'mdy' | 'ymd';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const PARTS =
  /^(\d{1,4}|[A-Za-z]{3,9})[\s/.-]+(\d{1,4}|[A-Za-z]{3,9})[\s/.,-]+(\d{1,4})(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?$/;

/**
 * A date as a bank prints it, as `2026-11-28`: `28/11/2026`, `28-11-26`, `28 Nov 2026`, `28-Sept-26`; a time behind it
 * is left out. Throws RangeError for what is no day of the calendar in this order.
 */
export function readPrintedDate(text: string, order: DateOrder): string {
  const match = PARTS.exec(text.trim());
  if (match === null) throw new RangeError('not a date');
  const parts = [match[1]!, match[2]!, match[3]!];
  const [day, month, year] = (['d', 'm', 'y'] as const).map((part) => parts[order.indexOf(part)]!);
  return isoDate(yearOf(year!), monthOf(month!), wholeNumber(day!));
}

/** Throws RangeError for a day that the calendar does not have. */
export function isoDate(year: number, month: number, day: number): string {
  const at = new Date(Date.UTC(year, month - 1, day));
  if (at.getUTCFullYear() !== year || at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day)
    throw new RangeError('no day of the calendar');
  return at.toISOString().slice(0, 10);
}

/** `26` is 2026: a statement is never of another century. */
function yearOf(text: string): number {
  const year = wholeNumber(text);
  if (text.length === 2) return 2000 + year;
  if (text.length === 4 && year >= 2000) return year;
  throw new RangeError('not a year');
}

function monthOf(text: string): number {
  const at = MONTHS.indexOf(text.slice(0, 3).toLowerCase());
  return at >= 0 && /^[a-z]+$/i.test(text) ? at + 1 : wholeNumber(text);
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new RangeError('not a number');
  return Number(text);
}

/** The year of `MMDD` that brings it nearest to a date: an entry of 0101 under a value date of 31 December is of the next. */
export function nearestYear(monthDay: string, near: string): string {
  const month = Number(monthDay.slice(0, 2));
  const day = Number(monthDay.slice(2));
  const year = Number(near.slice(0, 4));
  const days = [year - 1, year, year + 1].flatMap((y) => {
    try {
      return [isoDate(y, month, day)];
    } catch {
      return []; // 29 February
    }
  });
  const from = Date.parse(near);
  const [nearest] = days.toSorted((a, b) => Math.abs(Date.parse(a) - from) - Math.abs(Date.parse(b) - from));
  if (nearest === undefined) throw new RangeError('no day of the calendar');
  return nearest;
}
