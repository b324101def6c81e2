import { createHash } from 'node:crypto';
import type { TransactionReader, TransactionView } from '../../domain/transactions/read';
import { isFinalStatus } from '../../domain/transactions/read';
import type { Waiting } from '../../domain/transactions/waiting';
import type { Metrics } from '../../platform/metrics';
import { eventList, transaction, transactionList } from '../answers/transactions';
import { found, page } from '../registry/answers';
import { idParameter } from '../registry/parameters';
import { listOf, ok, pageOf, reply } from '../registry/replies';
import { key, routesOf } from '../registry/route';
import { ifNoneMatch, isKnownTag, preferWait } from '../schemas/headers';
import { filterOf, transactionsQuery } from '../schemas/lists';

export interface TransactionRouteDependencies {
  transactions: TransactionReader;
  waiting: Waiting;
  metrics: Pick<Metrics, 'waiters'>;
}
const route = routesOf<TransactionRouteDependencies>();
const COMMON = {
  method: 'GET',
  tag: 'Transactions',
  access: key('transactions:read'),
  idempotency: 'none',
} as const;
const id = idParameter('transaction', 'TRANSACTION_NOT_FOUND');
const ETAG = 'Changes whenever the answer does';
const WAITED = {
  'Preference-Applied': 'How long the answer was held at most; missing where there was no place to wait',
  'Retry-After': 'Seconds until it is worth to ask, where there was no place to wait',
};

interface Shown {
  body: string;
  etag: string;
  isFinal: boolean;
}

/**
 * The bytes of an answer and their tag. The tag is of the bytes, since not all that is shown stands in the row of
 * the transaction: whether it is overdue is a matter of the clock, what it is stands in the rows of its service.
 */
function shown(view: TransactionView): Shown {
  const body = JSON.stringify(view);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, etag, isFinal: isFinalStatus(view.status) };
}

/** Without `Preference-Applied` the caller knows that there was no place to wait, and when to ask again. */
function waitHeaders(waitS: number, hasWaited: boolean): Record<string, string> {
  if (waitS === 0) return {};
  return hasWaited ? { 'Preference-Applied': `wait=${waitS}` } : { 'Retry-After': '1' };
}

export const transactionRoutes = [
  route({
    ...COMMON,
    path: '/v1/transactions',
    summary: 'Your transactions, the newest first',
    limits: 'list',
    query: transactionsQuery,
    answers: page(transactionList),
    problems: ['LIST_TOO_SLOW'],
    handle: async ({ caller, query, request }, { transactions }) =>
      pageOf(request, await transactions.list(caller.userId, filterOf(query), query)),
  }),
  route({
    ...COMMON,
    path: '/v1/transactions/{id}',
    summary: 'A transaction as it stands',
    limits: 'wait',
    params: { id },
    headers: { waitS: preferWait, known: ifNoneMatch },
    answers: {
      200: { description: 'The transaction', schema: transaction, headers: { ETag: ETAG, ...WAITED } },
      304: { description: 'It is as `If-None-Match` says', headers: { ETag: ETAG, ...WAITED } },
    },
    problems: ['TRANSACTION_NOT_FOUND'],
    handle: async ({ caller, params, headers: { waitS, known }, request }, deps) => {
      const read = async (): Promise<Shown> => shown(await deps.transactions.get(caller.userId, params.id));
      /** There is nothing more to wait for: it is final, or not what the caller has. */
      const isNews = ({ isFinal, etag }: Shown): boolean =>
        isFinal || (known !== undefined && !isKnownTag(known, etag));
      let now = await read();
      let hasWaited = true;
      if (waitS > 0 && !isNews(now)) {
        request.waits();
        const waited = deps.waiting.until<Shown>(params.id, {
          timeoutMs: waitS * 1_000,
          who: caller.keyId,
          read,
          isOver: isNews,
          isGone: () => request.isGone(),
          isTold: known === undefined,
        });
        deps.metrics.waiters.set(deps.waiting.size());
        const last = await waited.finally(() => {
          deps.metrics.waiters.set(deps.waiting.size());
        });
        hasWaited = last !== undefined;
        now = last ?? now;
      }
      const headers = { ETag: now.etag, ...waitHeaders(waitS, hasWaited) };
      return isKnownTag(known, now.etag) ? reply(304, undefined, headers) : ok(now.body, headers);
    },
  }),
  route({
    ...COMMON,
    path: '/v1/transactions/{id}/events',
    summary: 'What has happened to a transaction, the oldest first',
    limits: 'read',
    params: { id },
    answers: found('All of it, beginning with its acceptance', eventList),
    problems: ['TRANSACTION_NOT_FOUND'],
    handle: async ({ caller, params, request }, { transactions }) =>
      listOf(request, await transactions.events(caller.userId, params.id)),
  }),
];
