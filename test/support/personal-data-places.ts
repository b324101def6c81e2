/** Where planted values may be seen, and which routes carry them. */
import { ROUTES } from '../../api/registry/routes';
import { execute, makeKnex } from '../../platform/database';
import type { Kind } from './planting';
import { EKO_BILLER } from './service-flows';

export const NEVER: ReadonlySet<Kind> = new Set([
  'aadhaar',
  'pid',
  'otp',
  'pan',
  'gstin',
  'document',
  'balance',
  'password',
  'pin',
  'code',
]);

/** What an account holds is shown to the terminal that asked, once, and kept nowhere. */
export const SHOWN_ONCE: ReadonlySet<string> = new Set(
  ['withdrawals', 'balance-enquiries', 'mini-statements'].map((at) => `POST /v1/aeps/${at}`),
);

/** Answers that are documented to show a value, and of which kind. Nothing else may be in any answer. */
export const SHOWN: Readonly<Record<string, readonly Kind[]>> = {
  'POST /v1/dmt/senders/:id/recipients': ['name'],
  'GET /v1/dmt/senders/:id/recipients': ['name'], // to the agent who added them
  'GET /v1/dmt/transfers/:id': ['name'], // the receipt names the recipient
  'POST /v1/beneficiaries': ['name'],
  'GET /v1/beneficiaries': ['name'], // to the user who pays them
  'GET /v1/beneficiaries/:id': ['name'],
  'POST /v1/beneficiaries/:id/archival': ['name'],
  'POST /v1/beneficiaries/:id/verification': ['name'],
  'GET /v1/bbps/payments/:id/receipt': ['name', 'mobile', 'consumer'], // NPCI's receipt names the customer and the bill
  'POST /v1/bbps/payments/:id/complaints': ['text'],
  'GET /v1/bbps/payments/:id/complaints': ['text'],
  'GET /v1/bbps/payments/:id/complaints/:id': ['text'], // the words of who complains
  'POST /v1/sign-ins/code': ['token'], // to who signs in, once
};

/** Routes that carry a value and do nothing at Eko, each reached with the answer that says so. */
export const REFUSED: Readonly<Record<string, string>> = {
  'POST /v1/aeps/merchant-payments': 'AEPS_AADHAAR_PAY_UNAVAILABLE',
  // two persons of staff release a part, or grant a copy: test/integration/risk/transfers, test/e2e/api/data-requests
  'POST /v1/dmt/parts/:id/otp': 'DMT_NEW_OTP_NOT_AWAITED',
  'POST /v1/dmt/parts/:id/otp/verification': 'DMT_NEW_OTP_NOT_AWAITED',
  'POST /v1/data-requests/:id/confirmation': 'DATA_EXPORT_NOT_GRANTED',
  'GET /v1/data-requests/:id/copy': 'DATA_EXPORT_NOT_GRANTED',
  // staff write a claim down: test/integration/disputes
  'GET /v1/disputes/:id': 'DISPUTE_NOT_FOUND',
  'POST /v1/disputes/:id/answer': 'DISPUTE_NOT_FOUND',
  'GET /v1/tax-documents/pdf': 'TAX_DOCUMENT_NOT_FOUND', // a month must end first: test/integration/gst/documents
};

/** The catalogue of billers, the receipt of what `REFUSED` refuses, and collections: a payer tells us nothing. */
const CARRY_NOTHING: readonly string[] = [
  'POST /v1/collections',
  'GET /v1/collections/:id',
  'POST /v1/collections/:id/confirmation',
  'GET /v1/bbps/categories',
  'GET /v1/bbps/billers',
  'GET /v1/bbps/billers/:id',
  'GET /v1/aeps/merchant-payments/:id',
];

/** Every other route that a caller or a provider uses, each answered with 2xx at least once. */
export const REACHED: readonly string[] = [
  ...ROUTES.filter(({ access }) => access.kind === 'key')
    .map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, ':id')}`)
    .filter((route) => !CARRY_NOTHING.includes(route) && !Object.hasOwn(REFUSED, route)),
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
