import type { Access } from '../../domain/access/access';
import type { Permission } from '../../domain/access/permissions';
import type { Caller } from '../../domain/auth/api-keys';
import { AUTH_ERRORS } from '../../domain/auth/errors';
import { DomainError } from '../../domain/errors/errors';
import { userId, type UserId } from '../../domain/ids/ids';
import type { TransactionReader } from '../../domain/transactions/read';
import type { WalletReader } from '../../domain/wallets/read';
import { transactionList } from '../answers/transactions';
import { walletList } from '../answers/wallets';
import { found, page } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { listOf, pageOf } from '../registry/replies';
import { key, routesOf } from '../registry/route';
import { filterOf, transactionsQuery } from '../schemas/lists';

interface UserThingsDependencies {
  access: Access;
  transactions: TransactionReader;
  wallets: WalletReader;
}
const route = routesOf<UserThingsDependencies>();

const COMMON = {
  method: 'GET',
  tag: 'Users',
  idempotency: 'none',
  params: { id: idParameter('user', AUTH_ERRORS.USER_NOT_FOUND) },
} as const;

/** What users below have and do, for whoever serves them. */
export const userThingsRoutes = [
  route({
    ...COMMON,
    path: '/v1/users/{id}/transactions',
    summary: 'The transactions of a user of your network, the newest first',
    access: key('transactions:read'),
    limits: 'list',
    query: transactionsQuery,
    answers: page(transactionList),
    problems: [AUTH_ERRORS.USER_NOT_FOUND, 'LIST_TOO_SLOW'],
    handle: async ({ caller, params, query, request }, { access, transactions }) => {
      const user = await reached(access, caller, 'transactions.read', params.id);
      return pageOf(request, await transactions.list(user, filterOf(query), query));
    },
  }),
  route({
    ...COMMON,
    path: '/v1/users/{id}/wallets',
    summary: 'The wallets of a user of your network',
    access: key('wallets:read'),
    limits: 'read',
    answers: found('All of them', walletList),
    problems: [AUTH_ERRORS.USER_NOT_FOUND],
    handle: async ({ caller, params, request }, { access, wallets }) => {
      const user = await reached(access, caller, 'wallets.read', params.id);
      return listOf(request, await wallets.list(user));
    },
  }),
];

/** Throws DomainError USER_NOT_FOUND for whoever the caller's role does not reach. */
async function reached(access: Access, caller: Caller, action: Permission, id: string): Promise<UserId> {
  const owner = userId(id);
  await access.require(caller, action, { owner }, () => new DomainError(AUTH_ERRORS.USER_NOT_FOUND));
  return owner;
}
