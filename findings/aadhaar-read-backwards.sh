#!/usr/bin/env bash
# An Aadhaar number is twelve digits, the first from 2 to 9, with Verhoeff's check digit.
#
# Expected: validators agree on numbers that satisfy this.
# Seen: stdnum refuses those that read the same backwards, as "invalid format"; aadhaar-validator, node-verhoeff and
# format-utils take them. 80,153 numbers with a right check digit are of that kind. (python-stdnum's rule, which stdnum
# follows; UIDAI publishes no list of numbers that it does not give.)
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages aadhaar-validator@1.1.0 format-utils@0.0.13 node-verhoeff@0.0.11 stdnum@1.12.0

cat >look.mjs <<'EOF'
import aadhaarValidator from 'aadhaar-validator';
import formatUtils from 'format-utils';
import verhoeff from 'node-verhoeff';
import { stdnum } from 'stdnum';

const validators = {
  'aadhaar-validator': (digits) => aadhaarValidator.isValidNumber(digits),
  'format-utils': (digits) => formatUtils.Validator.aadhaar(digits),
  'node-verhoeff': (digits) => verhoeff.validate(digits),
  stdnum: (digits) => stdnum.IN.aadhaar.validate(digits).isValid,
};
for (const digits of ['200020020002', '234567890124', '234567890123'])
  console.log(`${digits}: ${Object.entries(validators).map(([name, takes]) => `${name} ${takes(digits)}`).join(', ')}`);
let count = 0;
for (let half = 200_000; half < 1_000_000; half += 1)
  if (verhoeff.validate(`${half}${[...String(half)].reverse().join('')}`)) count += 1;
console.log(`${count} numbers with a right check digit read the same backwards`);
EOF
cat >expected <<'EOF'
200020020002: aadhaar-validator true, format-utils true, node-verhoeff true, stdnum false
234567890124: aadhaar-validator true, format-utils true, node-verhoeff true, stdnum true
234567890123: aadhaar-validator false, format-utils false, node-verhoeff false, stdnum false
80153 numbers with a right check digit read the same backwards
EOF
look
