import { Router } from '@koa/router';
import type { Authenticator } from '../../domain/auth/api-keys';
import type { WalletReader } from '../../domain/wallets/read';
import { authenticate, callerOf } from '../middleware/authenticate';
import { statementQuery } from '../schemas/lists';
import { queryOf, refuseQuery } from '../schemas/query';
import { sendList, sendPage } from './pages';
import { idOf } from '../middleware/input';

/** GET /v1/wallets, /v1/wallets/{id}/statement. */
export function walletRoutes(deps: { authenticator: Authenticator; wallets: WalletReader }): Router {
  const router = new Router();
  const auth = authenticate(deps.authenticator, 'wallets:read');
  router.get('/v1/wallets', auth, async (ctx) => {
    refuseQuery(ctx);
    sendList(ctx, await deps.wallets.list(callerOf(ctx).userId));
  });
  router.get('/v1/wallets/:id/statement', auth, async (ctx) => {
    const query = queryOf(ctx, statementQuery);
    const id = idOf('wallet', ctx.params.id, 'WALLET_NOT_FOUND');
    sendPage(ctx, await deps.wallets.statement(callerOf(ctx).userId, id, query));
  });
  return router;
}
