import { Router } from '@koa/router';
import type { Authenticator } from '../../domain/auth/api-keys';
import { isFinalStatus, type TransactionReader, type TransactionView } from '../../domain/transactions/read';
import type { Waiting } from '../../domain/transactions/waiting';
import type { Metrics } from '../../platform/metrics';
import { authenticate, callerOf } from '../middleware/authenticate';
import { preferredWaitS } from '../schemas/headers';
import { transactionsQuery } from '../schemas/lists';
import { queryOf, refuseQuery } from '../schemas/query';
import { sendList, sendPage } from './pages';
import { idOf } from '../middleware/input';

/** GET /v1/transactions, /{id} (with Prefer: wait=N), /{id}/events. */
export function transactionRoutes(deps: {
  authenticator: Authenticator;
  transactions: TransactionReader;
  waiting: Waiting;
  metrics: Pick<Metrics, 'waiters'>;
}): Router {
  const router = new Router();
  const auth = authenticate(deps.authenticator, 'transactions:read');

  router.get('/v1/transactions', auth, async (ctx) => {
    const query = queryOf(ctx, transactionsQuery);
    const page = await deps.transactions.list(
      callerOf(ctx).userId,
      {
        status: query.status,
        reference: query.reference,
        service: query.service,
        createdFrom: query.created_from,
        createdBefore: query.created_before,
        nextAction: query.next_action,
      },
      query,
    );
    sendPage(ctx, page);
  });

  router.get('/v1/transactions/:id', auth, async (ctx) => {
    refuseQuery(ctx);
    const id = idOf('transaction', ctx.params.id, 'TRANSACTION_NOT_FOUND');
    const { userId } = callerOf(ctx);
    const waitS = preferredWaitS(ctx);
    const read = (): Promise<TransactionView> => deps.transactions.get(userId, id);
    let view = await read();
    if (waitS > 0) {
      if (!isFinalStatus(view.status)) {
        const waited = deps.waiting.until(id, waitS * 1_000, async () => {
          view = await read();
          // nobody waits for a caller that has gone
          return isFinalStatus(view.status) || ctx.req.socket.destroyed ? view : undefined;
        });
        deps.metrics.waiters.set(deps.waiting.size());
        await waited.finally(() => {
          deps.metrics.waiters.set(deps.waiting.size());
        });
      }
      ctx.set('Preference-Applied', `wait=${waitS}`);
    }
    ctx.body = view;
  });

  router.get('/v1/transactions/:id/events', auth, async (ctx) => {
    refuseQuery(ctx);
    const data = await deps.transactions.events(
      callerOf(ctx).userId,
      idOf('transaction', ctx.params.id, 'TRANSACTION_NOT_FOUND'),
    );
    sendList(ctx, data);
  });
  return router;
}
