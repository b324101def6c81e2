import type http from 'node:http';
import Koa from 'koa';
import type { Networks } from '../platform/addresses';
import { createClientAddress } from '../platform/http/client-address';
import type { LimitRules } from '../domain/limits/rules';
import type { Log } from '../platform/logger';
import type { Permits } from '../platform/permits';
import { createRequestLimits, type RequestLimitsDependencies } from './middleware/limits';
import { methods } from './middleware/methods';
import { problems } from './middleware/problems';
import { request, shedLoad, wellFormed } from './middleware/request';
import { timeLimit, type TimeLimits } from './middleware/time-limit';
import { createRouter, type RouterDependencies } from './registry/router';
import { ROUTES, type RouteDependencies } from './registry/routes';
import { servedDocument, type ServedDocument } from './openapi/document';
import { codesOf } from './openapi/problems';
import { thisBuild } from '../platform/build';

/** What the routes say of themselves is made from the routes. */
type OfRoutes = Pick<RouteDependencies, 'description' | 'routesWith'>;

export type ApiDependencies = Omit<Parameters<typeof request>[0], 'clientAddress'> &
  Omit<RouterDependencies, 'limits'> &
  Pick<RequestLimitsDependencies, 'metrics'> &
  Omit<RouteDependencies, keyof OfRoutes> & {
    log: Log;
    /** Our own proxies in front; without them no X-Forwarded-For is believed. */
    trustedProxies?: Networks | undefined;
    timeLimits: TimeLimits;
    /** Who has waited too long before its request began is refused (`platform/http/turns`). */
    isLate?: (req: http.IncomingMessage) => boolean;
    limits: { rules: LimitRules; permits: Permits };
  };

/** The public API: HTTP in, 202 out. */
export function createApi(deps: ApiDependencies): Koa {
  const app = new Koa();
  app.use(request({ ...deps, clientAddress: createClientAddress(deps.trustedProxies) }));
  app.use(problems(deps.log));
  app.use(wellFormed());
  app.use(timeLimit(deps.timeLimits, deps.log));
  app.use(shedLoad(() => deps.limits.rules.share('requests').most, deps.isLate));
  const limits = createRequestLimits({
    ...deps.limits,
    metrics: deps.metrics,
    seatMs: deps.timeLimits.seatMs,
  });
  app.use(createRouter<RouteDependencies>(ROUTES, { ...deps, ...ofRoutes(), limits }));
  app.use(methods());
  app.on('error', (error: unknown) => {
    deps.log.error({ error }, 'a request failed outside its handler');
  });
  return app;
}

function ofRoutes(): OfRoutes {
  let served: ServedDocument | undefined;
  return {
    description: () => (served ??= servedDocument(ROUTES, thisBuild().version)),
    routesWith: (code) => ROUTES.filter((route) => codesOf(route).includes(code)),
  };
}
