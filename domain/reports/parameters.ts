import { addMs, startOfBusinessDate } from '../../platform/clock';
import { parsePublicId, publicId, UUID } from '../../platform/ids';
import { fieldError } from '../errors/errors';
import { userId, type UserId } from '../ids/ids';
import { shownAccount } from './cells';
import { REPORT_ERRORS } from './errors';
import type { ParameterName, Report, ReportParameters, ReportValues } from './report';

const NAMES: readonly ParameterName[] = ['from', 'to', 'on', 'account', 'user'];
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const CODE = /^[a-z]+(:[A-Za-z0-9_-]+)*$/;
const DAY_MS = 86_400_000;
/** A year, and the day more of a leap year. */
export const MOST_REPORT_DAYS = 366;

/**
 * What was given, as the report takes it: users by their id inside. Throws DomainError REPORT_PARAMETERS_INVALID that
 * names the field.
 */
export function readParameters(report: Report, given: ReportParameters): ReportParameters {
  const read: Partial<Record<ParameterName, string>> = {};
  for (const name of NAMES) {
    const value = given[name];
    const isAsked = report.parameters[name] !== undefined;
    if (value === undefined) {
      if (isAsked) throw invalid(name, `is needed for ${report.name}`);
    } else if (isAsked) read[name] = READ[name](value, name);
    else throw invalid(name, `is not asked for by ${report.name}`);
  }
  if (read.from !== undefined && read.to !== undefined) requireSpan(read.from, read.to);
  return read;
}

const invalid = (name: ParameterName, detail: string) =>
  fieldError(REPORT_ERRORS.REPORT_PARAMETERS_INVALID, `#/${name}`, detail);

const dayOf = (text: string, name: ParameterName): string => {
  const at = DAY.test(text) ? new Date(text) : undefined;
  if (at !== undefined && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)) return text;
  throw invalid(name, 'must be a day: 2026-11-28');
};
const READ: Readonly<Record<ParameterName, (text: string, name: ParameterName) => string>> = {
  from: dayOf,
  to: dayOf,
  on: dayOf,
  account(text, name) {
    const code = text.replace(/usr_[0-9a-z]{26}/, (id) => parsePublicId('user', id) ?? id);
    if (!CODE.test(code)) throw invalid(name, 'must be the code of an account: float:razorpayx');
    return code;
  },
  user(text, name) {
    const id = UUID.test(text) ? text : parsePublicId('user', text);
    if (id === undefined) throw invalid(name, 'must be the id of a user: usr_…');
    return id;
  },
};

function requireSpan(from: string, to: string): void {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (days < 1) throw invalid('to', 'must not be before from');
  if (days > MOST_REPORT_DAYS) throw invalid('to', `must be less than ${MOST_REPORT_DAYS} days after from`);
}

/** As people give them again. */
export function shownParameters({ user, account, ...days }: ReportParameters): Record<string, string> {
  return {
    ...days,
    ...(account === undefined ? {} : { account: shownAccount(account) }),
    ...(user === undefined ? {} : { user: publicId('user', user) }),
  };
}

export function valuesOf(parameters: ReportParameters, now: Date): ReportValues {
  const { from = null, to = null, on = null, account = null, user } = parameters;
  const of: UserId | null = user === undefined ? null : userId(user);
  return {
    ...{ from, to, on, account, now },
    user: of,
    begins: from === null ? null : startOfBusinessDate(from),
    ends: to === null ? null : addMs(startOfBusinessDate(to), DAY_MS),
  };
}

/** The last day that a report reads, and the first. */
export function daysOf({ from, to, on }: ReportParameters): { first: string; last: string } | undefined {
  const [first, last] = [on ?? from, on ?? to];
  return first === undefined || last === undefined ? undefined : { first, last };
}
