import type { Route } from '../../api/registry/route';
import { API_ROUTES, asksNaming, asksOf, kindsOf, nameOf, unknown } from './asks';
import type { Finding, Ground, Report } from './ground';
import { isBroken, isIn } from './http';

/** Kinds that say whose a thing is. What names only itself (a code that was asked for) has a way of its own. */
const named = (route: Route): boolean => route.access.kind === 'key' && kindsOf(route).length > 0;

/**
 * Every route that takes an id, called by each attacker with the ids of the victim, and without anybody's key. A
 * refusal that is no refusal (5xx) is found as well, and so is an answer that names the victim's things.
 */
export async function takeThingsOfOthers({ gun, victim, attackers, loot }: Ground): Promise<Report> {
  const way = "others' ids";
  const before = gun.sent;
  const findings: Finding[] = [];
  const routes = API_ROUTES.filter(named);
  for (const route of routes) {
    const things = (kind: Parameters<typeof unknown>[0]): string => loot.get(kind)?.[0] ?? unknown(kind);
    for (const who of [...attackers, undefined])
      for (const { url, body, headers } of asksNaming(route, things)) {
        const hit = await gun.shoot({ method: route.method, path: url, token: who?.key, headers, body });
        const by = who === undefined ? 'nobody' : `${who.name} (${who.role})`;
        if (isIn(hit) || isBroken(hit))
          findings.push({
            way,
            what: `${nameOf(route)} of ${victim.name} was answered ${hit.status} to ${by}`,
          });
      }
  }
  return { way, targets: routes.length, requests: gun.sent - before, findings };
}

/** Every list, read by each attacker: none of the victim's ids may stand in it. */
export async function readLists({ gun, victim, attackers, loot }: Ground): Promise<Report> {
  const way = 'lists';
  const before = gun.sent;
  const findings: Finding[] = [];
  const secrets = [...loot.values()].flat();
  const routes = API_ROUTES.filter(
    ({ method, access, path }) => method === 'GET' && access.kind === 'key' && !path.includes('{'),
  );
  for (const route of routes)
    for (const who of attackers)
      for (const { url } of asksOf(route, unknown)) {
        const { text } = await gun.shoot({ method: 'GET', path: url, token: who.key });
        const seen = secrets.find((id) => text.includes(id));
        if (seen !== undefined)
          findings.push({
            way,
            what: `${nameOf(route)} shows ${who.name} (${who.role}) the ${seen.slice(0, 3)} of ${victim.name}`,
          });
      }
  return { way, targets: routes.length, requests: gun.sent - before, findings };
}
