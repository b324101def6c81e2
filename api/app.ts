import Koa from 'koa';
import type { Log } from '../platform/logger';
import { methods } from './middleware/methods';
import { problems } from './middleware/problems';
import { request, shedLoad, wellFormed } from './middleware/request';
import { aepsRoutes } from './routes/aeps';
import { aepsAgentRoutes } from './routes/aeps-agent';
import { bbpsRoutes } from './routes/bbps';
import { bbpsPaymentRoutes } from './routes/bbps-payments';
import { callbackRoutes } from './routes/callbacks';
import { dmtRoutes } from './routes/dmt';
import { healthRoutes } from './routes/health';
import { payoutRoutes } from './routes/payouts';
import { problemRoutes } from './routes/problems';
import { rechargeRoutes } from './routes/recharge';
import { refundRoutes } from './routes/refunds';
import { transactionRoutes } from './routes/transactions';
import { walletRoutes } from './routes/wallets';

export type ApiDependencies = Parameters<typeof request>[0] &
  Parameters<typeof payoutRoutes>[0] &
  Parameters<typeof dmtRoutes>[0] &
  Parameters<typeof rechargeRoutes>[0] &
  Parameters<typeof refundRoutes>[0] &
  Parameters<typeof transactionRoutes>[0] &
  Parameters<typeof walletRoutes>[0] &
  Parameters<typeof aepsRoutes>[0] &
  Parameters<typeof bbpsRoutes>[0] &
  Parameters<typeof bbpsPaymentRoutes>[0] &
  Parameters<typeof callbackRoutes>[0] &
  Parameters<typeof healthRoutes>[0] & { log: Log; trustedProxyHops: number };

/** The public API: HTTP in, 202 out. */
export function createApi(deps: ApiDependencies): Koa {
  // With proxies in front, only as many X-Forwarded-For entries are believed as there are proxies of ours.
  const app = new Koa({ proxy: deps.trustedProxyHops > 0, maxIpsCount: deps.trustedProxyHops });
  app.use(request(deps));
  app.use(problems(deps.log));
  app.use(wellFormed());
  app.use(shedLoad());
  app.use(methods());
  // Each is asked in turn for a route of the path: those that are called most come first.
  for (const router of [
    payoutRoutes(deps),
    callbackRoutes(deps),
    transactionRoutes(deps),
    dmtRoutes(deps),
    bbpsRoutes(deps),
    bbpsPaymentRoutes(deps),
    rechargeRoutes(deps),
    refundRoutes(deps),
    aepsRoutes(deps),
    aepsAgentRoutes(deps),
    walletRoutes(deps),
    healthRoutes(deps),
    problemRoutes(),
  ])
    app.use(router.routes());
  app.on('error', (error: unknown) => {
    deps.log.error({ error }, 'a request failed outside its handler');
  });
  return app;
}
