#!/usr/bin/env bash
# Eko's mock server and documentation print balances of a crore and more as Java's Double.toString does:
# "2.20834002375E9" is 2,20,83,40,023.75 rupees.
#
# Expected: a library for money reads it as big.js, decimal.js and Number do, or refuses it.
# Seen: currency.js takes the letter away and reads 2.21, even with `errorOnInvalid: true`; accounting and numeral read
# 2.208340023759, the exponent having become a last digit. A float of 220 crore is compared as two rupees: it looks
# empty, and every transfer is held back.
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages accounting@0.4.1 big.js@7.0.1 currency.js@2.0.4 decimal.js@10.6.0 numeral@2.0.6

cat >look.mjs <<'EOF'
import accounting from 'accounting';
import Big from 'big.js';
import currency from 'currency.js';
import Decimal from 'decimal.js';
import numeral from 'numeral';

for (const text of ['2.20834002375E9', '1.0E7']) {
  console.log(`${text}: Number ${Number(text)}, big.js ${new Big(text).toFixed()}, decimal.js ${new Decimal(text).toFixed()}`);
  console.log(`  currency.js ${currency(text, { errorOnInvalid: true }).value}`);
  console.log(`  accounting ${accounting.unformat(text)}, numeral ${numeral(text).value()}`);
}
EOF
cat >expected <<'EOF'
2.20834002375E9: Number 2208340023.75, big.js 2208340023.75, decimal.js 2208340023.75
  currency.js 2.21
  accounting 2.208340023759, numeral 2.208340023759
1.0E7: Number 10000000, big.js 10000000, decimal.js 10000000
  currency.js 1.07
  accounting 1.07, numeral 1.07
EOF
look
