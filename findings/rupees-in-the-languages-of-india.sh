#!/usr/bin/env bash
# How the locales of India write an amount in rupees: CLDR, from which Intl, ICU and most libraries have it.
#
# Expected: lakhs and crores, as in en-IN, and digits that a program can read.
# Seen: Marathi, Malayalam and Odia group plain numbers in lakhs and rupees in thousands, so the same amount is written
# in two ways on one page. Kannada, Urdu, Maithili, Santali, Kashmiri, Dogri, Manipuri and Sindhi group all in thousands.
# Ten of the 23 use digits of their own by default, Bengali and Marathi among them: `[0-9]` and Number read none.
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages cldr-numbers-full@48.2.0

cat >look.mjs <<'EOF'
import { readFileSync } from 'node:fs';

const LOCALES = 'en-IN hi bn te mr ta ur-IN gu kn or ml pa as mai sat ks ne-IN kok doi mni brx sa sd'.split(' ');
const grouping = (pattern) => (/#,##,##0/.test(pattern) ? 'lakhs' : 'thousands');
for (const locale of LOCALES) {
  const file = `node_modules/cldr-numbers-full/main/${locale}/numbers.json`;
  const { numbers } = JSON.parse(readFileSync(file, 'utf8')).main[locale];
  const digits = numbers.defaultNumberingSystem;
  const plain = numbers[`decimalFormats-numberSystem-${digits}`].standard;
  const money = numbers[`currencyFormats-numberSystem-${digits}`].standard;
  console.log(`${locale}: digits ${digits}, numbers in ${grouping(plain)}, rupees in ${grouping(money)}`);
}
EOF
cat >expected <<'EOF'
en-IN: digits latn, numbers in lakhs, rupees in lakhs
hi: digits latn, numbers in lakhs, rupees in lakhs
bn: digits beng, numbers in lakhs, rupees in lakhs
te: digits latn, numbers in lakhs, rupees in lakhs
mr: digits deva, numbers in lakhs, rupees in thousands
ta: digits latn, numbers in lakhs, rupees in lakhs
ur-IN: digits arabext, numbers in thousands, rupees in thousands
gu: digits latn, numbers in lakhs, rupees in lakhs
kn: digits latn, numbers in thousands, rupees in thousands
or: digits latn, numbers in lakhs, rupees in thousands
ml: digits latn, numbers in lakhs, rupees in thousands
pa: digits latn, numbers in lakhs, rupees in lakhs
as: digits beng, numbers in lakhs, rupees in lakhs
mai: digits latn, numbers in thousands, rupees in thousands
sat: digits olck, numbers in thousands, rupees in thousands
ks: digits arabext, numbers in thousands, rupees in thousands
ne-IN: digits deva, numbers in lakhs, rupees in lakhs
kok: digits latn, numbers in lakhs, rupees in lakhs
doi: digits latn, numbers in thousands, rupees in thousands
mni: digits beng, numbers in thousands, rupees in thousands
brx: digits latn, numbers in lakhs, rupees in lakhs
sa: digits deva, numbers in lakhs, rupees in lakhs
sd: digits arab, numbers in thousands, rupees in thousands
EOF
look
