import { BOOKS } from './books';
import { EARNINGS } from './earnings';
import type { Report } from './report';
import { TAXES } from './taxes';
import { WATCHING } from './watching';

/** Every report there is. */
export const REPORTS: readonly Report[] = [...BOOKS, ...EARNINGS, ...TAXES, ...WATCHING];

export const REPORT_NAMES: readonly string[] = REPORTS.map(({ name }) => name);
/** Those that users of apps may have, of themselves. */
export const OWN_REPORT_NAMES: readonly string[] = REPORTS.filter(({ isOfUsers }) => isOfUsers === true).map(
  ({ name }) => name,
);

export const findReport = (name: string): Report | undefined => REPORTS.find((one) => one.name === name);
