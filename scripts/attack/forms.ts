import { API_ROUTES, asksOf, nameOf, unknown } from './asks';
import type { Finding, Ground, Report } from './ground';
import { isBroken, isIn } from './http';

/** What a caller must not be able to set, whatever they may otherwise write. */
const EXTRA: Readonly<Record<string, unknown>> = {
  user_id: 'usr_01jxvqexvqexvt0xvqexvqexvq',
  owner: 'usr_01jxvqexvqexvt0xvqexvqexvq',
  role: 'admin',
  is_admin: true,
  status: 'SUCCESS',
  state: 'approved',
  kyc_tier: 'full',
  balance: 1_000_000_000,
  fee: 0,
  scopes: ['*'],
  __proto__: undefined,
};

/** Every body, with one field more than it has: it is refused for that field, and nothing is done. */
export async function fillFormsIn({ gun, attackers }: Ground): Promise<Report> {
  const way = 'more fields';
  const before = gun.sent;
  const findings: Finding[] = [];
  const who = attackers.find(({ role }) => role === 'distributor')!;
  const routes = API_ROUTES.filter(({ body, access }) => body?.kind === 'json' && access.kind !== 'provider');
  for (const route of routes) {
    const [ask] = asksOf(route, unknown);
    const known = typeof ask?.body === 'object' ? ask.body : {};
    for (const [name, value] of Object.entries(EXTRA)) {
      if (Object.hasOwn(known, name) || value === undefined) continue;
      const body = { ...known, [name]: value };
      const headers = ask!.headers;
      const hit = await gun.shoot({ method: route.method, path: ask!.url, token: who.key, headers, body });
      if (isIn(hit) || isBroken(hit))
        findings.push({ way, what: `${nameOf(route)} with ${name} was answered ${hit.status}` });
    }
  }
  return { way, targets: routes.length, requests: gun.sent - before, findings };
}
