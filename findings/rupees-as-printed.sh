#!/usr/bin/env bash
# Statements of Indian banks print `Rs. 1,500.00`, and `1,500.00 Dr` or `1,500.00Cr` for the two sides.
#
# Expected: libraries that read printed money give 1500 or refuse, and keep the side or refuse.
# Seen: accounting reads `Rs. 1,500.00` as 0.15, since the dot of `Rs.` becomes the decimal point. currency.js and
# numeral give NaN, which is no error either. All three drop Dr and Cr: a debit and a credit are the same number.
# They do know a side that is in brackets, which Indian statements do not use.
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages accounting@0.4.1 currency.js@2.0.4 numeral@2.0.6

cat >look.mjs <<'EOF'
import accounting from 'accounting';
import currency from 'currency.js';
import numeral from 'numeral';

for (const text of ['Rs. 1,500.00', 'INR 1,500.00', '1,23,456.78 Dr', '1,23,456.78 Cr', '(1,23,456.78)'])
  console.log(
    `${text}: accounting ${accounting.unformat(text)}, currency.js ${currency(text).value}, numeral ${numeral(text).value()}`,
  );
EOF
cat >expected <<'EOF'
Rs. 1,500.00: accounting 0.15, currency.js NaN, numeral NaN
INR 1,500.00: accounting 1500, currency.js 1500, numeral 1500
1,23,456.78 Dr: accounting 123456.78, currency.js 123456.78, numeral 123456.78
1,23,456.78 Cr: accounting 123456.78, currency.js 123456.78, numeral 123456.78
(1,23,456.78): accounting -123456.78, currency.js -123456.78, numeral -123456.78
EOF
look
