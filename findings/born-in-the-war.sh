#!/usr/bin/env bash
# From September 1942 to October 1945 clocks in India were an hour ahead, at +06:30. Customers who were born then are in
# their eighties, and draw pensions at counters.
#
# Expected: a date of birth from PostgreSQL is the same day in every part of a program.
# Seen: `pg` makes midnight of this machine's zone of a `date`. Where that is Asia/Kolkata, adding 05:30 gives back the
# day for every date but those: 1944-06-01 becomes 1944-05-31. A look at a few dates of today finds nothing.
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages pg@8.23.1

cat >look.mjs <<'EOF'
import pg from 'pg';

process.env.TZ = 'Asia/Kolkata';
const parse = pg.types.getTypeParser(pg.types.builtins.DATE);
for (const day of ['1940-06-01', '1942-12-01', '1944-06-01', '1946-06-01', '1986-06-01', '2026-06-01']) {
  const read = parse(day);
  const moved = new Date(read.getTime() + 5.5 * 3_600_000).toISOString().slice(0, 10);
  console.log(`${day}: pg reads ${read.toISOString()}, with 05:30 ${moved}`);
}
EOF
cat >expected <<'EOF'
1940-06-01: pg reads 1940-05-31T18:30:00.000Z, with 05:30 1940-06-01
1942-12-01: pg reads 1942-11-30T17:30:00.000Z, with 05:30 1942-11-30
1944-06-01: pg reads 1944-05-31T17:30:00.000Z, with 05:30 1944-05-31
1946-06-01: pg reads 1946-05-31T18:30:00.000Z, with 05:30 1946-06-01
1986-06-01: pg reads 1986-05-31T18:30:00.000Z, with 05:30 1986-06-01
2026-06-01: pg reads 2026-05-31T18:30:00.000Z, with 05:30 2026-06-01
EOF
look
