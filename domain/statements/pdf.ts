import path from 'node:path';
import type { Knex } from 'knex';
import { publicId } from '../../platform/ids';
import { formatRupees, type Paise } from '../../platform/money';
import { inIndia } from './csv';
import { linesOf, type Span, type SpanLine } from './span';
import { wordsOf } from './words';

/**
 * A statement for people, on A4. The font is embedded and has the rupee sign, which those of PDF itself do not. Page
 * after page is drawn with room for other work between them: a process that draws answers others meanwhile.
 */
const FONTS = path.dirname(require.resolve('@expo-google-fonts/noto-sans/package.json'));
const REGULAR = path.join(FONTS, '400Regular', 'NotoSans_400Regular.ttf');
const BOLD = path.join(FONTS, '700Bold', 'NotoSans_700Bold.ttf');

/**
 * A document on A4 with the fonts `regular` and `bold`. What draws it is loaded with the first one: it is large, and few
 * processes draw.
 */
export async function newDocument(
  title: string,
  madeAt: Date,
  options: PDFKit.PDFDocumentOptions,
): Promise<PDFKit.PDFDocument> {
  const { default: Pdf } = await import('pdfkit');
  const info = { Title: title, CreationDate: madeAt, Producer: 'Munim', Creator: 'Munim' };
  return new Pdf({ size: 'A4', info, ...options })
    .registerFont('regular', REGULAR)
    .registerFont('bold', BOLD);
}

/** Of wide tables, whose pages are begun by who draws them. */
export const WIDE = { layout: 'landscape', autoFirstPage: false } as const;

const MARGIN = 36;
const ROW = 15;
const TEXT_SIZE = 7.5;
interface Column {
  title: string;
  width: number;
  isAmount?: true;
  text: (line: SpanLine) => string;
}
const COLUMNS: readonly Column[] = [
  { title: 'Date', width: 48, text: ({ at }) => inIndia(at).date },
  { title: 'Time (IST)', width: 42, text: ({ at }) => inIndia(at).time },
  { title: 'What', width: 160, text: wordsOf },
  { title: 'Reference', width: 150, text: ({ reference }) => reference ?? '' },
  { title: 'UTR', width: 112, text: ({ utr }) => utr ?? '' },
  { title: 'Debit', width: 82, isAmount: true, text: (l) => (l.isCredit ? '' : formatRupees(l.amountPaise)) },
  {
    title: 'Credit',
    width: 82,
    isAmount: true,
    text: (l) => (l.isCredit ? formatRupees(l.amountPaise) : ''),
  },
  { title: 'Balance', width: 92, isAmount: true, text: (l) => formatRupees(l.balancePaise) },
];

/** One that has room for what comes, and where it comes. */
interface Page {
  doc: PDFKit.PDFDocument;
  y: number;
  no: number;
}

/** The whole of it; `at` is the instant at which it was asked for. */
export async function pdfOf(lists: Knex, span: Span, at: Date): Promise<Buffer> {
  const doc = await newDocument(titleOf(span), at, { ...WIDE, margin: MARGIN });
  const whole = bytesOf(doc);
  const page: Page = { doc, y: 0, no: 0 };
  nextPage(page, span);
  drawHead(page, span, at);
  drawTitles(page);
  drawBalance(page, 'Opening balance', span.openingPaise);
  const totals = { debits: 0n, credits: 0n, lines: 0 };
  for await (const lines of linesOf(lists, span)) {
    for (const line of lines) {
      if (await isTurned(page, span)) drawTitles(page);
      drawLine(page, line);
      totals.lines += 1;
      if (line.isCredit) totals.credits += line.amountPaise;
      else totals.debits += line.amountPaise;
    }
  }
  if (await isTurned(page, span)) drawTitles(page);
  drawBalance(page, 'Closing balance', span.closingPaise);
  if (await isTurned(page, span)) drawTitles(page);
  drawTotals(page, totals);
  doc.end();
  return whole;
}

export function bytesOf(doc: PDFKit.PDFDocument): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    doc.on('data', (part: Buffer) => parts.push(part));
    doc.once('end', () => {
      resolve(Buffer.concat(parts));
    });
    doc.once('error', reject);
  });
}

