#!/usr/bin/env bash
# knex with paise as bigint, which its types allow and `pg` sends as it should.
#
# Expected: `toString()` and `toQuery()` print the query with its values (knex: "Returns an array of query strings
# filled out with the correct values based on bindings, etc. Useful for debugging"), and `increment` adds the amount.
# Seen: both print every bigint as an empty text ('paise = '''), so a query that is built that way (COPY (...) TO,
# EXPLAIN, a generated script) finds nothing or writes nothing that is a number. `increment` and `decrement` pass the
# amount through a float: above 2^53 the amount that reaches the database is another, in the real query too. A text of
# digits goes the same way.
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages knex@3.3.0 pg@8.23.1

cat >look.mjs <<'EOF'
import createKnex from 'knex';

const knex = createKnex({ client: 'pg' });
const found = knex('wallets').where('paise', 150000n);
console.log(`sent: ${found.toSQL().sql} with ${found.toSQL().bindings.map((value) => `${value} (${typeof value})`)}`);
console.log(`toString: ${found.toString()}`);
console.log(`toQuery: ${knex('wallets').insert({ paise: 150000n }).toQuery()}`);
console.log(`raw: ${knex.raw('select :paise', { paise: 150000n }).toString()}`);
for (const amount of [9007199254740993n, '9007199254740993'])
  console.log(`increment by ${amount} (${typeof amount}): ${knex('wallets').increment('paise', amount).toSQL().bindings}`);
EOF
cat >expected <<'EOF'
sent: select * from "wallets" where "paise" = ? with 150000 (bigint)
toString: select * from "wallets" where "paise" = ''
toQuery: insert into "wallets" ("paise") values ('')
raw: select ''
increment by 9007199254740993 (bigint): 9007199254740992
increment by 9007199254740993 (string): 9007199254740992
EOF
look
