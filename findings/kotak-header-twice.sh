#!/usr/bin/env bash
# Kotak Mahindra Bank's CSV statement has two columns with one name, `Dr / Cr`: the first belongs to the amount, the
# second to the balance. (The header is in the statement readers of many public repositories, letter for letter.)
#
# Expected: a reader that makes an object of each line keeps both, or says that it cannot.
# Seen: csv-parse (columns: true), csv-parser, csvtojson and d3-dsv keep the last one without a word. A debit from an
# account with money in it reads CR, so money that left reads as money that came. papaparse keeps both, the second as
# `Dr / Cr_1`. fast-csv refuses the file.
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages csv-parse@7.0.3 csv-parser@3.2.1 csvtojson@2.0.14 d3-dsv@3.0.2 fast-csv@5.0.8 papaparse@5.7.1

cat >look.mjs <<'EOF'
import { Readable } from 'node:stream';
import { parse } from 'csv-parse/sync';
import csvParser from 'csv-parser';
import csvtojson from 'csvtojson';
import { csvParse } from 'd3-dsv';
import fastCsv from 'fast-csv';
import Papa from 'papaparse';

const file = [
  'Sl. No.,Transaction Date,Value Date,Description,Chq / Ref No.,Amount,Dr / Cr,Balance,Dr / Cr',
  '1,01-09-2026,01-09-2026,RENT,UTR1,"32,000.00",DR,"1,68,000.00",CR',
  '',
].join('\n');
console.warn = () => {};
const all = async (stream) => stream.toArray();
const readers = {
  'csv-parse': () => parse(file, { columns: true }),
  'csv-parser': () => all(Readable.from([file]).pipe(csvParser())),
  csvtojson: () => csvtojson().fromString(file),
  'd3-dsv': () => csvParse(file),
  'fast-csv': () => all(fastCsv.parseString(file, { headers: true })),
  papaparse: () => Papa.parse(file, { header: true, skipEmptyLines: true }).data,
};
for (const [name, read] of Object.entries(readers)) {
  try {
    const [line] = await read();
    const marks = Object.entries(line).filter(([column]) => column.startsWith('Dr / Cr'));
    console.log(`${name}: ${line.Amount} is ${marks.map(([column, mark]) => `${column} = ${mark}`).join(', ')}`);
  } catch (error) {
    console.log(`${name}: ${error.message}`);
  }
}
EOF
cat >expected <<'EOF'
csv-parse: 32,000.00 is Dr / Cr = CR
csv-parser: 32,000.00 is Dr / Cr = CR
csvtojson: 32,000.00 is Dr / Cr = CR
d3-dsv: 32,000.00 is Dr / Cr = CR
fast-csv: Duplicate headers found ["Dr / Cr"]
papaparse: 32,000.00 is Dr / Cr = DR, Dr / Cr_1 = CR
EOF
look
