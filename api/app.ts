import Koa from 'koa';
import type { Log } from '../platform/logger';
import { methods } from './middleware/methods';
import { problems } from './middleware/problems';
import { request, shedLoad, wellFormed } from './middleware/request';
import { createRouter, type RouterDependencies } from './registry/router';
import { ROUTES, type RouteDependencies } from './registry/routes';

export type ApiDependencies = Parameters<typeof request>[0] &
  RouterDependencies &
  RouteDependencies & { log: Log; trustedProxyHops: number };

/** The public API: HTTP in, 202 out. */
export function createApi(deps: ApiDependencies): Koa {
  // With proxies in front, only as many X-Forwarded-For entries are believed as there are proxies of ours.
  const app = new Koa({ proxy: deps.trustedProxyHops > 0, maxIpsCount: deps.trustedProxyHops });
  app.use(request(deps));
  app.use(problems(deps.log));
  app.use(wellFormed());
  app.use(shedLoad());
  app.use(methods());
  app.use(createRouter<RouteDependencies>(ROUTES, deps));
  app.on('error', (error: unknown) => {
    deps.log.error({ error }, 'a request failed outside its handler');
  });
  return app;
}
