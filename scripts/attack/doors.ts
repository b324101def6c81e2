import { API_ROUTES, asksOf, kindsOf, nameOf, unknown } from './asks';
import type { Finding, Ground, Report } from './ground';
import { isBroken, isIn } from './http';

const VERBS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override'];

/** Every path by the verbs that it does not have, and by headers that ask for another verb. */
export async function tryVerbs({ gun, victim, attackers: [who], loot }: Ground): Promise<Report> {
  const way = 'other verbs';
  const before = gun.sent;
  const findings: Finding[] = [];
  const paths = new Map<string, string[]>();
  for (const { method, path } of API_ROUTES) paths.set(path, [...(paths.get(path) ?? []), method]);
  for (const [path, declared] of paths) {
    const route = API_ROUTES.find((one) => one.path === path)!;
    const { url } = asksOf(route, (kind) => loot.get(kind)?.[0] ?? unknown(kind))[0]!;
    for (const method of VERBS.filter((verb) => !declared.includes(verb))) {
      const hit = await gun.shoot({
        method,
        path: url,
        token: who!.key,
        body: method === 'GET' ? undefined : {},
      });
      if (isIn(hit) || isBroken(hit))
        findings.push({ way, what: `${method} ${path} was answered ${hit.status}, and is not declared` });
    }
  }
  const [wallet] = loot.get('wallet') ?? [];
  for (const header of OVERRIDES) {
    const path = `/v1/wallets/${wallet}/statement`;
    const hit = await gun.shoot({ method: 'GET', path, token: who!.key, headers: { [header]: 'POST' } });
    if (isIn(hit)) findings.push({ way, what: `${header} opened ${path} of ${victim.name}` });
  }
  return { way, targets: paths.size, requests: gun.sent - before, findings };
}

/** Other ways to write a path, which a proxy or a router may take for the same. */
const WRITINGS: Readonly<Record<string, (path: string) => string>> = {
  'two slashes': (path) => `/${path}`,
  'a dot': (path) => path.replace('/v1/', '/v1/./'),
  'up and down': (path) => path.replace('/v1/', '/v1/docs/../'),
  'encoded dots': (path) => path.replace('/v1/', '/healthz/%2e%2e/v1/'),
  'encoded slash': (path) => path.replace('/v1/', '/v1%2f'),
  'twice encoded slash': (path) => path.replace('/v1/', '/v1%252f'),
  backslash: (path) => path.replace('/v1/', '/v1\\'),
  'a slash behind': (path) => `${path}/`,
  parameters: (path) => `${path};a=b`,
  capitals: (path) => path.toUpperCase(),
  'an encoded letter': (path) => path.replace('/v1/', '/%76%31/'),
  'a zero byte': (path) => `${path}%00`,
  'a blank': (path) => `${path}%20`,
  'a full address': (path) => `http://127.0.0.1${path}`,
  'a fragment': (path) => `${path}%23`,
};

/** Every path that reads, written in other ways: without a key, and by a stranger with the victim's ids. */
export async function tryPaths({ gun, victim, attackers: [who], loot }: Ground): Promise<Report> {
  const way = 'other paths';
  const before = gun.sent;
  const findings: Finding[] = [];
  const routes = API_ROUTES.filter(({ method, access }) => method === 'GET' && access.kind === 'key');
  for (const route of routes) {
    const { url } = asksOf(route, (kind) => loot.get(kind)?.[0] ?? unknown(kind))[0]!;
    const isOfVictim = kindsOf(route).length > 0;
    for (const [name, write] of Object.entries(WRITINGS)) {
      const path = write(url.split('?')[0]!);
      for (const token of isOfVictim ? [undefined, who!.key] : [undefined]) {
        const hit = await gun.shoot({ method: 'GET', path, token });
        if (isIn(hit) || isBroken(hit))
          findings.push({
            way,
            what: `${nameOf(route)} of ${victim.name}, with ${name}, was answered ${hit.status}`,
          });
      }
    }
  }
  return { way, targets: routes.length, requests: gun.sent - before, findings };
}
