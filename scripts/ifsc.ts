/**
 * `npm run ifsc -- FOLDER RELEASE`: renews the list of banks in `domain/beneficiaries/` from a release of
 * https://github.com/razorpay/ifsc, whose `src/IFSC.json` and `src/banknames.json` lie in the folder.
 */
import fs from 'node:fs';
import path from 'node:path';
import { banksOf } from './ifsc/banks';
import { ROOT } from './stack/root';

const FILE = path.join('domain', 'beneficiaries', 'ifsc-banks.json');
const [folder, release] = process.argv.slice(2);
if (folder === undefined || release === undefined || !/^\d+\.\d+\.\d+$/.test(release)) {
  console.error('usage: npm run ifsc -- FOLDER RELEASE (a folder with IFSC.json and banknames.json; 2.0.59)');
  process.exit(2);
}
const read = (name: string): unknown => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));
const banks = banksOf(read('IFSC.json'), read('banknames.json'));
const made = {
  source: 'https://github.com/razorpay/ifsc, made by npm run ifsc',
  release,
  licence: 'MIT, copyright (c) 2020 Razorpay: see ifsc-banks.licence.txt',
  banks,
};
fs.writeFileSync(path.join(ROOT, FILE), `${JSON.stringify(made, null, 2)}\n`);
console.log(`wrote ${FILE}: ${Object.keys(banks).length} banks of release ${release}`);
