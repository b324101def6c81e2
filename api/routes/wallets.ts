import { Router } from '@koa/router';
import type { Authenticator } from '../../domain/auth/api-keys';
import type { WalletReader } from '../../domain/wallets/read';
import { DomainError } from '../../domain/errors/errors';
import { parsePublicId } from '../../platform/ids';
import { authenticate, callerOf } from '../middleware/authenticate';
import { noQuery, statementQuery } from '../schemas/lists';
import { queryOf } from '../schemas/query';
import { sendPage } from './pages';

/** GET /v1/wallets, /v1/wallets/{id}/statement. */
export function walletRoutes(deps: { authenticator: Authenticator; wallets: WalletReader }): Router {
  const router = new Router();
  const auth = authenticate(deps.authenticator, 'wallets:read');
  router.get('/v1/wallets', auth, async (ctx) => {
    queryOf(ctx, noQuery);
    ctx.body = {
      object: 'list',
      data: await deps.wallets.list(callerOf(ctx).userId),
      has_more: false,
      next_cursor: null,
      url: ctx.path,
    };
  });
  router.get('/v1/wallets/:id/statement', auth, async (ctx) => {
    const query = queryOf(ctx, statementQuery);
    const id = parsePublicId('wallet', ctx.params.id ?? '');
    if (id === undefined) throw new DomainError('WALLET_NOT_FOUND');
    sendPage(ctx, await deps.wallets.statement(callerOf(ctx).userId, id, query));
  });
  return router;
}
