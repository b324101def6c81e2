/** Where planted values may be seen, and which routes carry them. */
import { execute, makeKnex } from '../../platform/database';
import type { Kind } from './planting';
import { EKO_BILLER } from './service-flows';

export const NEVER: ReadonlySet<Kind> = new Set(['aadhaar', 'pid', 'otp', 'pan', 'document', 'balance']);

/** What an account holds is shown to the terminal that asked, once, and kept nowhere. */
export const SHOWN_ONCE: ReadonlySet<string> = new Set(
  ['withdrawals', 'balance-enquiries', 'mini-statements'].map((at) => `POST /v1/aeps/${at}`),
);

/** Answers that are documented to show a value, and of which kind. Nothing else may be in any answer. */
export const SHOWN: Readonly<Record<string, readonly Kind[]>> = {
  'POST /v1/dmt/senders/:id/recipients': ['name'],
  'GET /v1/dmt/senders/:id/recipients': ['name'], // to the agent who added them
  'GET /v1/dmt/transfers/:id': ['name'], // the receipt names the recipient
  'GET /v1/bbps/payments/:id/receipt': ['name', 'mobile', 'consumer'], // NPCI's receipt names the customer and the bill
  'POST /v1/bbps/payments/:id/complaints': ['text'],
  'GET /v1/bbps/payments/:id/complaints': ['text'],
  'GET /v1/bbps/payments/:id/complaints/:id': ['text'], // the words of who complains
};

/** Routes that carry a value and do nothing at Eko, each reached with the answer that says so. */
export const REFUSED: Readonly<Record<string, string>> = {
  'POST /v1/aeps/merchant-payments': 'AEPS_AADHAAR_PAY_UNAVAILABLE',
};

/** Every other route that carries a value, each answered with 2xx at least once. */
export const ROUTES = [
  ...[
    '',
    '/:id/enrolment',
    '/:id/ekyc',
    '/:id/ekyc/verification',
    '/:id/phone-otp',
    '/:id/phone-otp/verification',
    '/:id/recipients',
    '/:id/transfer-otps',
  ].map((at) => `POST /v1/dmt/senders${at}`),
  'GET /v1/dmt/senders/:id',
  'GET /v1/dmt/senders/:id/recipients',
  'POST /v1/dmt/transfers',
  'GET /v1/dmt/transfers/:id',
  'POST /v1/transactions/:id/refund-otp',
  'POST /v1/transactions/:id/refund',
  'POST /v1/bbps/fetches',
  'GET /v1/bbps/fetches/:id',
  'POST /v1/bbps/payments',
  'GET /v1/bbps/payments/:id/receipt',
  'POST /v1/bbps/payments/:id/complaints',
  'GET /v1/bbps/payments/:id/complaints',
  'GET /v1/bbps/payments/:id/complaints/:id',
  'POST /v1/recharge/operators',
  'POST /v1/recharge/plans',
  'POST /v1/recharges',
  'GET /v1/recharges/:id',
  ...['', '/kyc/otp', '/kyc/verification', '/kyc/biometric', '/kyc/daily'].map(
    (at) => `POST /v1/aeps/agent${at}`,
  ),
  'GET /v1/aeps/agent',
  'POST /v1/aeps/withdrawals',
  'GET /v1/aeps/withdrawals/:id',
  'POST /v1/aeps/withdrawals/:id/acknowledgement',
  'POST /v1/aeps/balance-enquiries',
  'POST /v1/aeps/mini-statements',
  'POST /v1/payouts',
  'GET /v1/transactions',
  'GET /v1/transactions/:id',
  'GET /v1/transactions/:id/events',
  'GET /v1/wallets',
  'POST /callbacks/eko',
  'POST /callbacks/setu',
];

/** Recharges of one operator and bills of one biller go to Eko; the others to Setu. */
export async function routesToEko(databaseUrl: string): Promise<void> {
  const knex = makeKnex(databaseUrl, { max: 1 });
  await execute(knex, "insert into recharge_routes values ('vi', '2026-04-02', 1, 'eko')");
  await execute(knex, "insert into bbps_routes values ('biller', ?, '2026-04-02', '{eko}')", [
    EKO_BILLER.biller,
  ]);
  await knex.destroy();
}
