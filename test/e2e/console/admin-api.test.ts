/**
 * The API for staff: of every route that is declared, who is let in, and that it answers as it is described. A new route
 * is in it without a line here.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdminApi, ADMIN_API } from '../../../api/admin/app';
import { ADMIN_ROUTES } from '../../../api/admin/routes';
import { createStaffDoor } from '../../../api/admin/staff';
import type { Route } from '../../../api/registry/route';
import { createStaffAccess } from '../../../domain/access/access';
import type { Permission } from '../../../domain/access/permissions';
import { createSessions } from '../../../domain/auth/sessions';
import { createCursors } from '../../../domain/errors/cursor';
import { createNightBooks } from '../../../domain/night-books/night-books';
import { createCloseStep } from '../../../domain/night/close';
import { createStaffReports } from '../../../domain/reports/desk';
import { createSafeguardingStep } from '../../../domain/safeguarding/safeguarding';
import { createSealStep } from '../../../domain/seal/seal';
import { createBalancesStep } from '../../../domain/snapshots/snapshots';
import { silentLog } from '../../../platform/logger';
import { createMetrics } from '../../../platform/metrics';
import { parseEncryptionKeys } from '../../../platform/encryption';
import { createSigner } from '../../../platform/signing';
import { makeStaff, STAFF_ROLES, type StaffRole } from '../../support/access';
import { NO_LIMITS } from '../../support/no-limits';
import { doNights, nightOf } from '../../support/nights';
import { createWorld, type World } from '../../support/world';

/** What each role may do here. Written by hand: the rows of the database must say the same. */
const ALL = ['nights.read', 'nights.write', 'reports.read', 'books.read'] as const;
const MAY: Readonly<Record<StaffRole, readonly Permission[]>> = {
  viewer: ['nights.read', 'reports.read', 'books.read'],
  auditor: ['nights.read', 'reports.read', 'books.read'],
  support: ['nights.read'],
  ops: ['nights.read', 'nights.write', 'reports.read'],
  finance: ['nights.read', 'reports.read', 'books.read'],
  operator: ALL,
  admin: ['nights.read', 'nights.write', 'reports.read'],
  founder: ALL,
};
const DAY = '2026-11-01';

let world: World;
let server: http.Server;
let url: string;
const tokens = new Map<StaffRole, string>();

