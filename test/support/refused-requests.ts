/** Requests that the API refuses, and what it says of each. */
import type { Scope } from '../../domain/services/services';

/** What it is, the fields, the pointer and the code of each error. */
export const WRONG_VALUES: [string, Record<string, unknown>, string, string][] = [
  ['amount', { amount: 0 }, '#/amount', 'FIELD_OUT_OF_RANGE'],
  ['amount as text', { amount: '100' }, '#/amount', 'FIELD_TYPE_WRONG'],
  ['amount with a fraction', { amount: 100.5 }, '#/amount', 'FIELD_NOT_WHOLE'],
  ['currency', { currency: 'USD' }, '#/currency', 'FIELD_NOT_ALLOWED'],
  ['reference', { reference: 'a b' }, '#/reference', 'FIELD_FORM_WRONG'],
  [
    'reference that may be an Aadhaar number',
    { reference: '999941057058' },
    '#/reference',
    'FIELD_PERSONAL_NUMBER',
  ],
  [
    'reference that may be a card',
    { reference: '4111-1111-1111-1111' },
    '#/reference',
    'FIELD_PERSONAL_NUMBER',
  ],
  ['narration with a PAN', { narration: 'Rent ABCPE1234F' }, '#/narration', 'FIELD_PERSONAL_NUMBER'],
  ['narration', { narration: 'x'.repeat(31) }, '#/narration', 'FIELD_TOO_LONG'],
  ['mode', { mode: 'CASH' }, '#/mode', 'FIELD_NOT_ALLOWED'],
];

/** What it is, the fields, the problem's code and the pointer. */
export const BROKEN_RULES: [
  string,
  Record<string, unknown>,
  'PAYOUT_AMOUNT_OUT_OF_RANGE' | 'PAYOUT_MODE_UNSUITABLE' | 'IFSC_ENDED' | 'BANK_CLOSED' | 'BANK_NOT_ON_RAIL',
  string,
][] = [
  ['more than IMPS carries', { amount: 50_000_001, mode: 'IMPS' }, 'PAYOUT_AMOUNT_OUT_OF_RANGE', '#/amount'],
  ['less than RTGS carries', { amount: 19_999_999, mode: 'RTGS' }, 'PAYOUT_AMOUNT_OUT_OF_RANGE', '#/amount'],
  ['less than a rupee', { amount: 99 }, 'PAYOUT_AMOUNT_OUT_OF_RANGE', '#/amount'],
  ['UPI to a bank account', { mode: 'UPI' }, 'PAYOUT_MODE_UNSUITABLE', '#/mode'],
  [
    'IMPS to a VPA',
    { mode: 'IMPS', beneficiary: { name: 'Test Beneficiary', vpa: 'test.trader@okbank' } },
    'PAYOUT_MODE_UNSUITABLE',
    '#/mode',
  ],
  [
    'a branch of a bank that was merged',
    { beneficiary: { name: 'Test Beneficiary', account_number: '001122334455', ifsc: 'SYNB0000445' } },
    'IFSC_ENDED',
    '#/beneficiary/ifsc',
  ],
  [
    'a code that has left the list',
    { beneficiary: { name: 'Test Beneficiary', account_number: '001122334455', ifsc: 'BKID0AG0001' } },
    'IFSC_ENDED',
    '#/beneficiary/ifsc',
  ],
  [
    'UPI to an account at a bank that was merged',
    {
      mode: 'UPI',
      beneficiary: { name: 'Test Beneficiary', vpa: '001122334455@SYNB0000445.ifsc.npci' },
    },
    'IFSC_ENDED',
    '#/beneficiary/vpa',
  ],
  [
    'a bank that is closed',
    { beneficiary: { name: 'Test Beneficiary', account_number: '001122334455', ifsc: 'PYTM0123456' } },
    'BANK_CLOSED',
    '#/beneficiary/ifsc',
  ],
  [
    'IMPS to a bank that is not on it',
    {
      mode: 'IMPS',
      beneficiary: { name: 'Test Beneficiary', account_number: '001122334455', ifsc: 'RBIS0COD001' },
    },
    'BANK_NOT_ON_RAIL',
    '#/mode',
  ],
];

export const SCOPE_NEEDED: [string, string, Scope][] = [
  ['POST', '/v1/payouts', 'payouts:write'],
  ['GET', '/v1/transactions', 'transactions:read'],
  ['GET', '/v1/transactions/x', 'transactions:read'],
  ['GET', '/v1/transactions/x/events', 'transactions:read'],
  ['GET', '/v1/wallets', 'wallets:read'],
  ['GET', '/v1/wallets/x/statement', 'wallets:read'],
  ['POST', '/v1/recharges', 'recharge:write'],
  ['POST', '/v1/recharge/operators', 'recharge:write'],
  ['POST', '/v1/recharge/plans', 'recharge:write'],
  ['GET', '/v1/recharges/x', 'transactions:read'],
  ['POST', '/v1/collections', 'collection:write'],
  ['GET', '/v1/collections/x', 'transactions:read'],
  ['POST', '/v1/collections/x/confirmation', 'collection:write'],
];

export const CALLS = SCOPE_NEEDED.map(([method, url]): [string, string] => [method, url]);

export const ALLOWED_METHODS: [string, string][] = [
  ['/v1/payouts', 'POST'],
  ['/v1/transactions', 'GET, HEAD'],
  [`/v1/transactions/x`, 'GET, HEAD'],
  ['/v1/transactions/x/events', 'GET, HEAD'],
  ['/v1/wallets', 'GET, HEAD'],
  ['/v1/wallets/x/statement', 'GET, HEAD'],
  ['/callbacks/razorpayx', 'POST'],
  ['/healthz', 'GET, HEAD'],
  ['/readyz', 'GET, HEAD'],
];

/** Not the form of an id. */
export const NO_IDS = [
  'x',
  'txn_',
  '0197a1f0-0000-7000-8000-000000000001',
  '1',
  '..',
  '%00',
  '%E0%A4%A',
  '%2e%2e%2f',
  "txn_' or 1=1 --",
  'txn_' + '0'.repeat(25),
  'txn_' + 'z'.repeat(26),
  'TXN_' + '0'.repeat(26),
  'null',
  '__proto__',
];

/** Lead nowhere. */
export const NO_PATHS = [
  '/',
  '/v1',
  '/v2/payouts',
  '/v1/payouts/x',
  '//v1/payouts',
  '/v1/../v1/payouts/x',
  '/metrics',
  '/readyz/x',
  '/ops',
  '/callbacks',
  '/callbacks/razorpayx/x',
  '/.env',
  '/%2e%2e/etc/passwd',
  '/v1/transactions/x/y',
  '/kill-points',
  '/swagger.json',
];
