import { utrAsKeptSql } from '../india/utr';
import type { Field, TableColumn, TableFormat } from './format';
import { PLAIN_COLUMNS } from './plain-lines';

/** The temporary table into which a file is copied. It is dropped with the database transaction. */
export const RAW = 'recon_raw';
/** And that of the lines of a table that need neither be split nor judged any more. */
export const PLAIN = 'recon_plain';

/** What every format comes to. */
const CANONICAL = [
  ['line_no', 'integer'],
  ['row_key', 'text'],
  ['part', 'text'],
  ['kind', 'text'],
  ['happened_on', 'date'],
  ['provider_reference', 'text'],
  ['our_reference', 'text'],
  ['utr', 'text'],
  ['settlement_utr', 'text'],
  ['amount_paise', 'bigint'],
  ['fee_paise', 'bigint'],
  ['commission_paise', 'bigint'],
  ['tds_paise', 'bigint'],
  ['balance_paise', 'bigint'],
  ['is_credit', 'boolean'],
  ['status_word', 'text'],
] as const;

const NAMELESS = 'the row has no reference';

export interface Staging {
  create: string;
  /** The first row that is not what its format says, as `line_no` and `reason`. */
  judge: string;
  /** A query of the canonical columns. */
  staged: string;
}

export const COPY_LINES = `copy ${RAW} from stdin`;

/** A format that is read line by line: the columns are ours already. */
export const LINE_STAGING: Staging = {
  create: `create temporary table ${RAW} (${CANONICAL.map((column) => column.join(' ')).join(', ')}) on commit drop`,
  judge: `select line_no as "lineNo", '${NAMELESS}' as reason from ${RAW} where row_key is null order by 1 limit 1`,
  staged: `select ${CANONICAL.map(([name]) => name).join(', ')} from ${RAW}`,
};

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const TYPES = {
  paise: 'bigint',
  rupees: 'numeric',
  share: 'numeric',
  text: 'text',
  ist: 'text',
  iso: 'text',
};
/** More than any amount of ours, and far inside a bigint of paise. */
const MAX_RUPEES = '10000000000000';

/**
 * What is not plain is copied as it stands in the file: numbers are read as numeric and bigint, so no float is made of
 * them, and a balance that is written as a double (`2.2E9`) is read exactly; everything else stays text until it is judged.
 */
export function tableStaging(format: TableFormat): Staging {
  const { columns } = format;
  const problems = [...columns.flatMap(problemsOf), namelessOf(format)];
  return {
    create: `create temporary table ${RAW} (${columns
      .map(({ header, unit }) => `${quoted(header)} ${TYPES[unit]}`)
      .join(', ')}, "#" integer) on commit drop;
      create temporary table ${PLAIN} (${PLAIN_COLUMNS.map((column) => column.join(' ')).join(', ')}) on commit drop`,
    judge: `select "#" as "lineNo", case ${problems
      .map(({ when, reason }) => `when ${when} then ${literal(reason)}`)
      .join(' ')} end as reason from ${RAW} where ${problems
      .map(({ when }) => `(${when})`)
      .join(' or ')} order by "#" limit 1`,
    staged: `${STAGED_PLAIN} union all ${stagedOf(format)}`,
  };
}

/** How the lines of a table come into the staging tables, and what selects them again. */
export interface TableCopies {
  /** The first line alone: its columns are those of the format. */
  header: string;
  plain: string;
  /** The lines that are not plain, each with its number. */
  others: string;
  stagedPlain: string;
  stagedOthers: string;
}

export function copiesOf(format: TableFormat): TableCopies {
  const columns = format.columns.map(({ header }) => quoted(header)).join(', ');
  return {
    header: `copy ${RAW} (${columns}) from stdin (format csv, header match)`,
    plain: `copy ${PLAIN} from stdin (format binary)`,
    others: `copy ${RAW} (${columns}, "#") from stdin (format csv)`,
    stagedPlain: STAGED_PLAIN,
    stagedOthers: stagedOf(format),
  };
}

const STAGED_PLAIN = `select line_no, coalesce(provider_reference, 'ours|' || our_reference) as row_key,
    'payment'::text as part, kind, happened_on, provider_reference, our_reference, ${utrAsKeptSql('utr')} as utr,
    ${utrAsKeptSql('settlement_utr')} as settlement_utr, amount_paise, fee_paise, commission_paise, tds_paise,
    null::bigint as balance_paise, is_credit, status_word from ${PLAIN}`;

interface Problem {
  when: string;
  reason: string;
}

