import type { WalletReader } from '../../domain/wallets/read';
import { statement, walletList } from '../answers/wallets';
import { found, page } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { listOf, pageOf } from '../registry/replies';
import { key, routesOf } from '../registry/route';
import { statementQuery } from '../schemas/lists';

const route = routesOf<{ wallets: WalletReader }>();
const COMMON = {
  method: 'GET',
  tag: 'Wallets',
  access: key('wallets:read'),
  idempotency: 'none',
} as const;

export const walletRoutes = [
  route({
    ...COMMON,
    path: '/v1/wallets',
    summary: 'Your wallets',
    limits: 'read',
    answers: found('All of them', walletList),
    handle: async ({ caller, request }, { wallets }) => listOf(request, await wallets.list(caller.userId)),
  }),
  route({
    ...COMMON,
    path: '/v1/wallets/{id}/statement',
    summary: 'The statement of a wallet',
    limits: 'list',
    params: { id: idParameter('wallet', 'WALLET_NOT_FOUND') },
    query: statementQuery,
    answers: page(statement),
    problems: ['WALLET_NOT_FOUND', 'LIST_TOO_SLOW'],
    handle: async ({ caller, params, query, request }, { wallets }) =>
      pageOf(request, await wallets.statement(caller.userId, params.id, query)),
  }),
];
