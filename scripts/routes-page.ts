import { ADMIN_ROUTES } from '../api/admin/routes';
import { ROUTES } from '../api/registry/routes';
import type { Route } from '../api/registry/route';
import { NOTICE, pageInLines, table } from './docs-text';

/** Every route, from its declaration. */
export function routesPage(): string {
  const routes: readonly Route[] = [...ROUTES, ...ADMIN_ROUTES];
  const tags = [...new Set(routes.map(({ tag }) => tag))];
  return pageInLines([
    NOTICE,
    '# Routes of the API',
    'What can be called, and with which scopes (one of those that are named). Each route is declared once, in' +
      ' `api/routes/`, and for staff, whose permission is named, in `api/admin/`; router,' +
      ' authorisation, checks of what comes in, this page and the tests of access are made from it. Every `GET`' +
      ' answers `HEAD` too, and `OPTIONS` says which methods a path has. Routes marked with `key` take an' +
      ' `Idempotency-Key`. [api.md](api.md) says what all of them have in common.',
    ...tags.flatMap((tag) => [
      `## ${tag}`,
      table(
        ['Route', 'What it is for', 'Who may call it', 'Limits', ''],
        routes.filter((route) => route.tag === tag).map(cellsOf),
      ),
    ]),
  ]);
}

function cellsOf(route: Route): string[] {
  const { method, path, summary, limits, idempotency } = route;
  return [`\`${method} ${path}\``, summary, whoMay(route), limits, idempotency === 'key' ? 'key' : ''];
}

function whoMay({ access }: Route): string {
  if (access.kind === 'staff')
    return access.permission === 'anyone' ? 'staff' : `staff: \`${access.permission}\``;
  return access.kind === 'key'
    ? access.scopes.map((scope) => `\`${scope}\``).join(', ')
    : { public: 'everybody', credentials: 'who it is, the body shows', provider: 'the provider' }[
        access.kind
      ];
}
