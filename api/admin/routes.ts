import type { Route } from '../registry/route';
import { adminApprovalRoutes } from './approvals';
import { adminCommissionRoutes } from './commissions';
import { adminDescriptionRoutes } from './description';
import { adminDisputeRoutes } from './disputes';
import { adminNightRoutes } from './nights';
import { adminReconciliationRoutes } from './reconciliation';
import { adminReportRoutes } from './reports';
import { adminSettlementRoutes } from './settlements';
import { adminTaxRoutes } from './taxes';

/** Every route for staff. */
export const ADMIN_ROUTES = [
  ...adminApprovalRoutes,
  ...adminNightRoutes,
  ...adminCommissionRoutes,
  ...adminSettlementRoutes,
  ...adminDisputeRoutes,
  ...adminTaxRoutes,
  ...adminReconciliationRoutes,
  ...adminReportRoutes,
  ...adminDescriptionRoutes,
] satisfies readonly Route[];

/** What their handlers need, all of it together. */
export type AdminRouteDependencies =
  NeedsOf<(typeof ADMIN_ROUTES)[number]> extends (deps: infer All) => void ? All : never;
type NeedsOf<R> = R extends Route<infer Deps> ? (deps: Deps) => void : never;
