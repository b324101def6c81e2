#!/usr/bin/env bash
# cashfree-payout, Cashfree's own client of Payouts, checks the signature of a webhook: an HMAC of its time and its raw
# body.
#
# Expected: a webhook that is replayed a year later is refused, since its time is signed for that; and a client that only
# checks signatures tells nobody of it.
# Seen: any time passes. The body must be the bytes as they came: Cashfree writes 170.00, and parsed and printed again it
# is 170 and refused. `XEnableErrorAnalytics` is true unless it is switched off: the client's calls then start Sentry with
# the address of its maker, and errors of the program go there.
source "$(dirname "${BASH_SOURCE[0]}")/setup.bash"
packages cashfree-payout@0.0.14

cat >look.mjs <<'EOF'
import { createHmac } from 'node:crypto';
import payout from 'cashfree-payout';

const { Cashfree } = payout;
Cashfree.XClientSecret = 'cf_test_secret';
const raw = '{"type":"TRANSFER_SUCCESS","data":{"transfer_amount":170.00}}';
const sign = (timestamp) =>
  createHmac('sha256', Cashfree.XClientSecret).update(`${timestamp}${raw}`).digest('base64');
const verdict = (body, timestamp, signedAt = timestamp) => {
  try {
    Cashfree.PayoutVerifyWebhookSignature(sign(signedAt), body, timestamp);
    return 'accepted';
  } catch {
    return 'refused';
  }
};
console.log(`of 2001: ${verdict(raw, '1000000000000')}`);
console.log(`of 2286: ${verdict(raw, '9999999999999')}`);
console.log(`of no time at all: ${verdict(raw, 'yesterday')}`);
console.log(`under another time: ${verdict(raw, '1000000000001', '1000000000000')}`);
console.log(`parsed and printed: ${verdict(JSON.stringify(JSON.parse(raw)), '1000000000000')}`);
console.log(`tells its maker of errors: ${Cashfree.XEnableErrorAnalytics}`);
EOF
cat >expected <<'EOF'
of 2001: accepted
of 2286: accepted
of no time at all: accepted
under another time: refused
parsed and printed: refused
tells its maker of errors: true
EOF
look