const titleOf = ({ wallet, days }: Span): string =>
  `Statement of the ${wallet.kind} wallet, ${days.from} to ${days.to}`;

/** Begins another page where the next row does not fit any more, after room for other work. */
async function isTurned(page: Page, span: Span): Promise<boolean> {
  if (page.y + ROW <= page.doc.page.height - MARGIN - ROW) return false;
  await new Promise(setImmediate);
  nextPage(page, span);
  return true;
}

function nextPage(page: Page, span: Span): void {
  const { doc } = page;
  doc.addPage();
  page.no += 1;
  page.y = MARGIN;
  // without a height of its own, a line that reaches below the margin would begin another page
  const at = { ...PLAIN, width: doc.page.width - 2 * MARGIN, height: ROW, align: 'right' } as const;
  const foot = doc.page.height - MARGIN - TEXT_SIZE;
  doc.font('regular').fontSize(TEXT_SIZE).fillColor('#555555');
  doc.text(`${titleOf(span)} · page ${page.no}`, MARGIN, foot, at);
  doc.fillColor('#000000');
}

/** Text is put where it is said, and never moves on to another page by itself. */
const PLAIN = { lineBreak: false, ellipsis: true } as const;

function drawHead(page: Page, span: Span, at: Date): void {
  const { doc } = page;
  const { wallet } = span;
  const made = inIndia(at);
  doc.font('bold').fontSize(13).text(titleOf(span), MARGIN, page.y, PLAIN);
  doc.font('regular').fontSize(9);
  const rows = [
    printable(doc, wallet.userName),
    `User ${publicId('user', wallet.userId)} · wallet ${publicId('wallet', wallet.walletId)}`,
    `Made on ${made.date} at ${made.time} IST. Amounts in rupees.`,
  ];
  rows.forEach((text, i) => doc.text(text, MARGIN, page.y + 22 + i * 13, PLAIN));
  page.y += 22 + rows.length * 13 + 10;
}

function drawTitles(page: Page): void {
  page.doc.font('bold').fontSize(TEXT_SIZE);
  drawCells(
    page,
    COLUMNS.map(({ title }) => title),
  );
  page.doc.font('regular');
  page.doc
    .moveTo(MARGIN, page.y - 4)
    .lineTo(page.doc.page.width - MARGIN, page.y - 4)
    .lineWidth(0.5)
    .stroke();
}

function drawBalance(page: Page, what: string, balancePaise: Paise): void {
  page.doc.font('bold').fontSize(TEXT_SIZE);
  drawCells(page, ['', '', what, '', '', '', '', formatRupees(balancePaise)]);
  page.doc.font('regular');
}

function drawTotals(page: Page, totals: { debits: Paise; credits: Paise; lines: number }): void {
  const what = `${totals.lines} ${totals.lines === 1 ? 'line' : 'lines'} in all`;
  drawCells(page, ['', '', what, '', '', formatRupees(totals.debits), formatRupees(totals.credits), '']);
}

function drawLine(page: Page, line: SpanLine): void {
  page.doc.font('regular').fontSize(TEXT_SIZE);
  drawCells(
    page,
    COLUMNS.map(({ text }) => printable(page.doc, text(line))),
  );
}

function drawCells(page: Page, texts: readonly string[]): void {
  let x = MARGIN;
  COLUMNS.forEach(({ width, isAmount }, i) => {
    const text = texts[i]!;
    if (text !== '')
      page.doc.text(text, x, page.y, {
        ...PLAIN,
        width: width - 6,
        height: ROW,
        align: isAmount === true ? 'right' : 'left',
      });
    x += width;
  });
  page.y += ROW;
}

/** A character for which the font has no picture would be an empty box: it is a question mark. */
export function printable(doc: PDFKit.PDFDocument, text: string): string {
  const { font } = (doc as unknown as { _font: { font: { hasGlyphForCodePoint(point: number): boolean } } })
    ._font;
  return Array.from(text, (one) => (font.hasGlyphForCodePoint(one.codePointAt(0)!) ? one : '?')).join('');
}
