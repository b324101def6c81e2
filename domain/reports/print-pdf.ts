import { formatRupees } from '../../platform/money';
import { DomainError } from '../errors/errors';
import { inIndia } from '../statements/csv';
import { newDocument, printable, WIDE } from '../statements/pdf';
import { createSums, shownText } from './cells';
import { REPORT_ERRORS } from './errors';
import type { Batches, PrintedReport } from './print';
import type { ReportColumn } from './report';

/** A report on A4, for people. Its pages leave as they are drawn, so a long one takes no more memory than a short one. */
const MARGIN = 36;
const ROW = 14;
const TEXT_SIZE = 7;
const GAP = 5;
/** Some five hundred pages; more is for a program, and that reads CSV. */
export const REPORT_PDF_LINES = 20_000;
const PLAIN = { lineBreak: false, ellipsis: true } as const;

interface Place {
  column: ReportColumn;
  index: number;
  x: number;
  width: number;
}
interface Sheet {
  doc: PDFKit.PDFDocument;
  places: readonly Place[];
  foot: string;
  y: number;
  page: number;
}

export async function* pdfOf(of: PrintedReport, batches: Batches): AsyncGenerator<Buffer> {
  const { report, askedAt } = of;
  const doc = await newDocument(report.title, askedAt, { ...WIDE, margin: MARGIN });
  const sums = createSums(report);
  const sheet: Sheet = {
    doc,
    places: placesOf(report.columns, 842 - 2 * MARGIN),
    foot: footOf(of),
    y: 0,
    page: 0,
  };
  nextPage(sheet);
  drawHead(sheet, of);
  drawTitles(sheet);
  for await (const batch of batches) {
    if (sums.lines + batch.length > REPORT_PDF_LINES)
      throw new DomainError(REPORT_ERRORS.REPORT_TOO_LONG, {
        detail: `a PDF holds ${REPORT_PDF_LINES} lines at most: ask for fewer days, or for CSV`,
      });
    for (const line of batch) {
      sums.add(line);
      drawRow(sheet, ({ column, index }) => printedCell(doc, column, line[index] ?? null));
    }
    yield* drawn(doc);
  }
  drawSums(sheet, sums);
  doc.end();
  for await (const bytes of doc) yield bytes as Buffer;
}

/** What was drawn so far. */
function* drawn(doc: PDFKit.PDFDocument): Generator<Buffer> {
  for (let bytes = doc.read() as Buffer | null; bytes !== null; bytes = doc.read() as Buffer | null)
    yield bytes;
}

function placesOf(columns: readonly ReportColumn[], room: number): Place[] {
  const all = columns.reduce((sum, { width = 0 }) => sum + width, 0);
  let x = MARGIN;
  return columns.flatMap((column, index) => {
    if (column.width === undefined) return [];
    const width = (room * column.width) / all;
    x += width;
    return [{ column, index, x: x - width, width: width - GAP }];
  });
}

const aboutOf = ({ parameters }: PrintedReport): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
const footOf = (of: PrintedReport): string =>
  [of.report.title, aboutOf(of)].filter((part) => part !== '').join(' · ');

function nextPage(sheet: Sheet): void {
  const { doc, foot } = sheet;
  doc.addPage();
  sheet.page += 1;
  sheet.y = MARGIN;
  doc.font('regular').fontSize(TEXT_SIZE).fillColor('#555555');
  // without a height of its own, a line that reaches below the margin would begin another page
  const at = { ...PLAIN, width: doc.page.width - 2 * MARGIN, height: ROW, align: 'right' } as const;
  doc.text(`${foot} · page ${sheet.page}`, MARGIN, doc.page.height - MARGIN - TEXT_SIZE, at);
  doc.fillColor('#000000');
}

function drawHead(sheet: Sheet, of: PrintedReport): void {
  const { doc } = sheet;
  const { date, time } = inIndia(of.askedAt);
  doc.font('bold').fontSize(13).text(of.report.title, MARGIN, sheet.y, PLAIN);
  doc.font('regular').fontSize(9);
  const said = [aboutOf(of), `Asked for on ${date} at ${time} IST. Amounts in rupees.`].filter(
    (one) => one !== '',
  );
  said.forEach((text, i) => doc.text(printable(doc, text), MARGIN, sheet.y + 22 + i * 13, PLAIN));
  sheet.y += 22 + said.length * 13 + 10;
}

function drawTitles(sheet: Sheet): void {
  const { doc } = sheet;
  doc.font('bold').fontSize(TEXT_SIZE);
  drawCells(sheet, ({ column }) => column.title);
  doc.font('regular');
  doc
    .moveTo(MARGIN, sheet.y - 4)
    .lineTo(doc.page.width - MARGIN, sheet.y - 4)
    .lineWidth(0.5)
    .stroke();
}

/** A row, on another page where it does not fit any more. */
function drawRow(sheet: Sheet, textOf: (place: Place) => string): void {
  if (sheet.y + ROW > sheet.doc.page.height - MARGIN - ROW) {
    nextPage(sheet);
    drawTitles(sheet);
  }
  sheet.doc.fontSize(TEXT_SIZE);
  drawCells(sheet, textOf);
}

function drawSums(sheet: Sheet, sums: ReturnType<typeof createSums>): void {
  const lines = `${sums.lines} ${sums.lines === 1 ? 'line' : 'lines'}`;
  sheet.doc.font('bold');
  drawRow(sheet, ({ column, index }) => {
    const sum = sums.of(index);
    if (sum !== undefined) return formatRupees(sum);
    return column === sheet.places[0]!.column ? lines : '';
  });
}

const isNumber = ({ type }: ReportColumn): boolean => type === 'paise' || type === 'count';

function drawCells(sheet: Sheet, textOf: (place: Place) => string): void {
  for (const place of sheet.places) {
    const text = textOf(place);
    if (text === '') continue;
    const align = isNumber(place.column) ? 'right' : 'left';
    sheet.doc.text(text, place.x, sheet.y, { ...PLAIN, width: place.width, height: ROW, align });
  }
  sheet.y += ROW;
}

function printedCell(doc: PDFKit.PDFDocument, column: ReportColumn, cell: string | null): string {
  if (cell === null) return '';
  return column.type === 'paise' ? formatRupees(BigInt(cell)) : printable(doc, shownText(column, cell));
}
