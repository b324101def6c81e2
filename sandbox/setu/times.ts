/** Times in India (UTC+05:30, no daylight saving) from milliseconds since the epoch. */
const IST_OFFSET_MS = 19_800_000;
const DAY_MS = 86_400_000;

const ist = (atMs: number): Date => new Date(atMs + IST_OFFSET_MS);

/** `2026-11-24` */
export const istDate = (atMs: number): string => ist(atMs).toISOString().slice(0, 10);

/** `20261124` */
export const istDay = (atMs: number): string => istDate(atMs).replaceAll('-', '');

/** `2026-11-24T17:09:24.566+05:30` */
export const istTimestamp = (atMs: number): string => `${ist(atMs).toISOString().slice(0, -1)}+05:30`;

/** `2026-11-24T17:09:24+05:30`, as the recharge service writes its times. */
export const istSecond = (atMs: number): string => `${ist(atMs).toISOString().slice(0, 19)}+05:30`;

export const addDays = (atMs: number, days: number): number => atMs + days * DAY_MS;

/**
 * `6328170924`: last digit of the year, day of the year, hour, minute, second. Part of the network's
 * references.
 */
export function julianStamp(atMs: number): string {
  const at = ist(atMs);
  const year = at.getUTCFullYear();
  const day = Math.floor((at.getTime() - Date.UTC(year, 0, 1)) / DAY_MS) + 1;
  return `${year % 10}${String(day).padStart(3, '0')}${at.toISOString().slice(11, 19).replaceAll(':', '')}`;
}

/**
 * The start and the exclusive end of a calendar day in India, `YYYY-MM-DD`; undefined for an invalid date.
 */
export function istDayBounds(date: string): { fromMs: number; toMs: number } | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return undefined;
  const fromMs = Date.parse(`${date}T00:00:00+05:30`);
  return Number.isNaN(fromMs) || istDate(fromMs) !== date ? undefined : { fromMs, toMs: fromMs + DAY_MS };
}
