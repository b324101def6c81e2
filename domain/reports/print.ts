import { stringify } from 'csv-stringify/sync';
import { rupeesFromPaise } from '../../platform/decimal';
import { paiseToJson } from '../../platform/money';
import { asText } from '../statements/csv';
import { createSums, shownText } from './cells';
import { pdfOf } from './print-pdf';
import type { Cells, Report, ReportColumn, ReportForm } from './report';

/** What a file says of itself. It is that of the row, so the same report has the same bytes whoever makes it again. */
export interface PrintedReport {
  report: Report;
  /** As people gave them: with public ids. */
  parameters: Readonly<Record<string, string>>;
  askedAt: Date;
}

/** Lines as they are read, some at a time. */
export type Batches = AsyncIterable<readonly Cells[]>;

export const CONTENT_TYPES: Readonly<Record<ReportForm, string>> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  pdf: 'application/pdf',
};

/** The file in pieces, each printed when its lines are read. Throws DomainError REPORT_TOO_LONG. */
export function printed(
  form: ReportForm,
  of: PrintedReport,
  batches: Batches,
): AsyncGenerator<string | Buffer> {
  return PRINTERS[form](of, batches);
}

const PRINTERS: Readonly<
  Record<ReportForm, (of: PrintedReport, batches: Batches) => AsyncGenerator<string | Buffer>>
> = { json: jsonOf, csv: csvOf, pdf: pdfOf };

/** The last word, `complete`, says that nothing was cut off. */
async function* jsonOf({ report, parameters, askedAt }: PrintedReport, batches: Batches) {
  const { columns } = report;
  const sums = createSums(report);
  const head = {
    object: 'report_file',
    report: report.name,
    title: report.title,
    parameters,
    asked_at: askedAt.toISOString(),
    columns: columns.map(({ name, title, type }) => ({ name, title, type, unit: UNITS[type] ?? null })),
  };
  yield `${JSON.stringify(head).slice(0, -1)},"lines":[`;
  for await (const batch of batches) {
    const texts = batch.map((line) => `${sums.lines === 0 ? '' : ','}\n${lineOf(columns, line, sums)}`);
    yield texts.join('');
  }
  const totals = Object.fromEntries(
    columns.flatMap(({ name }, i) => {
      const sum = sums.of(i);
      return sum === undefined ? [] : [[name, paiseToJson(sum)]];
    }),
  );
  yield `\n],"totals":${JSON.stringify(totals)},"line_count":${sums.lines},"complete":true}\n`;
}

const UNITS: Readonly<Partial<Record<ReportColumn['type'], string>>> = {
  paise: 'paise',
  time: 'IST',
  day: 'IST',
};

function lineOf(columns: readonly ReportColumn[], line: Cells, sums: ReturnType<typeof createSums>): string {
  sums.add(line);
  return JSON.stringify(
    Object.fromEntries(
      columns.map((column, i) => {
        const cell = line[i] ?? null;
        if (cell === null) return [column.name, null];
        if (column.type === 'paise') return [column.name, paiseToJson(BigInt(cell))];
        return [column.name, column.type === 'count' ? Number(cell) : shownText(column, cell)];
      }),
    ),
  );
}

/**
 * RFC 4180, UTF-8. Amounts are plain decimals in rupees, so that they stay numbers; what a spreadsheet may run is guarded
 * in columns of text alone, as in statements. The last line has the sums.
 */
async function* csvOf({ report }: PrintedReport, batches: Batches) {
  const { columns } = report;
  const sums = createSums(report);
  yield written([columns.map(({ name }) => name)]);
  for await (const batch of batches) {
    for (const line of batch) sums.add(line);
    yield written(batch.map((line) => columns.map((column, i) => csvCell(column, line[i] ?? null))));
  }
  if (columns.some(({ isSummed }) => isSummed === true))
    yield written([
      columns.map((_, i) => {
        const sum = sums.of(i);
        if (sum !== undefined) return rupeesFromPaise(sum);
        return i === 0 ? 'Total' : '';
      }),
    ]);
}

const written = (lines: readonly (readonly string[])[]): string =>
  stringify([...lines.map((line) => [...line])], { record_delimiter: '\r\n' });

function csvCell(column: ReportColumn, cell: string | null): string {
  if (cell === null) return '';
  if (column.type === 'paise') return rupeesFromPaise(BigInt(cell));
  return column.type === 'count' ? cell : asText(shownText(column, cell));
}
