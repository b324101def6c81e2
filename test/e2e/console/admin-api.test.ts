/**
 * The API for staff: of every route that is declared, who is let in, and that it answers as it is described. A new route
 * is in it without a line here.
 */
import { ADMIN_API } from '../../../api/admin/app';
import { ADMIN_ROUTES } from '../../../api/admin/routes';
import type { Route } from '../../../api/registry/route';
import type { Permission } from '../../../domain/access/permissions';
import { SESSION_COOKIE } from '../../../domain/auth/sessions';
import { createCloseStep } from '../../../domain/night/close';
import { createSafeguardingStep } from '../../../domain/safeguarding/safeguarding';
import { createSealStep } from '../../../domain/seal/seal';
import { createBalancesStep } from '../../../domain/snapshots/snapshots';
import { rows } from '../../../platform/database';
import { parseEncryptionKeys } from '../../../platform/encryption';
import { ID_PREFIXES, type IdKind } from '../../../platform/ids';
import { createSigner } from '../../../platform/signing';
import { STAFF_ROLES, type StaffRole } from '../../support/access';
import { doNights, nightOf } from '../../support/nights';
import { startStaffApi, STAFF_ORIGIN, type StaffApi } from '../../support/staff-api';
import { createWorld, type World } from '../../support/world';

const READS = [
  'approvals.read',
  'books.read',
  'commissions.read',
  'disputes.read',
  'nights.read',
  'recon.read',
  'reports.read',
  'settlements.read',
] as const;
const WORKS = [
  'cases.propose',
  'commissions.propose',
  'disputes.propose',
  'disputes.write',
  'funds.propose',
  'nights.write',
  'recon.write',
  'settlements.propose',
] as const;
/** What each role may do here. Written by hand: the rows of the database must say the same. */
const MAY: Readonly<Record<StaffRole, readonly Permission[]>> = {
  viewer: READS,
  auditor: READS,
  support: ['approvals.read', 'commissions.read', 'disputes.read', 'nights.read', 'settlements.read'],
  ops: [...READS.filter((one) => one !== 'books.read'), ...WORKS],
  finance: [...READS, 'recon.write'],
  operator: [...READS, ...WORKS],
  admin: [...READS.filter((one) => one !== 'books.read'), 'nights.write'],
  founder: [...READS, ...WORKS],
};
const DAY = '2026-11-01';

let world: World;
let api: StaffApi;

