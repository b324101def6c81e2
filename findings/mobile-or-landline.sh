#!/usr/bin/env bash
# Which ten digits are a mobile number in India? The rule that all use: the first is 6 to 9.
#
# Expected: libphonenumber-js (`max`, the metadata of Google's libphonenumber) agrees.
# Seen: of 4,000 numbers that begin with 6 to 9, one of each thousand block, it says of 300 that they are landlines, and of
# 60 that they may be: area codes begin with the same digits (Bengaluru 80, Ahmedabad 79). An SMS there is paid for and read by
# nobody. And it calls 1600xxxxxx a mobile number: the series that banks and insurers are given for their calls.
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages libphonenumber-js@1.13.16

cat >look.mjs <<'EOF'
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

const typeOf = (text) => {
  const number = parsePhoneNumberFromString(text, 'IN');
  return number?.isValid() ? (number.getType() ?? 'no type') : 'not valid';
};
for (const text of ['9876543210', '8022221234', '7926301234', '8066661234', '1600123456'])
  console.log(`${text}: ${/^[6-9]\d{9}$/.test(text) ? 'begins with 6 to 9' : 'does not'}; ${typeOf(text)}`);
const counts = {};
for (let head = 6000; head < 10_000; head += 1) {
  const type = typeOf(`${head}123456`);
  counts[type] = (counts[type] ?? 0) + 1;
}
console.log(JSON.stringify(counts));
EOF
cat >expected <<'EOF'
9876543210: begins with 6 to 9; MOBILE
8022221234: begins with 6 to 9; FIXED_LINE
7926301234: begins with 6 to 9; FIXED_LINE
8066661234: begins with 6 to 9; FIXED_LINE_OR_MOBILE
1600123456: does not; MOBILE
{"MOBILE":3640,"FIXED_LINE":300,"FIXED_LINE_OR_MOBILE":60}
EOF
look
