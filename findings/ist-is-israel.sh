#!/usr/bin/env bash
# Indian banks and providers write `29-11-2026 23:30 IST`. PostgreSQL reads names of zones by timezone_abbreviations,
# whose default set has IST as Israel's time, +02. Since version 18 an abbreviation of the session's own zone goes first.
#
# Expected: the same text is the same instant.
# Seen (PostgreSQL 18.7 in PGlite): with TimeZone UTC it is 21:30 UTC, three and a half hours late and on another day in
# India; with Asia/Kolkata it is 18:00 UTC. A script that is tried in a session of one zone and run in one of the other
# books on another day. chrono-node reads India; Node's own Date reads nothing.
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages @electric-sql/pglite@0.5.17 chrono-node@2.10.3

cat >look.mjs <<'EOF'
import { PGlite } from '@electric-sql/pglite';
import * as chrono from 'chrono-node';

const database = new PGlite();
const [{ server_version }] = (await database.query('show server_version')).rows;
console.log(`PostgreSQL ${server_version.split(' ')[0]}`);
const settings = [
  "set timezone = 'UTC'",
  "set timezone = 'Asia/Kolkata'",
  "set timezone = 'UTC'; set timezone_abbreviations = 'India'",
];
for (const setting of settings) {
  await database.exec(setting);
  const { rows } = await database.query(
    `select to_char('2026-11-29 23:30 IST'::timestamptz at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as at`,
  );
  console.log(`${setting}: ${rows[0].at} UTC`);
}
console.log(`chrono-node: ${chrono.parseDate('29 Nov 2026 23:30 IST').toISOString()}`);
console.log(`Date: ${new Date('29 Nov 2026 23:30 IST').getTime()}`);
await database.close();
process.exit(0);
EOF
cat >expected <<'EOF'
PostgreSQL 18.7
set timezone = 'UTC': 2026-11-29 21:30 UTC
set timezone = 'Asia/Kolkata': 2026-11-29 18:00 UTC
set timezone = 'UTC'; set timezone_abbreviations = 'India': 2026-11-29 18:00 UTC
chrono-node: 2026-11-29T18:00:00.000Z
Date: NaN
EOF
look
