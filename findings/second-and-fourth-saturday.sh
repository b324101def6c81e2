#!/usr/bin/env bash
# Banks in India are closed on the second and the fourth Saturday. The libraries that schedule jobs (BullMQ: cron-parser)
# on one line for both.
#
# Expected: `6#2,6#4` in the last field, since `#` is in the documentation of cron-parser, croner and node-cron. Or, in
# the words of classic cron, days 8-14 and 22-28 that are Saturdays.
# Seen: croner takes the first. cron-parser refuses it ("special characters are incompatible"), so BullMQ needs two
# schedules. cron knows no `#`. node-cron says that it is valid. The second form is taken by all and means something
# else: every day from 8 to 14 and from 22 to 28, and every Saturday besides.
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages cron@4.4.0 cron-parser@5.10.3 croner@11.0.1 node-cron@4.6.0

cat >look.mjs <<'EOF'
import { CronTime } from 'cron';
import { CronExpressionParser } from 'cron-parser';
import { Cron } from 'croner';
import nodeCron from 'node-cron';

const tz = 'Asia/Kolkata';
const from = new Date('2026-11-30T18:30:00Z');
const day = (date) => new Date(date.getTime() + 19_800_000).toISOString().slice(5, 10);
const libraries = {
  'cron-parser': (text) => CronExpressionParser.parse(text, { tz, currentDate: from }).take(5).map((at) => day(at.toDate())),
  croner: (text) => new Cron(text, { timezone: tz }).nextRuns(5, from).map(day),
  cron: (text) => {
    let at = from;
    return Array.from({ length: 5 }, () => day((at = new CronTime(text, tz).getNextDateFrom(at, tz).toJSDate())));
  },
  'node-cron': (text) => [nodeCron.validate(text) ? 'valid' : 'invalid'],
};
for (const text of ['0 9 * * 6#2,6#4', '0 9 8-14,22-28 * 6']) {
  console.log(text);
  for (const [name, next] of Object.entries(libraries)) {
    try {
      console.log(`  ${name}: ${next(text).join(' ')}`);
    } catch (error) {
      console.log(`  ${name}: ${error.message}`);
    }
  }
}
EOF
cat >expected <<'EOF'
0 9 * * 6#2,6#4
  cron-parser: Constraint error, invalid dayOfWeek `#` and `,` special characters are incompatible
  croner: 12-12 12-26 01-09 01-23 02-13
  cron: Field (dayOfWeek) cannot be parsed
  node-cron: valid
0 9 8-14,22-28 * 6
  cron-parser: 12-05 12-08 12-09 12-10 12-11
  croner: 12-05 12-08 12-09 12-10 12-11
  cron: 12-05 12-08 12-09 12-10 12-11
  node-cron: valid
EOF
look
