#!/usr/bin/env bash
# 18 % GST on a fee, and the same on the fee that is given back. GST rounds half a paisa up.
#
# Expected: the tax of -x is minus the tax of x, so that a reversal takes back what was charged. big.js, decimal.js and
# PostgreSQL's numeric do so: half goes away from zero.
# Seen, over all fees from 1 paisa to 1,000.00 rupees: currency.js and dinero.js with its `halfUp` differ by a paisa for
# 2 % of them, since half goes towards plus infinity. dinero.js without a named rounding takes the floor, and differs
# for 98 %. money-math, which works on texts, loses the minus below 0.20 and is off by a paisa for half of the rest.
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages big.js@7.0.1 currency.js@2.0.4 decimal.js@10.6.0 dinero.js@2.0.2 money-math@2.6.3

cat >look.mjs <<'EOF'
import Big from 'big.js';
import currency from 'currency.js';
import Decimal from 'decimal.js';
import * as D from 'dinero.js';
import moneyMath from 'money-math';

const paiseOf = (text) => Number(text.replace('.', ''));
const rupees = (paise) => `${paise < 0 ? '-' : ''}${moneyMath.centsToAmount(String(Math.abs(paise)))}`;
const dinero = (rounding) => (paise) => {
  const tax = D.multiply(D.dinero({ amount: paise, currency: D.INR }), { amount: 18, scale: 2 });
  return D.toSnapshot(rounding === undefined ? D.transformScale(tax, 2) : D.transformScale(tax, 2, rounding)).amount;
};
const ways = {
  'big.js roundHalfUp': (paise) => new Big(paise).times('0.18').round(0, Big.roundHalfUp).toNumber(),
  'decimal.js ROUND_HALF_UP': (paise) => new Decimal(paise).times('0.18').toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toNumber(),
  'dinero.js halfAwayFromZero': dinero(D.halfAwayFromZero),
  'dinero.js halfUp': dinero(D.halfUp),
  'dinero.js by default': dinero(),
  'currency.js': (paise) => currency(paise, { fromCents: true }).multiply(0.18).intValue,
  'money-math': (paise) => paiseOf(moneyMath.mul(rupees(paise), '0.18')),
};
for (const [name, taxOf] of Object.entries(ways)) {
  const differ = [];
  for (let paise = 1; paise <= 100_000; paise += 1)
    if (taxOf(paise) + taxOf(-paise) !== 0) differ.push(paise);
  const example = differ.length === 0 ? '' : `: ${differ[0]} paise ${taxOf(differ[0])}, back ${taxOf(-differ[0])}`;
  console.log(`${name}: ${differ.length} of 100000${example}`);
}
EOF
cat >expected <<'EOF'
big.js roundHalfUp: 0 of 100000
decimal.js ROUND_HALF_UP: 0 of 100000
dinero.js halfAwayFromZero: 0 of 100000
dinero.js halfUp: 2000 of 100000: 25 paise 5, back -4
dinero.js by default: 98000 of 100000: 1 paise 0, back -1
currency.js: 2000 of 100000: 25 paise 5, back -4
money-math: 50000 of 100000: 3 paise 1, back 1
EOF
look
