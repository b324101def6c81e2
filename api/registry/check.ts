import { LIMIT_CLASSES } from './limits';
import type { Access, Route } from './route';

/**
 * Refuses routes that must not be served. The compiler asks for all of this; what gets past it (a cast, a value
 * from elsewhere) does not start. Throws TypeError with every fault.
 */
export function checkRoutes(routes: readonly Route[]): void {
  const seen = new Set<string>();
  const faults = routes.flatMap((route) => {
    const name = `${route.method} ${route.path}`;
    const same = name.replaceAll(/\{\+?\w+\}/g, '{}').toLowerCase();
    const found = faultsOf(route);
    if (seen.has(same)) found.push('is declared twice');
    seen.add(same);
    return found.map((fault) => `${name} ${fault}`);
  });
  if (faults.length > 0) throw new TypeError(`the routes are not in order: ${faults.join('; ')}`);
}

function faultsOf(route: Route): string[] {
  const faults: string[] = [];
  const access = route.access as Access | undefined;
  if (access === undefined || !['key', 'public', 'credentials', 'provider', 'staff'].includes(access.kind))
    faults.push('does not say who may call it');
  else if (access.kind === 'key' && access.scopes.length === 0) faults.push('names no scope');
  if (!LIMIT_CLASSES.includes(route.limits)) faults.push('has no class of limits');
  if (!['key', 'none'].includes(route.idempotency)) faults.push('does not say whether it takes a key');
  if (Object.keys(route.answers).length === 0) faults.push('has no answer');
  if (route.method === 'GET' && (route.body !== undefined || route.idempotency === 'key'))
    faults.push('must read only');
  if ((access?.kind === 'staff' && route.method !== 'GET') !== /^[a-z_]+\.[a-z_]+$/.test(route.action ?? ''))
    faults.push('does not say what the audit log calls it');
  const named = [...route.path.matchAll(/\{\+?(\w+)\}/g)].map(([, part]) => part!);
  if (named.toSorted().join() !== Object.keys(route.params).toSorted().join())
    faults.push('does not declare each part of its path');
  if (!/^(?:\/\.well-known)?(?:\/(?:[a-z0-9][a-z0-9.-]*|\{\w+\}))+(?:\/\{\+\w+\})?$/.test(route.path))
    faults.push('has no path');
  return faults;
}