function problemsOf({ header, as, unit }: TableColumn): Problem[] {
  const column = quoted(header);
  const problem = (when: string, reason: string): Problem => ({ when, reason: `${header} ${reason}` });
  const missing = as !== undefined && NEEDED.has(as) ? [problem(`${column} is null`, 'is empty')] : [];
  if (unit === 'paise')
    return [...missing, problem(`not ${column} between 0 and ${MAX_RUPEES}00`, 'is no amount in paise')];
  if (unit === 'rupees')
    return [
      ...missing,
      problem(`not (${column} >= 0 and ${column} < ${MAX_RUPEES})`, 'is no amount in rupees'),
      problem(`${column} * 100 <> trunc(${column} * 100)`, 'has a fraction of a paisa'),
    ];
  if (unit === 'share')
    return [
      ...missing,
      problem(`not (${column} >= 0 and ${column} < ${MAX_RUPEES})`, 'is no amount in rupees'),
    ];
  if (unit === 'ist' || unit === 'iso')
    return [...missing, problem(isNoTime(column, unit), 'is no time in the form of the report')];
  return missing;
}

/**
 * The form as one expression costs more than everything else that is asked of a row. So a time as nearly all are is looked
 * at in four cheap ways that leave no other: the marks in their places, digits everywhere else, a second of the clock
 * that is none, a time that exists. Only another one is asked for the form.
 */
function isNoTime(column: string, unit: 'ist' | 'iso'): string {
  const [like, isOther, form] =
    unit === 'ist'
      ? ['202_-__-__ __:__:__', '[^-0-9: ]|[^0-9][^0-9]', IST_FORM]
      : [`202_-__-__T__:__:__${INDIA}`, '[^-0-9:T+]|[^0-9][^0-9]', ISO_FORM];
  return `case when ${column} like ${literal(like)} and ${column} !~ ${literal(isOther)}
    and ${column} not like '_________________60%' and pg_input_is_valid(${column}, 'timestamptz')
    then false else not (${column} ${form}) end`;
}

/** A row that is about money of ours has a reference. */
function namelessOf({ columns, leaveOut }: TableFormat): Problem {
  const named = columns.filter(({ as }) => as === 'providerReference' || as === 'ourReference');
  const nameless = named.map(({ header }) => `nullif(${quoted(header)}, '') is null`).join(' and ');
  return {
    when: leaveOut === undefined ? nameless : `not ${hasValue(leaveOut)} and ${nameless}`,
    reason: NAMELESS,
  };
}

const NEEDED: ReadonlySet<Field> = new Set(['amount', 'status', 'at']);
/** A time of India needs no other zone to know its day. */
const INDIA = '+05:30';
// Months and days that do not exist are refused where they are read.
const IST_FORM = String.raw`~ '^20\d\d-[01]\d-[0-3]\d ([01]\d|2[0-4]):[0-5]\d:[0-5]\d$'`;
const ISO_FORM = String.raw`~ '^20\d\d-[01]\d-[0-3]\dT([01]\d|2[0-4]):[0-5]\d:[0-5]\d(|\.\d{1,6})(Z|[+-]\d\d:\d\d)$'`;

function stagedOf({ columns, statuses, leaveOut, credits }: TableFormat): string {
  const columnOf = (field: Field): TableColumn | undefined => columns.find(({ as }) => as === field);
  const text = (field: Field): string => {
    const column = columnOf(field);
    return column === undefined ? 'null::text' : `nullif(${quoted(column.header)}, '')`;
  };
  const paise = (field: Field): string => {
    const column = columnOf(field);
    if (column === undefined) return 'null::bigint';
    const name = quoted(column.header);
    if (column.unit === 'paise') return name;
    return column.unit === 'share' ? `round(${name} * 100)::bigint` : `(${name} * 100)::bigint`;
  };
  const at = columnOf('at')!;
  const day =
    at.unit === 'ist'
      ? `left(${quoted(at.header)}, 10)::date`
      : `case when ${quoted(at.header)} like ${literal(`%${INDIA}`)} then left(${quoted(at.header)}, 10)::date
        else (${quoted(at.header)}::timestamptz at time zone 'Asia/Kolkata')::date end`;
  const status = quoted(columnOf('status')!.header);
  const kinds = Object.entries(statuses).map(([word, kind]) => `when ${literal(word)} then ${literal(kind)}`);
  const keep = leaveOut === undefined ? '' : ` where not ${hasValue(leaveOut)}`;
  const [provider, ours] = [text('providerReference'), text('ourReference')];
  return `select "#" as line_no, coalesce(${provider}, 'ours|' || ${ours}) as row_key, 'payment'::text as part,
    case ${status} ${kinds.join(' ')} else 'pending' end as kind, ${day} as happened_on,
    ${provider} as provider_reference, ${ours} as our_reference, ${utrAsKeptSql(text('utr'))} as utr,
    ${utrAsKeptSql(text('settlementUtr'))} as settlement_utr, ${paise('amount')} as amount_paise, ${paise('fee')} as fee_paise,
    ${paise('commission')} as commission_paise, ${paise('tds')} as tds_paise, null::bigint as balance_paise,
    ${credits === undefined ? 'false' : hasValue(credits)} as is_credit, ${status} as status_word
    from ${RAW}${keep}`;
}

const hasValue = ({ header, values }: NonNullable<TableFormat['leaveOut']>): string =>
  `coalesce(${quoted(header)}, '') in (${values.map(literal).join(', ')})`;
