import { Router } from '@koa/router';
import type { Health } from '../../platform/health';

/**
 * GET /healthz (it lives) and /readyz (it can accept work); which part is missing is said on the admin port
 * only.
 */
export function healthRoutes(deps: { health: Health }): Router {
  const router = new Router();
  router.get('/healthz', (ctx) => {
    ctx.body = { status: 'ok' };
  });
  router.get('/readyz', async (ctx) => {
    const { ready } = await deps.health.check();
    ctx.status = ready ? 200 : 503;
    ctx.body = { status: ready ? 'ready' : 'not ready' };
  });
  return router;
}
