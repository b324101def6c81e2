import { approvalRoutes } from './approvals';
import { apiCallRoutes } from './api-calls';
import { authenticatorRoutes } from './authenticator';
import { BOARD_ROUTES } from './board-routes';
import { findRoutes } from './find';
import { companyLoginRoutes } from './company-login';
import { inboxRoutes } from './inbox';
import { loginRoutes } from './login';
import { riskRoutes } from './risk';
import type { PageRoute } from './pages';
import type { ConsoleRoute } from './route';

/** Where the board stands. */
export const BOARD = '/ops/queues';

export const PAGES = [
  ...loginRoutes,
  ...companyLoginRoutes,
  ...authenticatorRoutes,
  ...findRoutes,
  ...apiCallRoutes,
  ...approvalRoutes,
  ...riskRoutes,
  ...inboxRoutes,
] satisfies readonly PageRoute[];

/** What their handlers need, all of it together. */
export type PageDependencies =
  NeedsOf<(typeof PAGES)[number]> extends (deps: infer All) => void ? All : never;
type NeedsOf<R> = R extends PageRoute<infer Deps> ? (deps: Deps) => void : never;

/** Every route of the console: its pages, and what there is of the board. */
export const CONSOLE_ROUTES: readonly ConsoleRoute[] = [
  ...PAGES,
  ...BOARD_ROUTES.map((route) => ({ ...route, path: `${BOARD}${route.path === '/' ? '' : route.path}` })),
];
