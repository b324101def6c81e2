import type { Permission } from '../domain/access/permissions';

/**
 * A route of the console, declared once: the guard, the router of the pages and the tests of access are made from
 * these values. A request that fits none is refused.
 */
export interface ConsoleRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/ops/api-calls/{id}`; `{+file}` is whatever follows, slashes too. */
  readonly path: string;
  readonly summary: string;
  /** What the role of a signed-in user must permit, everybody who comes, or nobody at all. */
  readonly access: Permission | 'anyone' | 'nobody';
}

/** The form of a path; its parts are not decoded, so an encoded path fits no other. */
export function pathForm(path: string): RegExp {
  const form = path
    .replaceAll(/[.]/g, String.raw`\.`)
    .replaceAll(/\{\+\w+\}/g, '(.+)')
    .replaceAll(/\{\w+\}/g, '([^/]+)');
  return new RegExp(`^${form}$`);
}

/** Told to whoever may not. */
export function needsPermission(permission: Permission): string {
  return `This needs the permission ${permission}, which your role does not have.`;
}
