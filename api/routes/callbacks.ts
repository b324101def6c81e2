import { Router } from '@koa/router';
import type { CallbackReceiver } from '../../domain/callbacks/receive';
import { queuedWork } from '../../jobs/due';
import type { Metrics } from '../../platform/metrics';
import type { Wake } from '../../platform/wake';
import { readRaw } from '../middleware/json-body';

const LIMIT_BYTES = 262_144;

/**
 * POST /callbacks/{provider}, and for those that sign nothing /callbacks/{provider}/{token}/…: verify over
 * the raw bytes, store, 200; a worker reads it.
 */
export function callbackRoutes(deps: {
  callbackReceiver: CallbackReceiver;
  wake: Wake;
  metrics: Metrics;
}): Router {
  const router = new Router();
  router.post(['/callbacks/:provider', '/callbacks/:provider/*path'], async (ctx) => {
    const provider = ctx.params.provider ?? '';
    const raw = await readRaw(ctx, LIMIT_BYTES);
    const headers: Record<string, string | undefined> = {};
    for (const [name, value] of Object.entries(ctx.headers))
      headers[name] = Array.isArray(value) ? undefined : value;
    const { duplicate, due } = await deps.callbackReceiver.receive(
      provider,
      headers,
      raw,
      pathOf(ctx.params.path),
    );
    deps.metrics.callbacks.inc({ provider, verdict: duplicate ? 'duplicate' : 'stored' });
    if (due !== undefined) await deps.wake([queuedWork(due)]);
    ctx.body = { received: true, duplicate };
  });
  return router;
}

function pathOf(path: string | string[] | undefined): string {
  return Array.isArray(path) ? path.join('/') : (path ?? '');
}
