#!/usr/bin/env bash
# @formance/formance-sdk, the client of the Formance ledger, types amounts and transaction ids as bigint, and the
# server's amounts have no upper bound.
#
# Expected: what the server writes as 90071992547409931 is 90071992547409931n.
# Seen: the JSON is read with JSON.parse first, so the number is rounded to a double and then made a bigint:
# 90071992547409936n. The type says that nothing was lost. Below 2^53 paise (90 lakh crore rupees) it is right; an asset
# with more decimals (INR/4 for accrued commission) comes there a hundred times sooner. The ids are read the same way.
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages @formance/formance-sdk@7.0.1

cat >look.mjs <<'EOF'
import http from 'node:http';
import { SDK } from '@formance/formance-sdk';

const answer = `{"data":{"id":9007199254740993,"timestamp":"2026-11-29T00:00:00Z","reverted":false,"metadata":{},
  "postings":[{"amount":90071992547409931,"asset":"INR/4","source":"world","destination":"wallets:1"}]}}`;
const server = http.createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(answer);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const sdk = new SDK({ serverURL: `http://127.0.0.1:${server.address().port}` });
const { v2GetTransactionResponse } = await sdk.ledger.v2.getTransaction({ ledger: 'books', id: 9007199254740993n });
const { id, postings } = v2GetTransactionResponse.data;
console.log(`the server says id 9007199254740993, amount 90071992547409931`);
console.log(`the client says id ${id} (${typeof id}), amount ${postings[0].amount} (${typeof postings[0].amount})`);
server.close();
server.closeAllConnections();
EOF
cat >expected <<'EOF'
the server says id 9007199254740993, amount 90071992547409931
the client says id 9007199254740992 (bigint), amount 90071992547409936 (bigint)
EOF
look
