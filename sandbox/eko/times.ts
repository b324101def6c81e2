/**
 * Eko's formats of time. Inputs are milliseconds since the epoch; India is UTC+05:30 without daylight saving.
 */
const IST_OFFSET_MS = 19_800_000;

const ist = (atMs: number): string => new Date(atMs + IST_OFFSET_MS).toISOString();

/** `2026-11-01`, the calendar date in India. */
export const istDate = (atMs: number): string => ist(atMs).slice(0, 10);

/** `2026-11`, the calendar month in India, for limits. */
export const istMonth = (atMs: number): string => ist(atMs).slice(0, 7);

/** `2026-11-01 17:50:44`: inquiries, callbacks, reports. */
export const istDateTime = (atMs: number): string => ist(atMs).slice(0, 19).replace('T', ' ');

/** `01-11-26 17:50:44`: AEPS. */
export function aepsDateTime(atMs: number): string {
  const [year, month, day] = istDate(atMs).split('-');
  return `${day}-${month}-${year!.slice(2)} ${ist(atMs).slice(11, 19)}`;
}

/** `2026-11-01T12:20:44.096Z`: everything else. */
export const isoDateTime = (atMs: number): string => new Date(atMs).toISOString();

/** The network's reference, 12 digits: digit of the year, day of the year, hour, serial number. */
export function bankReference(slot: number, atMs: number): string {
  const date = new Date(atMs + IST_OFFSET_MS);
  const year = date.getUTCFullYear();
  const dayOfYear = Math.floor((date.getTime() - Date.UTC(year, 0, 1)) / 86_400_000) + 1;
  return [
    year % 10,
    String(dayOfYear).padStart(3, '0'),
    String(date.getUTCHours()).padStart(2, '0'),
    String(slot % 1_000_000).padStart(6, '0'),
  ].join('');
}
