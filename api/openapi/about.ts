import type { Route } from '../registry/route';

/** What the document says of the API as a whole. */
export const ABOUT = {
  info: {
    title: 'Munim',
    summary: 'Payouts, money transfer, bill payment, recharge, cash against Aadhaar and collections',
    description: [
      'Requests that move money are answered `202` as soon as they are stored. Follow each at its `Location`:',
      'only the status `SUCCESS` says that it was paid, and a request without an answer is sent again with the',
      'same `Idempotency-Key`. Amounts are whole paise. Every refusal is a problem (RFC 9457) with a stable',
      '`code`; its `type` is the address of a page about it.',
    ].join('\n'),
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [
    {
      url: '/',
      description: 'The environment that serves this document: development, test or production',
      'x-internal': false,
    },
  ],
} as const;

/** And of that for staff. */
export const ABOUT_STAFF = {
  ...ABOUT.info,
  title: 'Munim for staff',
  summary: 'What the console shows and does, for programs of staff',
  description: [
    'It is served on the port of the console. A program sends the token of a sign-in of staff; pages of the console',
    'are known by their cookie. What moves money, or what somebody earns or may do, is proposed by one person and',
    'decided by another. Every change leaves two rows in the audit log. Amounts are whole paise. Every refusal is a',
    'problem (RFC 9457) with a stable `code`.',
  ].join('\n'),
} as const;

const TAGS: Readonly<Record<string, string>> = {
  Payouts: 'From the wallet to a bank account or a UPI address.',
  Beneficiaries: 'Whom payouts go to: kept once, verified with their bank, and named by an id.',
  'Money transfer': "A customer's cash to a bank account, with the customer's one-time password.",
  Bills: 'Billers, bills, payments, receipts and complaints (BBPS).',
  Recharges: 'Prepaid mobile numbers.',
  Collections: 'Money that somebody pays on the page of a provider, for a wallet.',
  AEPS: 'Cash, payments and enquiries against Aadhaar and fingerprint.',
  Refunds: "Refunds against the customer's one-time password.",
  Transactions: 'What became of each request.',
  Disputes: 'What networks claim of transactions back, and how it ended.',
  'Sign-in': 'Passwords, codes on new devices, and the number and address that they are sent to.',
  Confirmations: 'A PIN, and a code for the amount and the payee, before somebody who is signed in pays.',
  OAuth: 'Access tokens for programs of partners, by client credentials (RFC 6749).',
  Sessions: 'Where somebody is signed in, and on which devices.',
  Reports:
    'What the books and the work say of some days, as JSON, CSV or PDF: made while you wait elsewhere.',
  Approvals: 'What one person proposed and another decides.',
  Commissions: 'Schemes with their rules, and what was earned and paid.',
  Settlements: 'What goes from wallets to bank accounts, and files to our bank.',
  Taxes: 'Tax invoices, and what is owed and remitted to the state.',
  Reconciliation: 'Files of providers and banks, and what in them does not fit our books.',
  Receivables: 'What providers owe us.',
  Nights: 'What is done once for each business day, and what came of it.',
  Wallets: 'Balances, statements, and money that moves between wallets.',
  Users: 'Those below you in the network: who they are, how far they are, and what they may use.',
  KYC: 'Who you are: details, documents and the bank account, until two persons have decided.',
  Consents: 'What you have agreed to, to which words, and when you took it back.',
  Callbacks: 'What providers tell us. Each signs its bodies, or is given an address that only it knows.',
  Problems: 'What the codes of refusals mean.',
  Health: 'For load balancers.',
  Description: 'What this document says, for programs and for people.',
};

export function tagsOf(routes: readonly Route[]): { name: string; description: string }[] {
  return [...new Set(routes.map(({ tag }) => tag))].map((name) => ({
    name,
    description: TAGS[name] ?? name,
  }));
}