beforeAll(async () => {
  world = await createWorld({ start: `${DAY}T06:30:00Z` });
  await world.user(1_000_000n);
  world.clock.advance(86_400_000);
  const { knex, clock, ids, cipher } = world.first;
  const long = { ...world.first, long: knex };
  const key = Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64');
  const signer = createSigner(parseEncryptionKeys(`a1:${key}`));
  const steps = [
    ...[createCloseStep(long), createBalancesStep(long), createSafeguardingStep(long)],
    createSealStep({ ...long, signer }),
  ];
  await doNights(world, nightOf(world.first, steps));
  const sessions = createSessions({ knex, clock });
  for (const role of STAFF_ROLES) {
    const { id } = await makeStaff(world.knex, { role, email: `${role}@munim.example` });
    tokens.set(role, await sessions.open(id, '127.0.0.1'));
  }
  const [cursors, access] = [createCursors(Buffer.alloc(32, 3)), createStaffAccess({ knex })];
  const app = createAdminApi({
    ...{ ids, access, log: silentLog, limits: NO_LIMITS, metrics: createMetrics('test') },
    timeLimits: { ownWorkMs: 60_000, providerCallMs: () => 60_000, withdrawalMs: () => 60_000 },
    staff: createStaffDoor(sessions),
    staffReports: createStaffReports({ knex, clock, ids, access, cipher, cursors, blobs: world.blobs }),
    nightBooks: createNightBooks({ knex, clock, cursors, profile: 'production' }),
  });
  const respond = app.callback();
  server = http.createServer((req, res) => void respond(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await world.close();
});

const named: readonly [string, Route][] = ADMIN_ROUTES.map((route: Route) => [
  `${route.method} ${route.path}`,
  route,
]);
const permissionOf = ({ access }: Route): Permission | 'anyone' =>
  access.kind === 'staff' ? access.permission : 'anyone';
const may = (role: StaffRole, route: Route): boolean => {
  const permission = permissionOf(route);
  return permission === 'anyone' || MAY[role].includes(permission);
};
interface Reply {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
  text: string;
}
async function call(
  method: string,
  path: string,
  { role, body, headers = {} }: { role?: StaffRole; body?: object; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(role === undefined ? {} : { authorization: `Bearer ${tokens.get(role)!}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  return {
    ...{ status: response.status, headers: response.headers, text },
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}
const pathOf = (route: Route): string =>
  route.path
    .replace('{day}', DAY)
    .replace('{year}', '2026')
    .replace('{id}', 'rpt_01jxvqexvqexvt0xvqexvqexvq');
const askOf = (route: Route): { path: string; body?: object } => {
  const [example] = route.examples ?? [];
  const query = new URLSearchParams(example?.query).toString();
  const path = query === '' ? pathOf(route) : `${pathOf(route)}?${query}`;
  return { path, ...(example?.body === undefined ? {} : { body: example.body }) };
};

test.each(named)('%s is for staff who are signed in', async (_name, route) => {
  expect(route.path.startsWith(`${ADMIN_API}/`)).toBe(true);
  const { path, body } = askOf(route);
  for (const headers of [
    {},
    { authorization: `Bearer mk_test_${'x'.repeat(49)}` },
    { authorization: `Bearer ${'x'.repeat(43)}` },
    { cookie: `__Host-munim_ops=${tokens.get('founder')!}` },
  ] as Record<string, string>[]) {
    const reply = await call(route.method, path, { ...(body === undefined ? {} : { body }), headers });
    expect([reply.status, reply.body.code]).toEqual([401, 'AUTH_REQUIRED']);
  }
});

test.each(named)('%s is for the roles that are written here, and no other', async (_name, route) => {
  const { path, body } = askOf(route);
  for (const role of STAFF_ROLES) {
    const reply = await call(route.method, path, { role, ...(body === undefined ? {} : { body }) });
    expect([role, reply.body.code === 'OPS_ROLE_MISSING']).toEqual([role, !may(role, route)]);
    expect([401, 500]).not.toContain(reply.status);
  }
});

test.each(named.filter(([, { method, path }]) => method === 'GET' && !path.includes('{id}')))(
  '%s answers as it is described',
  async (_name, route) => {
    const reply = await call('GET', askOf(route).path, { role: 'founder' });
    expect([reply.status, reply.body.code]).toEqual([200, undefined]);
    const { schema } = route.answers[200]!;
    expect(schema?.validate(reply.body, { convert: false }).error?.message).toBeUndefined();
  },
);

test('a report is asked for, made, and fetched by its link, by whoever asked and nobody else', async () => {
  const body = { report: 'trial_balance', form: 'csv', on: DAY };
  const asked = await call('POST', '/admin/v1/reports', { role: 'auditor', body });
  expect([asked.status, asked.body.status]).toEqual([202, 'waiting']);
  const self = asked.headers.get('location')!;
  for (const { id } of await world.first.reports.due()) await world.first.reports.make(id);
  const made = await call('GET', self, { role: 'auditor' });
  const described = ADMIN_ROUTES.find(({ path }) => path === '/admin/v1/reports/{id}')!.answers[200]!.schema!;
  expect(described.validate(made.body, { convert: false }).error?.message).toBeUndefined();
  expect(made.body).toMatchObject({ status: 'ready', lines_done: 2, lines_total: 2 });
  const { file } = made.body.links as { file: string };
  const got = await call('GET', file, { role: 'auditor' });
  expect(got.headers.get('content-disposition')).toBe(`attachment; filename="trial-balance-${DAY}.csv"`);
  expect(got.text.split('\r\n').slice(0, 3)).toEqual([
    'account,type,accounts,debit,credit',
    'bank:escrow,asset,1,10000.00,0.00',
    'wallet:main,liability,1,0.00,10000.00',
  ]);
  const others = await Promise.all([self, file].map((path) => call('GET', path, { role: 'finance' })));
  expect(others.map(({ status }) => status)).toEqual([404, 404]);
  const refused = await call('POST', '/admin/v1/reports', { role: 'ops', body });
  expect([refused.status, refused.body.code]).toEqual([422, 'REPORT_UNKNOWN']);
});

test('balances of a day come page by page, and a cursor is of its day', async () => {
  const first = await call('GET', `/admin/v1/nights/${DAY}/balances?limit=1`, { role: 'auditor' });
  expect(first.body).toMatchObject({ has_more: true, data: [{ balance: 1_000_000 }] });
  const cursor = String(first.body.next_cursor);
  const next = await call('GET', `/admin/v1/nights/${DAY}/balances?limit=1&cursor=${cursor}`, {
    role: 'auditor',
  });
  expect(next.body).toMatchObject({ has_more: false, data: [{ balance: -1_000_000 }] });
  const wrong = await call('GET', `/admin/v1/nights/2026-10-31/balances?cursor=${cursor}`, {
    role: 'auditor',
  });
  expect(wrong.status).toBe(422);
});

test.each([
  ['2026-02-30', 404, 'NIGHT_NOT_FOUND'],
  ['2026-11-02', 409, 'NIGHT_NOT_ENDED'],
  ['2026-10-01', 409, 'NIGHT_OUT_OF_ORDER'],
])('the night of %s cannot be run: %i %s', async (day, status, code) => {
  const reply = await call('POST', `/admin/v1/nights/${day}/run`, { role: 'ops', body: {} });
  expect([reply.status, reply.body.code]).toEqual([status, code]);
});
