import { SETTLEMENT_ERRORS } from '../../domain/settlements/errors';
import type { SettlementReader } from '../../domain/settlements/read';
import { settlement, settlementList } from '../answers/settlements';
import { found, page } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { ok, pageOf } from '../registry/replies';
import { key, routesOf } from '../registry/route';
import { pageQuery } from '../schemas/lists';

const route = routesOf<{ settlements: SettlementReader }>();

const COMMON = { method: 'GET', tag: 'Wallets', access: key('wallets:read'), idempotency: 'none' } as const;

export const settlementRoutes = [
  route({
    ...COMMON,
    path: '/v1/settlements',
    summary: 'What went from your wallets to your bank account',
    description:
      'It is made by itself at the cut-offs of the day, for the bank account that your KYC names and that was verified.',
    limits: 'list',
    query: pageQuery,
    answers: page(settlementList),
    problems: ['LIST_TOO_SLOW'],
    handle: async ({ caller, query, request }, { settlements }) =>
      pageOf(request, await settlements.list(caller.userId, query)),
  }),
  route({
    ...COMMON,
    path: '/v1/settlements/{id}',
    summary: 'One of them',
    limits: 'read',
    params: { id: idParameter('settlementItem', SETTLEMENT_ERRORS.SETTLEMENT_NOT_FOUND) },
    answers: found('It', settlement),
    problems: [SETTLEMENT_ERRORS.SETTLEMENT_NOT_FOUND],
    handle: async ({ caller, params }, { settlements }) =>
      ok(await settlements.get(caller.userId, params.id)),
  }),
];
