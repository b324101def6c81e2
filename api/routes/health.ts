import type { Health } from '../../platform/health';
import { health } from '../answers/common';
import { found } from '../registry/answers';
import { ok, reply } from '../registry/replies';
import { PUBLIC, routesOf } from '../registry/route';

const route = routesOf<{ health: Health }>();
const COMMON = {
  method: 'GET',
  tag: 'Health',
  access: PUBLIC,
  limits: 'public',
  idempotency: 'none',
  query: 'ignored', // load balancers may add one, to get past caches
} as const;

/** Which part is missing is said on the admin port only. */
export const healthRoutes = [
  route({
    ...COMMON,
    path: '/healthz',
    summary: 'Whether the process lives',
    answers: found('It lives', health),
    handle: () => ok({ status: 'ok' }),
  }),
  route({
    ...COMMON,
    path: '/readyz',
    summary: 'Whether work can be accepted',
    answers: {
      200: { description: 'It can', schema: health },
      503: { description: 'Not now', schema: health },
    },
    handle: async (_, deps) => {
      const { ready } = await deps.health.check();
      return ready ? ok({ status: 'ready' }) : reply(503, { status: 'not ready' });
    },
  }),
];
