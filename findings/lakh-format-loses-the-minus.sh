#!/usr/bin/env bash
# Excel groups in lakhs by a number format with conditions, the way that is told everywhere:
# [>=10000000]#\,##\,##\,##0.00;[>=100000]#\,##\,##0.00;#,##0.00
#
# Expected: a reader shows a negative amount by the last section, with its minus, as numfmt does.
# Seen: xlsx (SheetJS) and its ssf print it without. `sheet_to_csv`, and `sheet_to_json` with `raw: false`, make
# 1,234,567.50 of -12,34,567.50: a debit has become a credit, in a file that was right. The plain `#,##,##0.00`,
# which people try first, is not known to it: the amount comes without commas and without its last zero.
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages exceljs@4.4.0 numfmt@4.0.1 xlsx@0.18.5

cat >look.mjs <<'EOF'
import ExcelJS from 'exceljs';
import { format } from 'numfmt';
import XLSX from 'xlsx';

const formats = ['[>=10000000]#\\,##\\,##\\,##0.00;[>=100000]#\\,##\\,##0.00;#,##0.00', '#,##,##0.00', '#,##0.00'];
for (const numFmt of formats) {
  const book = new ExcelJS.Workbook();
  const sheet = book.addWorksheet('statement');
  sheet.addRow([1234567.5, -1234567.5, -500]).eachCell((cell) => Object.assign(cell, { numFmt }));
  const read = XLSX.read(await book.xlsx.writeBuffer()).Sheets.statement;
  console.log(numFmt);
  console.log(`  xlsx: ${XLSX.utils.sheet_to_json(read, { header: 1, raw: false })[0].join(' | ')}`);
  console.log(`  numfmt: ${[1234567.5, -1234567.5, -500].map((amount) => format(numFmt, amount)).join(' | ')}`);
}
EOF
cat >expected <<'EOF'
[>=10000000]#\,##\,##\,##0.00;[>=100000]#\,##\,##0.00;#,##0.00
  xlsx: 12,34,567.50 | 1,234,567.50 | 500.00
  numfmt: 12,34,567.50 | -1,234,567.50 | -500.00
#,##,##0.00
  xlsx: 1234567.5 | -1234567.5 | -500
  numfmt: 1,234,567.50 | -1,234,567.50 | -500.00
#,##0.00
  xlsx: 1,234,567.50 | -1,234,567.50 | -500.00
  numfmt: 1,234,567.50 | -1,234,567.50 | -500.00
EOF
look
