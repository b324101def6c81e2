#!/usr/bin/env bash
# The amount in words of a receipt or a cheque, by libraries that offer Indian words. The figure and the words must be
# the same amount; where they differ, the words count (Negotiable Instruments Act 1881, section 18).
#
# Expected: "one thousand five hundred rupees and seventy-five paise", and the same form at every size.
# Seen: written-number (enIndian) rounds 1,500.75 to 1,501 and 100.05 to 100. convert-rupees-into-words names places that
# are empty ("One Crore Lakh Thousand One"), and has no word at all from 100 crore on: an empty text. n2words (en-IN)
# says arab and kharab, which banks do not write. No two agree at 100 crore.
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages convert-rupees-into-words@1.0.6 n2words@4.0.0 written-number@0.11.1

cat >look.mjs <<'EOF'
import convert from 'convert-rupees-into-words';
import { toCurrency } from 'n2words/en-IN';
import written from 'written-number';

for (const rupees of [1500.75, 100.05, 100001, 10000001, 1000000000]) {
  console.log(rupees);
  console.log(`  written-number: ${written(rupees, { lang: 'enIndian' })}`);
  console.log(`  convert-rupees-into-words: ${JSON.stringify(convert(rupees))}`);
  console.log(`  n2words: ${toCurrency(rupees)}`);
}
EOF
cat >expected <<'EOF'
1500.75
  written-number: one thousand five hundred and one
  convert-rupees-into-words: "One Thousand Five Hundred Rupees and Seventy Five Paisa"
  n2words: one thousand five hundred rupees and seventy-five paise
100.05
  written-number: one hundred
  convert-rupees-into-words: "Hundred Rupees and Five Paisa"
  n2words: one hundred rupees and five paise
100001
  written-number: one lakh and one
  convert-rupees-into-words: "One Lakh Thousand One Rupees"
  n2words: one lakh and one rupees
10000001
  written-number: one crore and one
  convert-rupees-into-words: "One Crore Lakh Thousand One Rupees"
  n2words: one crore and one rupees
1000000000
  written-number: one hundred crore
  convert-rupees-into-words: ""
  n2words: one arab rupees
EOF
look
