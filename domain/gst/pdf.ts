import { formatRupees } from '../../platform/money';
import { bytesOf, newDocument, printable } from '../statements/pdf';
import type { TaxDocumentView } from './read';

/** A tax document for people, one page of A4. */
const MARGIN = 48;
const ROW = 18;
const WIDTH = 595 - 2 * MARGIN;
const TITLES = { invoice: 'Tax invoice', credit_note: 'Credit note' } as const;
const PLAIN = { lineBreak: false, ellipsis: true } as const;

export async function pdfOfDocument(view: TaxDocumentView): Promise<Buffer> {
  const made = new Date(`${view.date}T00:00:00Z`);
  const title = `${TITLES[view.kind]} ${view.number}`;
  const doc = await newDocument(title, made, { margin: MARGIN });
  const whole = bytesOf(doc);
  const pen = { y: MARGIN };
  const write = (text: string, font: 'regular' | 'bold' = 'regular', size = 9): void => {
    doc.font(font).fontSize(size);
    doc.text(printable(doc, text), MARGIN, pen.y, { ...PLAIN, width: WIDTH });
    pen.y += size + 6;
  };
  write(title, 'bold', 14);
  headOf(view).forEach((text) => {
    write(text);
  });
  pen.y += 10;
  const cells = rowsOf(doc, pen);
  cells(['Service', 'SAC', 'Rate', 'Number', 'Taxable', 'Tax'], 'bold');
  for (const { service, sac, rate_bps: rate, supplies, taxable, tax } of view.lines)
    cells([service, sac, `${rate / 100} %`, String(supplies), rupees(taxable), rupees(tax)]);
  pen.y += 6;
  for (const [name, paise] of sumsOf(view))
    cells(['', '', '', '', name, rupees(paise)], name === 'Total' ? 'bold' : 'regular');
  doc.end();
  return whole;
}

const rupees = (paise: number): string => formatRupees(BigInt(paise));

function headOf(view: TaxDocumentView): string[] {
  return [
    `Date ${view.date}`,
    ...(view.invoice === null ? [] : [`Of the invoice ${view.invoice}`]),
    '',
    view.seller_name,
    view.seller_address,
    `GSTIN ${view.seller_gstin}`,
    '',
    `To ${view.buyer_name}`,
    view.buyer_gstin === null ? 'Not registered under GST' : `GSTIN ${view.buyer_gstin}`,
    `Place of supply: ${view.place_of_supply} ${view.place_of_supply_name}`,
  ];
}

function sumsOf(view: TaxDocumentView): [string, number][] {
  const { taxable, cgst, sgst, utgst, igst, rounding, total } = view;
  const taxes: [string, number][] = [
    ['CGST', cgst],
    ['SGST', sgst],
    ['UTGST', utgst],
    ['IGST', igst],
    ['Rounding', rounding],
  ];
  return [['Taxable', taxable], ...taxes.filter(([, paise]) => paise !== 0), ['Total', total]];
}

const WIDTHS = [150, 60, 50, 60, 90, 89] as const;

function rowsOf(doc: PDFKit.PDFDocument, pen: { y: number }) {
  return (texts: readonly string[], font: 'regular' | 'bold' = 'regular'): void => {
    doc.font(font).fontSize(9);
    let x = MARGIN;
    texts.forEach((text, i) => {
      if (text !== '')
        doc.text(text, x, pen.y, { ...PLAIN, width: WIDTHS[i]! - 6, align: i < 3 ? 'left' : 'right' });
      x += WIDTHS[i]!;
    });
    pen.y += ROW;
  };
}
