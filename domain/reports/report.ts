import type { Permission } from '../access/permissions';
import type { IdKind } from '../../platform/ids';
import type { UserId } from '../ids/ids';

/**
 * A report is one value: what it is called, what it is asked with, who may have it, its columns, and the statement that
 * reads it. JSON, CSV and PDF are printed from it in one place each; `catalogue.ts` lists them all.
 */
export interface Report {
  /** Part of rows and of links, so it never changes. */
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  /** What staff need for it. */
  readonly permission: Permission;
  /** Users of apps may have it, of themselves. */
  readonly isOfUsers?: true;
  readonly parameters: Readonly<Partial<Record<ParameterName, 'needed'>>>;
  /** It reads the balances that the night has written, so its days must be closed. */
  readonly needsClosedDays?: true;
  /** PDF only where people print it. */
  readonly forms: readonly ReportForm[];
  readonly columns: readonly ReportColumn[];
  /**
   * A `select` with one column for each of `columns`, by its name, in the order of the lines. It takes the values of
   * `ReportValues` by name. Times are texts of India.
   */
  readonly sql: string;
  /** How many lines there will be, where that costs little: `n`. */
  readonly countSql?: string;
}

export const REPORT_FORMS = ['json', 'csv', 'pdf'] as const;
export type ReportForm = (typeof REPORT_FORMS)[number];

/** What is asked: `from` and `to` are days in India, both included; `on` is one day, at its end. */
export type ParameterName = 'from' | 'to' | 'on' | 'account' | 'user';
/** An account by its code, a user by its id inside. */
export type ReportParameters = Readonly<Partial<Record<ParameterName, string>>>;

/** What a statement takes by name. What the report does not ask for is null. */
export interface ReportValues extends Readonly<Record<ParameterName, string | null>> {
  /** The first instant of `from`, and the first after `to`. */
  readonly begins: Date | null;
  readonly ends: Date | null;
  /** When it was asked for: ages are told as of then. */
  readonly now: Date;
  readonly user: UserId | null;
}

/**
 * - `text`: guarded in CSV against what a spreadsheet would run. `count`: a whole number. `day`, `time`: of India.
 * - `paise`: whole paise in JSON, rupees with two decimals in CSV, with the sign of the rupee on paper.
 * - `account`: its code, with the public id of a user in it. `id`: the public id of a kind.
 */
export type ColumnType = 'text' | 'count' | 'day' | 'time' | 'paise' | 'account' | 'id';

export interface ReportColumn {
  readonly name: string;
  readonly title: string;
  readonly type: ColumnType;
  /** Of which kind the id is. */
  readonly kind?: IdKind;
  /** Its sum stands at the end. */
  readonly isSummed?: true;
  /** Its share of the width of a page; without it, it is not printed on paper. */
  readonly width?: number;
}

/** A line as it was read: the texts of its columns, in their order. */
export type Cells = readonly (string | null)[];

export const column = {
  text: (name: string, title: string, width?: number): ReportColumn => ({
    name,
    title,
    type: 'text',
    ...at(width),
  }),
  count: (name: string, title: string, width?: number): ReportColumn => ({
    name,
    title,
    type: 'count',
    ...at(width),
  }),
  day: (name: string, title: string, width?: number): ReportColumn => ({
    name,
    title,
    type: 'day',
    ...at(width),
  }),
  time: (name: string, title: string, width?: number): ReportColumn => ({
    name,
    title,
    type: 'time',
    ...at(width),
  }),
  account: (name: string, title: string, width?: number): ReportColumn => ({
    ...{ name, title, type: 'account' },
    ...at(width),
  }),
  id: (kind: IdKind, name: string, title: string, width?: number): ReportColumn => ({
    ...{ name, title, type: 'id', kind },
    ...at(width),
  }),
  /** An amount that is not added up: a balance. */
  amount: (name: string, title: string, width?: number): ReportColumn => ({
    ...{ name, title, type: 'paise' },
    ...at(width),
  }),
  sum: (name: string, title: string, width?: number): ReportColumn => ({
    ...{ name, title, type: 'paise', isSummed: true },
    ...at(width),
  }),
} as const;

const at = (width: number | undefined): Pick<ReportColumn, 'width'> => (width === undefined ? {} : { width });
