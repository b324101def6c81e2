/**
 * Who may do what in the console, of every route that is declared and every role that there is: a new one of
 * either is in it without a line here.
 */
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { CONSOLE_ROUTES } from '../../../console/routes';
import type { ConsoleRoute } from '../../../console/route';
import type { Permission } from '../../../domain/access/permissions';
import { STAFF_ROLES, type StaffRole } from '../../support/access';
import { email, PASSWORD, startConsole, type AuditRow, type TestConsole } from '../../support/console';

const JOB = { name: 'transaction-hold', id: 'a-1', data: { ids: [randomUUID()] } };
const PARTS: Readonly<Record<string, string>> = {
  queue: 'hold',
  job: JOB.id,
  file: 'favicon.ico',
  id: randomUUID(),
};

const LOOKS = [
  'account.read',
  'api_calls.read',
  'approvals.read',
  'queues.read',
  'transactions.find',
] as const;
/** What each role of staff may do in the console. Written here by hand: the rows of the database must say the same. */
const MAY: Readonly<Record<StaffRole, readonly Permission[]>> = {
  viewer: [...LOOKS, 'risk.read'],
  auditor: [...LOOKS, 'risk.read'],
  support: LOOKS,
  finance: [...LOOKS, 'risk.read'],
  ops: [...LOOKS, 'risk.read', 'queues.wake'],
  operator: [...LOOKS, 'risk.read', 'queues.wake'],
  admin: [...LOOKS, 'risk.read', 'queues.wake', 'queues.tend'],
  founder: [...LOOKS, 'risk.read', 'queues.wake', 'queues.tend'],
};
const may = (role: StaffRole, permission: Permission): boolean => MAY[role].includes(permission);

let c: TestConsole;
const cookies = new Map<StaffRole, string>();
beforeAll(async () => {
  c = await startConsole();
  for (const role of STAFF_ROLES) {
    const response = await request(c.url)
      .post('/ops/login')
      .type('form')
      .set('Origin', c.origin)
      .send({ email: email(role), password: PASSWORD });
    if (response.status !== 303)
      throw new Error(`${role} is not let in: ${response.status} ${response.text}`);
    cookies.set(role, String(response.headers['set-cookie']![0]).split(';')[0]!);
  }
  await c.queues.add('hold', [JOB], { timeoutMs: 60_000 }); // a busy machine
});
afterAll(async () => {
  await c.close();
});

const nameOf = ({ method, path }: ConsoleRoute): string => `${method} ${path}`;
const named = (of: (route: ConsoleRoute) => boolean): [string, ConsoleRoute][] =>
  CONSOLE_ROUTES.filter(of).map((route) => [nameOf(route), route]);
const isPermission = (access: ConsoleRoute['access']): access is Permission =>
  access !== 'anyone' && access !== 'nobody';
const isOfBoard = ({ path }: ConsoleRoute): boolean => path.startsWith('/ops/queues/');
const isForm = (route: ConsoleRoute): boolean => route.method === 'POST' && !isOfBoard(route);

/** As a page of the console sends it. */
function send(route: ConsoleRoute, headers: Record<string, string>): request.Test {
  const url = route.path.replaceAll(/\{\+?(\w+)\}/g, (_, name: string) => PARTS[name]!);
  const verb = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch';
  const agent = request(c.url);
  const asked = agent[verb](url).set({ Accept: '*/*', Origin: c.origin, ...headers });
  if (isForm(route)) return asked.type('form').send({ what: 'ref-1' });
  return route.method === 'GET' ? asked : asked.send({});
}
const as = (role: StaffRole): Record<string, string> => ({ Cookie: cookies.get(role)! });
const added = async (since: number): Promise<AuditRow[]> => (await c.audit()).slice(since);
const state = async (): Promise<unknown> => [
  await c.queues.counts('hold'),
  await c.queues.handle('hold').isPaused(),
];

