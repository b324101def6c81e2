import Koa from 'koa';
import type { LimitRules } from '../../domain/limits/rules';
import { thisBuild } from '../../platform/build';
import { createClientAddress } from '../../platform/http/client-address';
import type { Networks } from '../../platform/addresses';
import type { Log } from '../../platform/logger';
import type { Permits } from '../../platform/permits';
import { createRequestLimits, type RequestLimitsDependencies } from '../middleware/limits';
import { methods } from '../middleware/methods';
import { problems } from '../middleware/problems';
import { request, wellFormed } from '../middleware/request';
import { timeLimit, type TimeLimits } from '../middleware/time-limit';
import { servedDocument, type ServedDocument } from '../openapi/document';
import { createRouter, type RouterDependencies } from '../registry/router';
import { ADMIN_ROUTES, type AdminRouteDependencies } from './routes';

export type AdminApiDependencies = Omit<Parameters<typeof request>[0], 'clientAddress'> &
  Required<Pick<RouterDependencies, 'access' | 'staff'>> &
  Pick<RequestLimitsDependencies, 'metrics'> &
  Omit<AdminRouteDependencies, 'adminDescription'> & {
    log: Log;
    trustedProxies?: Networks | undefined;
    timeLimits: TimeLimits;
    limits: { rules: LimitRules; permits: Permits };
  };

/** Where it stands, on the port of the console. */
export const ADMIN_API = '/admin/v1';

/** A file is imported, and a day compared, in more time than an app would wait for. */
const OWN_WORK_MS = 15_000;

/** The API for staff: declared and checked as the public one, and served where only staff come. */
export function createAdminApi(deps: AdminApiDependencies): Koa {
  const app = new Koa();
  app.use(request({ ...deps, clientAddress: createClientAddress(deps.trustedProxies) }));
  app.use(problems(deps.log));
  app.use(wellFormed());
  app.use(timeLimit({ ...deps.timeLimits, ownWorkMs: OWN_WORK_MS }, deps.log));
  const limits = createRequestLimits({
    ...deps.limits,
    metrics: deps.metrics,
    seatMs: deps.timeLimits.seatMs,
  });
  let served: ServedDocument | undefined;
  const adminDescription = () => (served ??= servedDocument(ADMIN_ROUTES, thisBuild().version));
  app.use(
    createRouter<AdminRouteDependencies>(ADMIN_ROUTES, {
      ...{ ...deps, adminDescription, limits },
      authenticator: { authenticate: () => Promise.reject(new Error('no key opens the API for staff')) },
    }),
  );
  app.use(methods());
  app.on('error', (error: unknown) => {
    deps.log.error({ error }, 'a request failed outside its handler');
  });
  return app;
}
