/**
 * Eko writes instants in three ways, each field in its own (README): callbacks and inquiries `YYYY-MM-DD
 * HH:mm:ss`, AEPS `DD-MM-YY HH:mm:ss`, both Indian time, and everything else ISO 8601 in UTC. `01-02-24`
 * cannot be told apart by looking, so the caller names the form. Undefined when it is not such a date.
 */
const FORMS = {
  callback: /^(?<year>20\d\d)-(?<month>\d\d)-(?<day>\d\d) (?<time>\d\d:\d\d:\d\d)$/,
  aeps: /^(?<day>\d\d)-(?<month>\d\d)-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d)$/,
  iso: /^(?<year>20\d\d)-(?<month>\d\d)-(?<day>\d\d)T(?<time>\d\d:\d\d:\d\d(?:\.\d{1,3})?)Z$/,
} as const;
export type DateForm = keyof typeof FORMS;

export function instantOf(form: DateForm, text: unknown): Date | undefined {
  const parts = typeof text === 'string' ? FORMS[form].exec(text)?.groups : undefined;
  if (parts === undefined) return undefined;
  const { year, month, day, time } = parts as { year: string; month: string; day: string; time: string };
  const date = calendarDate(year.length === 2 ? `20${year}` : year, month, day);
  if (date === undefined) return undefined;
  const at = new Date(`${date}T${time}${form === 'iso' ? 'Z' : '+05:30'}`);
  return Number.isNaN(at.getTime()) || time.startsWith('24') ? undefined : at;
}

/** The due date of a bill: `20260728` → `2026-07-28`. Null for the words that mean there is no date. */
export function billDate(text: unknown): string | null {
  const parts = typeof text === 'string' ? /^(20\d\d)(\d\d)(\d\d)$/.exec(text) : null;
  return parts === null ? null : (calendarDate(parts[1]!, parts[2]!, parts[3]!) ?? null);
}

/** An HTTP `Date` header in the one form that servers may write (RFC 9110, IMF-fixdate). */
export function httpDate(text: string | undefined): Date | undefined {
  if (
    text === undefined ||
    !/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/.test(
      text,
    )
  )
    return undefined;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** `YYYY-MM-DD` of a day that exists; 30 February does not. */
function calendarDate(year: string, month: string, day: string): string | undefined {
  const text = `${year}-${month}-${day}`;
  const at = new Date(`${text}T00:00:00.000Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text) ? text : undefined;
}
