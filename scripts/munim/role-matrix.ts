import { permissionOf, type Permission } from '../../domain/access/permissions';
import { ADMIN_ROUTES } from '../../api/admin/routes';
import { ROUTES } from '../../api/registry/routes';
import type { Route } from '../../api/registry/route';
import { CONSOLE_ROUTES } from '../../console/routes';
import type { Command } from './command';

/** A line of the matrix: what is called, and whose things each role may do it to; empty where it may not. */
export type MatrixLine = Readonly<Record<string, string>>;

interface Called {
  what: string;
  of: 'app' | 'ops';
  /** One of them is enough. */
  needs: readonly Permission[];
}

/** Each role with each route of the API, page of the console and command, as the rows are now. */
export function roleMatrix(
  given: readonly { role: string; kind: 'app' | 'ops'; permission: string; reach: string }[],
  commands: readonly Command[],
): MatrixLine[] {
  const reach = new Map(given.map(({ role, permission, reach: of }) => [`${role} ${permission}`, of]));
  const rolesOf = (kind: Called['of']): string[] => [
    ...new Set(given.filter((one) => one.kind === kind).map(({ role }) => role)),
  ];
  const roles = { app: rolesOf('app').toSorted(), ops: rolesOf('ops').toSorted() };
  return [...apiRoutes(), ...pages(), ...commandsOf(commands)].map(({ what, of, needs }) => ({
    what,
    ...Object.fromEntries(
      [...roles.app, ...roles.ops].map((role) => [
        role,
        roles[of].includes(role)
          ? (needs.flatMap((permission) => reach.get(`${role} ${permission}`) ?? [])[0] ?? '')
          : '',
      ]),
    ),
  }));
}

function apiRoutes(): Called[] {
  const routes: readonly Route[] = [...ROUTES, ...ADMIN_ROUTES];
  return routes.flatMap(({ method, path, access }): Called[] => {
    if (access.kind === 'staff' && access.permission !== 'anyone')
      return [{ what: `${method} ${path}`, of: 'ops', needs: [access.permission] }];
    return access.kind === 'key'
      ? [{ what: `${method} ${path}`, of: 'app', needs: access.scopes.map((scope) => permissionOf(scope)) }]
      : [];
  });
}

function pages(): Called[] {
  return CONSOLE_ROUTES.flatMap(({ method, path, access }): Called[] =>
    access === 'anyone' || access === 'nobody'
      ? []
      : [{ what: `${method} ${path}`, of: 'ops', needs: [access] }],
  );
}

function commandsOf(commands: readonly Command[]): Called[] {
  return commands.flatMap((command): Called[] =>
    command.isOpen === true || command.permission === 'anyone'
      ? []
      : [{ what: `munim ${command.name}`, of: 'ops', needs: [command.permission] }],
  );
}
