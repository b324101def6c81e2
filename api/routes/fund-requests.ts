import { FUNDS_ERRORS } from '../../domain/funds/errors';
import type { FundRequests } from '../../domain/funds/fund-requests';
import { paiseFromJson } from '../../platform/money';
import { fundRequest, fundRequestList } from '../answers/fund-requests';
import { found, made, page } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { ok, pageOf, sendMade } from '../registry/replies';
import { json, key, routesOf } from '../registry/route';
import { fundRequestBody } from '../schemas/fund-requests';
import { pageQuery } from '../schemas/lists';
import { emptyBody } from '../schemas/refunds';

const route = routesOf<{ fundRequests: FundRequests }>();

const COMMON = { tag: 'Wallets' } as const;
const READ = { ...COMMON, method: 'GET', access: key('wallets:read'), idempotency: 'none' } as const;
const WRITE = { ...COMMON, method: 'POST', access: key('wallets:write'), limits: 'money' } as const;
const id = idParameter('fundRequest', FUNDS_ERRORS.FUND_REQUEST_NOT_FOUND);

export const fundRequestRoutes = [
  route({
    ...WRITE,
    path: '/v1/fund-requests',
    summary: 'Ask for money that you brought to our bank',
    description: 'Staff look for it in the statement of the bank. A UTR is good once.',
    idempotency: 'key',
    body: json(fundRequestBody),
    answers: made('It waits for staff', fundRequest),
    problems: [
      'IDEMPOTENCY_KEY_REUSED',
      'IDEMPOTENCY_IN_PROGRESS',
      'LIMIT_EXCEEDED',
      FUNDS_ERRORS.FUND_REQUEST_NOT_TAKEN,
      FUNDS_ERRORS.FUND_REQUEST_AMOUNT_INVALID,
      FUNDS_ERRORS.FUND_REQUEST_DATE_INVALID,
      FUNDS_ERRORS.FUND_REQUEST_UTR_USED,
    ],
    examples: [
      {
        summary: 'Ten thousand rupees by IMPS',
        body: {
          amount: 1_000_000,
          currency: 'INR',
          bank: 'escrow',
          mode: 'IMPS',
          utr: '569690930707',
          paid_on: '2026-11-29',
        },
      },
    ],
    handle: async ({ caller, key, body }, { fundRequests }) => {
      const { amount, bank, mode, utr, paid_on: paidOn } = body;
      const asked = { amountPaise: paiseFromJson(amount), bank, mode, utr, paidOn };
      const { view, replayed } = await fundRequests.ask(caller.userId, key, asked);
      return sendMade(view, view.links.self, replayed);
    },
  }),
  route({
    ...READ,
    path: '/v1/fund-requests',
    summary: 'What you asked for',
    limits: 'list',
    query: pageQuery,
    answers: page(fundRequestList),
    problems: ['LIST_TOO_SLOW'],
    handle: async ({ caller, query, request }, { fundRequests }) =>
      pageOf(request, await fundRequests.list(caller.userId, query)),
  }),
  route({
    ...READ,
    path: '/v1/fund-requests/{id}',
    summary: 'One of them, as it stands',
    limits: 'read',
    params: { id },
    answers: found('It', fundRequest),
    problems: [FUNDS_ERRORS.FUND_REQUEST_NOT_FOUND],
    handle: async ({ caller, params }, { fundRequests }) =>
      ok(await fundRequests.get(caller.userId, params.id)),
  }),
  route({
    ...WRITE,
    path: '/v1/fund-requests/{id}/withdrawal',
    summary: 'Take it back while it waits',
    description: 'Then its UTR can be used in another request.',
    idempotency: 'none',
    params: { id },
    body: json(emptyBody),
    answers: found('It, withdrawn', fundRequest),
    problems: [FUNDS_ERRORS.FUND_REQUEST_NOT_FOUND, FUNDS_ERRORS.FUND_REQUEST_DECIDED],
    examples: [{ summary: 'The body is empty', body: {} }],
    handle: async ({ caller, params }, { fundRequests }) =>
      ok(await fundRequests.withdraw(caller.userId, params.id)),
  }),
];
