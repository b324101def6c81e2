import Koa from 'koa';
import type { Networks } from '../platform/addresses';
import { createClientAddress } from '../platform/http/client-address';
import type { Log } from '../platform/logger';
import { methods } from './middleware/methods';
import { problems } from './middleware/problems';
import { request, shedLoad, wellFormed } from './middleware/request';
import { timeLimit, type TimeLimits } from './middleware/time-limit';
import { createRouter, type RouterDependencies } from './registry/router';
import { ROUTES, type RouteDependencies } from './registry/routes';

export type ApiDependencies = Omit<Parameters<typeof request>[0], 'clientAddress'> &
  RouterDependencies &
  RouteDependencies & {
    log: Log;
    /** Our own proxies in front; without them no X-Forwarded-For is believed. */
    trustedProxies?: Networks | undefined;
    timeLimits: TimeLimits;
  };

/** The public API: HTTP in, 202 out. */
export function createApi(deps: ApiDependencies): Koa {
  const app = new Koa();
  app.use(request({ ...deps, clientAddress: createClientAddress(deps.trustedProxies) }));
  app.use(problems(deps.log));
  app.use(wellFormed());
  app.use(timeLimit(deps.timeLimits, deps.log));
  app.use(shedLoad());
  app.use(methods());
  app.use(createRouter<RouteDependencies>(ROUTES, deps));
  app.on('error', (error: unknown) => {
    deps.log.error({ error }, 'a request failed outside its handler');
  });
  return app;
}