describe('whoever is not signed in', () => {
  test.each([
    ['nobody', {}],
    ['a session that is none', { Cookie: `__Host-munim_ops=${'x'.repeat(43)}` }],
    ['a key of the API', { Authorization: `Bearer mk_test_${'x'.repeat(49)}` }],
  ])('%s is asked to sign in, everywhere', async (_name, headers: Record<string, string>) => {
    const [before, audits] = [await state(), (await c.audit()).length];
    for (const [name, route] of named(({ access }) => access !== 'anyone')) {
      const reply = await send(route, headers);
      const asksToSignIn = reply.status === 401 || reply.headers.location === '/ops/login';
      expect([name, reply.status, asksToSignIn]).toEqual([name, expect.any(Number), true]);
    }
    expect(await state()).toEqual(before);
    expect(await added(audits)).toEqual([]);
  });
});

/** Each role with each route that `of` says. */
const byRole = (of: (route: ConsoleRoute, role: StaffRole) => boolean): [StaffRole, string, ConsoleRoute][] =>
  STAFF_ROLES.flatMap((role) =>
    named((route) => of(route, role)).map(([name, route]): [StaffRole, string, ConsoleRoute] => [
      role,
      name,
      route,
    ]),
  );
const isLetIn = ({ access }: ConsoleRoute, role: StaffRole): boolean =>
  isPermission(access) && may(role, access);
const isKeptOut = ({ access }: ConsoleRoute, role: StaffRole): boolean =>
  isPermission(access) && !may(role, access);

describe('roles', () => {
  test.each(byRole(isKeptOut))('a %s is refused %s, and that is written down', async (role, _name, route) => {
    const [before, audits] = [await state(), (await c.audit()).length];
    const reply = await send(route, as(role));
    expect(reply.status).toBe(403);
    expect(reply.text).toContain(`This needs the permission ${route.access}`);
    expect(await state()).toEqual(before);
    const written = route.method === 'GET' ? [] : [{ outcome: 'refused', detail: { reason: 'role', role } }];
    expect(await added(audits)).toMatchObject(written);
  });
  test.each(byRole(({ access }) => access === 'nobody'))(
    'a %s is refused %s: it is for nobody',
    async (role, _name, route) => {
      const before = await state();
      expect((await send(route, as(role))).status).toBe(403);
      expect(await state()).toEqual(before);
    },
  );
});

/** Comes from the OpenID provider itself, with a token that it signed and no cookie. */
const FROM_THE_PROVIDER = 'POST /ops/login/company/logout';

test('what changes something must come from a page of ours, whatever the role', async () => {
  const before = await state();
  const ofPages = named(({ method }) => method !== 'GET').filter(([name]) => name !== FROM_THE_PROVIDER);
  for (const [name, route] of ofPages)
    for (const origin of ['https://evil.example', 'null']) {
      const reply = await send(route, { ...as('admin'), Origin: origin });
      expect([name, reply.status]).toEqual([name, 403]);
    }
  expect(await state()).toEqual(before);
});

test('a path has its methods and no other', async () => {
  for (const [name, route] of named(
    (one) => !isOfBoard(one) && one.path !== '/ops/queues' && one.method === 'GET',
  )) {
    const url = route.path.replaceAll(/\{(\w+)\}/g, (_, part: string) => PARTS[part]!);
    const reply = await request(c.url).put(url).set(as('admin')).set('Origin', c.origin);
    const methods = CONSOLE_ROUTES.filter(({ path }) => path === route.path).flatMap(({ method }) =>
      method === 'GET' ? ['GET', 'HEAD'] : [method],
    );
    expect([name, reply.status, reply.headers.allow]).toEqual([name, 405, methods.toSorted().join(', ')]);
    const head = await request(c.url).head(url).set(as('viewer'));
    const get = await request(c.url).get(url).set(as('viewer'));
    expect([name, head.status, head.text]).toEqual([name, get.status, undefined]);
  }
  for (const url of ['/ops/nowhere', '/ops/queues/api/nowhere', '/ops/queues/nowhere'])
    expect((await request(c.url).get(url).set(as('admin'))).status).toBe(404);
});

describe('last, since it changes something', () => {
  test.each(byRole(isLetIn))('a %s is let in: %s', async (role, _name, route) => {
    const reply = await send(route, as(role));
    expect([401, 403]).not.toContain(reply.status);
    expect(reply.headers.location).not.toBe('/ops/login');
  });
});