beforeAll(async () => {
  world = await createWorld({ start: `${DAY}T06:30:00Z` });
  await world.user(1_000_000n);
  world.clock.advance(86_400_000);
  const long = { ...world.first, long: world.first.knex };
  const key = Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64');
  const signer = createSigner(parseEncryptionKeys(`a1:${key}`));
  const steps = [
    ...[createCloseStep(long), createBalancesStep(long), createSafeguardingStep(long)],
    createSealStep({ ...long, signer }),
  ];
  await doNights(world, nightOf(world.first, steps));
  api = await startStaffApi(world);
  await api.operations.reconciliation.addSource({ name: 'escrow', bank: 'escrow', format: 'camt053' });
});
afterAll(async () => {
  try {
    await api.close();
  } finally {
    await world.close();
  }
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
interface Sent {
  role?: StaffRole;
  body?: object | string;
  headers?: Record<string, string>;
}
async function call(method: string, path: string, { role, body, headers = {} }: Sent = {}): Promise<Reply> {
  const type = typeof body === 'string' ? 'application/octet-stream' : 'application/json';
  const response = await fetch(api.url + path, {
    method,
    headers: {
      ...(role === undefined ? {} : { authorization: `Bearer ${api.tokens.get(role)!}` }),
      ...(body === undefined ? {} : { 'content-type': type }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  return {
    ...{ status: response.status, headers: response.headers, text },
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}
/** What stands in a path that is no id. */
const PARTS: Readonly<Record<string, string>> = { day: DAY, year: '2026', number: '7', scheme: 'gold' };
const pathOf = ({ path, params }: Route): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const kind = (params[name] as { id?: IdKind } | undefined)?.id;
    return kind === undefined ? PARTS[name]! : `${ID_PREFIXES[kind]}_01jxvqexvqexvt0xvqexvqexvq`;
  });
const askOf = (route: Route): { path: string; body?: object | string } => {
  const [example] = route.examples ?? [];
  const query = new URLSearchParams(example?.query).toString();
  const path = query === '' ? pathOf(route) : `${pathOf(route)}?${query}`;
  if (route.body?.kind === 'raw') return { path, body: 'not, a file\n' };
  return { path, ...(example?.body === undefined ? {} : { body: example.body }) };
};
const cookieOf = (role: StaffRole): Record<string, string> => ({
  cookie: `${SESSION_COOKIE}=${api.tokens.get(role)!}`,
});

test.each(named)('%s is for staff who are signed in', async (_name, route) => {
  expect(route.path.startsWith(`${ADMIN_API}/`)).toBe(true);
  const ask = askOf(route);
  for (const headers of [
    {},
    { authorization: `Bearer mk_test_${'x'.repeat(49)}` },
    { authorization: `Bearer ${'x'.repeat(43)}` },
    { cookie: `${SESSION_COOKIE}=${'x'.repeat(43)}`, origin: STAFF_ORIGIN },
    { ...cookieOf('founder'), origin: STAFF_ORIGIN, authorization: 'Bearer x' },
  ] as Record<string, string>[]) {
    const reply = await call(route.method, ask.path, { ...ask, headers });
    expect([reply.status, reply.body.code]).toEqual([401, 'AUTH_REQUIRED']);
  }
});

test.each(named)('%s takes a cookie from pages of ours alone', async (_name, route) => {
  const ask = askOf(route);
  const elsewhere: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: STAFF_ORIGIN },
    ...(route.method === 'GET' ? [] : [{}, { origin: 'https://evil.example' }, { origin: 'null' }]),
  ];
  for (const headers of elsewhere) {
    const reply = await call(route.method, ask.path, {
      ...ask,
      headers: { ...cookieOf('founder'), ...headers },
    });
    expect([reply.status, reply.body.code]).toEqual([403, 'OPS_ORIGIN_REFUSED']);
  }
  const headers = { ...cookieOf('support'), origin: STAFF_ORIGIN, 'sec-fetch-site': 'same-origin' };
  const ours = await call(route.method, ask.path, { ...ask, headers });
  expect(ours.body.code === 'OPS_ROLE_MISSING').toBe(!may('support', route));
  expect([401, 500]).not.toContain(ours.status);
});

test.each(named)('%s is for the roles that are written here, and no other', async (_name, route) => {
  const ask = askOf(route);
  for (const role of STAFF_ROLES) {
    const reply = await call(route.method, ask.path, { role, ...ask });
    expect([role, reply.body.code === 'OPS_ROLE_MISSING']).toEqual([role, !may(role, route)]);
    expect([401, 500, 503]).not.toContain(reply.status);
  }
});

const changing = named.filter(([, { method }]) => method !== 'GET');
test.each(changing)('%s is written down before it is done, and with its result', async (_name, route) => {
  const ask = askOf(route);
  const since = await lastAudit();
  await call(route.method, ask.path, { role: 'operator', ...ask });
  await call(route.method, ask.path, { role: 'support', ...ask });
  const found = (await auditsSince(since)).filter(({ action }) => action === route.action);
  const outcomes = found.map(({ outcome }) => outcome);
  expect(outcomes.slice(0, 2)).toEqual(['attempted', expect.stringMatching(/^(succeeded|failed)$/)]);
  expect(outcomes.includes('refused')).toBe(!may('support', route));
});
const lastAudit = async (): Promise<bigint> =>
  (await rows<{ id: bigint }>(world.knex, 'select coalesce(max(id), 0)::int8 as id from audit_log'))[0]!.id;
const auditsSince = (id: bigint) =>
  rows<{ action: string; outcome: string; subject: string }>(
    world.knex,
    'select action, outcome, subject from audit_log where id > ? order by id',
    [id],
  );

test.each(named.filter(([, { method, path }]) => method === 'GET' && !/\{(?:id|number|scheme)\}/.test(path)))(
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
