import type { Route } from '../registry/route';
import { adminDescriptionRoutes } from './description';
import { adminNightRoutes } from './nights';
import { adminReportRoutes } from './reports';

/** Every route for staff. */
export const ADMIN_ROUTES = [
  ...adminNightRoutes,
  ...adminReportRoutes,
  ...adminDescriptionRoutes,
] satisfies readonly Route[];

/** What their handlers need, all of it together. */
export type AdminRouteDependencies =
  NeedsOf<(typeof ADMIN_ROUTES)[number]> extends (deps: infer All) => void ? All : never;
type NeedsOf<R> = R extends Route<infer Deps> ? (deps: Deps) => void : never;
