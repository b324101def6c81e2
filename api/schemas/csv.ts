import { parse } from 'csv-parse/sync';
import { setImmediate as breathe } from 'node:timers/promises';
import { DomainError, type ErrorDefinition } from '../../domain/errors/errors';
import type { LineRefusal } from '../../domain/errors/line-refusal';

/** A CSV file as somebody brings it: which columns it has, and what it is refused with. */
export interface CsvForm<Column extends string> {
  required: readonly Column[];
  others: readonly Column[];
  mostLines: number;
  invalid: ErrorDefinition;
  headerInvalid: ErrorDefinition;
}
export type CsvCells<Column extends string> = Readonly<Partial<Record<Column, string>>>;
interface CsvLine<Column extends string> {
  /** Where it ends in the file. */
  line: number;
  /** Undefined for a line with more or fewer values than there are columns. A cell without a value is missing. */
  cells: CsvCells<Column> | undefined;
  values: number;
}

/** Lines that are looked at before others get their turn. */
const AT_ONCE = 100;
const LONGEST_LINE_BYTES = 4_096;
const utf8 = new TextDecoder('utf-8', { fatal: true });

interface Parsed {
  record: string[];
  info: { lines: number };
}

/**
 * The lines of a file, each made by `read` of its cells, or by `refused` of why it cannot be. `text` is the file as it is
 * told from others. Throws DomainError `invalid`, `headerInvalid`.
 */
export async function readCsvLines<Column extends string, Line>(
  bytes: Buffer,
  form: CsvForm<Column>,
  read: (cells: CsvCells<Column>) => Line,
  refused: (refusal: LineRefusal, cells: CsvCells<Column>) => Line,
): Promise<{ text: string; lines: (Line & { line: number })[] }> {
  const { text, columns, lines } = readCsv(bytes, form);
  const none = {} as CsvCells<Column>;
  const lineOf = ({ cells, values }: CsvLine<Column>): Line => {
    try {
      if (cells !== undefined) return read(cells);
      const detail = `the line has ${values} values instead of ${columns.length}`;
      throw new DomainError(form.invalid, { detail });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return refused(fieldRefusal(error), cells ?? none);
    }
  };
  const made: (Line & { line: number })[] = [];
  for (const [i, one] of lines.entries()) {
    if (i % AT_ONCE === AT_ONCE - 1) await breathe();
    made.push({ line: one.line, ...lineOf(one) });
  }
  return { text, lines: made };
}

function readCsv<Column extends string>(
  bytes: Buffer,
  form: CsvForm<Column>,
): { text: string; columns: readonly Column[]; lines: CsvLine<Column>[] } {
  const text = textOf(bytes, form);
  const [header, ...records] = parsed(text, form);
  if (header === undefined) throw unreadable(form, 'it has no line');
  const columns = columnsOf(header.record, form);
  if (records.length === 0) throw unreadable(form, 'it has a header and no line behind it');
  if (records.length > form.mostLines)
    throw unreadable(form, `it has more than ${form.mostLines} lines: divide it`);
  const lines = records.map(({ record, info }) => ({
    line: info.lines,
    values: record.length,
    cells: record.length === columns.length ? cellsOf(columns, record) : undefined,
  }));
  return { text, columns, lines };
}

type Refused = Pick<CsvForm<string>, 'invalid'>;
const unreadable = ({ invalid }: Refused, detail: string): DomainError =>
  new DomainError(invalid, { detail });

function textOf(bytes: Buffer, form: Refused): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw unreadable(form, 'it is not in UTF-8');
  }
}

function parsed(text: string, form: Refused): Parsed[] {
  try {
    return parse(text, {
      bom: true,
      info: true,
      max_record_size: LONGEST_LINE_BYTES,
      record_delimiter: ['\r\n', '\n'], // files mix them
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
    }) as unknown as Parsed[];
  } catch (error) {
    const { lines } = error as { lines?: number };
    throw unreadable(form, lines === undefined ? 'it is not CSV' : `it is not CSV from line ${lines} on`);
  }
}

/** Headers are compared by their letters: `State Code` is `state_code`. */
function columnsOf<Column extends string>(header: readonly string[], form: CsvForm<Column>): Column[] {
  const all: readonly string[] = [...form.required, ...form.others];
  const names = header.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '_'),
  );
  const missing = form.required.filter((name) => !names.includes(name));
  const unknown = names.filter((name, i) => !all.includes(name) || names.indexOf(name) !== i);
  if (missing.length === 0 && unknown.length === 0) return names as Column[];
  throw new DomainError(form.headerInvalid, {
    detail:
      missing.length > 0
        ? `the columns ${missing.join(', ')} are missing`
        : `there are ${unknown.length} columns that are not known or stand there twice; known are ${all.join(', ')}`,
  });
}

function cellsOf<Column extends string>(
  columns: readonly Column[],
  record: readonly string[],
): CsvCells<Column> {
  return Object.fromEntries(
    columns.flatMap((column, i) => (record[i] === '' ? [] : [[column, record[i]!]])),
  ) as CsvCells<Column>;
}

/** What a line is refused for: each field with its rule; never what stands there. */
function fieldRefusal({ code, detail, errors }: DomainError): LineRefusal {
  const reason =
    errors === undefined || errors.length === 0
      ? detail
      : errors.map((one) => `${one.pointer.replace(/^#\//, '')}: ${one.detail}`).join('; ');
  return { code, reason };
}
