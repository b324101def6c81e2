/**
 * What holds for every route that is declared, above all who may call it: a new route is in it without a line
 * here. One stack for all; a first user has one of everything, and the others go by its ids.
 */
import { randomUUID } from 'node:crypto';
import { createApiKey } from '../../../domain/auth/api-keys';
import { createSessions, SESSION_COOKIE } from '../../../domain/auth/sessions';
import { SCOPES, type Scope } from '../../../domain/services/services';
import { createPasswords } from '../../../domain/auth/passwords';
import { businessDate, systemClock } from '../../../platform/clock';
import { execute } from '../../../platform/database';
import { ID_PREFIXES, type IdKind } from '../../../platform/ids';
import { WORKER_TYPES } from '../../../workers/types';
import type { Route } from '../../../api/registry/route';
import {
  asksNaming,
  asksOf,
  contentsOf,
  kindsOf,
  namedRoutes,
  unknown,
  type Ask,
  type Things,
} from '../../support/access-matrix';
import { makeStaff, STAFF_ROLES } from '../../support/access';
import { createGarden } from '../../support/planting';
import type { UserId } from '../../../domain/ids/ids';
import { payoutBody, startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { plantDispute } from '../../support/disputes';
import { plantSettlement } from '../../support/settlements';
import { answersIn, exchange, requestText } from '../../support/raw-http';
import { createDay, type Day } from '../../support/service-flows';

const LONG_MS = 300_000;
/**
 * What a request may leave without having done anything: that a key was used and is counted, the log of calls to
 * providers, a forged callback in quarantine, the provider's catalogue of billers, which is read when it is asked for.
 */
const WRITTEN_BESIDE = [
  'api_keys',
  'api_calls',
  'callbacks',
  'ops_sessions',
  'bbps_billers',
  'bbps_lists',
  'request_permits',
];
/** A key has none of these: what they name is of somebody who is signed in. */
const OF_SESSIONS = new Set(['POST /v1/account/contact/code', 'POST /v1/confirmations/{id}/code']);
/** Eko's sandbox offers no payments with Aadhaar. */
const NOBODY_HAS = new Set(['GET /v1/aeps/merchant-payments/{id}', ...OF_SESSIONS]);

/** Whom a body names is not looked at: a key is no sign-in (403), and the stranger has no PIN (409). */
const NOT_LOOKED_AT: Readonly<Record<string, number>> = {
  'POST /v1/account/contact/code': 403,
  'POST /v1/confirmations': 409,
};

let p: Platform;
let day: Day;
let stranger: Awaited<ReturnType<Platform['user']>>;
/** What the first user has, by kind. */
const owned = new Map<IdKind, string[]>();
let before: Record<string, string>;

beforeAll(async () => {
  p = await startPlatform({ workers: [], setu: true, eko: true, razorpay: true });
  await permitAll();
  const workers = WORKER_TYPES.map((type) => p.startWorker(type));
  day = await createDay(p, createGarden());
  stranger = await p.user(100_000_000n);
  await makeOneOfEach();
  await Promise.all(workers.map((worker) => worker.stop()));
  await p.c.admitted();
  await p.c.health.check(); // writes down whose queues these are
  for (const [kind, prefix] of Object.entries(ID_PREFIXES)) {
    const ids = day.answers.flatMap(
      ({ text }) => text.match(new RegExp(`\\b${prefix}_[0-9a-z]{26}\\b`, 'g')) ?? [],
    );
    owned.set(kind as IdKind, [...new Set(ids)]);
  }
  before = await contentsOf(p.c.knex, WRITTEN_BESIDE);
}, LONG_MS);
afterAll(async () => {
  await p.close();
}, LONG_MS);

/** A retailer may do all that somebody of the network may. What each role may is held by api/registry/roles.test.ts. */
async function permitAll(): Promise<void> {
  await execute(
    p.db,
    `insert into role_permissions (role, kind, only_reads, both_halves, permission, area, does, reach)
     select distinct on (g.permission) r.name, r.kind, r.only_reads, r.both_halves, g.permission, g.area, g.does, g.reach
     from roles r, role_permissions g where r.name = 'retailer' and g.kind = r.kind
     on conflict (role, permission) do nothing`,
  );
}

async function makeOneOfEach(): Promise<void> {
  await day.good(day.get('/v1/wallets'));
  await day.tills('a');
  await day.payoutFile('a');
  await day.ended(day.payout('payee', '0000'));
  await day.good(day.get('/v1/beneficiaries'));
  const { sender } = await day.verified('sender');
  const transfer = await day.transfer(sender, await day.recipient(sender, 'recipient', '0000'), 'transfer');
  await day.statusOf(transfer);
  const tag = { biller: 'PATH00000NAT05', name: 'Vehicle Registration Number', value: 'MH12AB0000' };
  const toll = await day.good(day.pay(await day.good(day.bill('tag', '0000', tag)), 50_000));
  await day.good(day.get(`/v1/transactions/${toll.body.id as string}`, { prefer: 'wait=20' }));
  const complaint = { disposition: 'service-not-received', description: 'The tag shows the old balance' };
  await day.good(day.post(`/v1/bbps/payments/${toll.body.id as string}/complaints`, complaint));
  await day.ended(day.topUp('recharged', '0000'));
  await day.good(day.load());
  await day.good(day.post('/v1/aeps/agent', day.activation()));
  const otp = await day.otp('agent');
  await day.good(day.post('/v1/aeps/agent/kyc/otp', day.me));
  await day.good(day.post('/v1/aeps/agent/kyc/verification', { ...day.me, otp }));
  await day.good(day.post('/v1/aeps/agent/kyc/biometric', day.finger('agent, once')));
  await day.good(day.post('/v1/aeps/agent/kyc/daily', day.finger('agent, daily')));
  await day.good(day.withdraw(day.customer('withdrawal', '0000')));
  const { pid: _pid, ...large }: Record<string, unknown> = {
    ...day.customer('large withdrawal', '0000'),
    amount: 600_000,
  };
  await day.otp('withdrawal');
  await day.good(day.askOtp(large));
  const brought = { amount: 100_000, currency: 'INR', bank: 'escrow', mode: 'IMPS', utr: '569690930707' };
  const once = { 'idempotency-key': randomUUID() };
  await day.good(day.post('/v1/fund-requests', { ...brought, paid_on: businessDate(new Date()) }, once));
  const asked = { amount: 10_000, currency: 'INR', reference: 'move-1', from: 'aeps', to: 'main' };
  await day.good(day.post('/v1/wallet-moves', asked, { 'idempotency-key': randomUUID() }));
  const of = { report: 'commission_statement', form: 'csv', from: '2026-11-01', to: '2026-11-28' };
  const report = await day.good(day.post('/v1/reports', of));
  await day.good(day.get(`/v1/reports/${report.body.id as string}`));
  await plantSettlement(p.db, day.userId);
  await plantDispute(p.db, day.userId);
  await day.good(day.get('/v1/disputes'));
  await day.good(day.get('/v1/settlements'));
  await signInOnce(day.userId);
  await day.good(day.get('/v1/sessions'));
  await day.good(day.get('/v1/devices'));
}

/** What belongs to who is signed in: a key has none. */
async function signInOnce(user: UserId): Promise<void> {
  const { accessToken } = await p.c.knex.transaction((trx) =>
    p.c.userSessions.start(trx, {
      userId: user,
      device: { name: 'Chrome on Android', ip: '192.0.2.1' },
      methods: ['pwd'],
    }),
  );
  const password = 'a door in the rain';
  const set = 'insert into user_passwords (user_id, password_hash, set_at) values (?, ?, now())';
  await execute(p.c.knex, set, [user, await createPasswords().hash(password)]);
  const { amount, currency, beneficiary } = payoutBody('0000');
  const order = { amount, currency, beneficiary, pin: '482915' };
  for (const [method, url, body] of [
    ['PUT', '/v1/pin', { pin: '482915' }],
    ['POST', '/v1/confirmations', order],
    ['POST', '/v1/data-requests', { kind: 'export', reason: 'to see what is kept' }],
    ['POST', '/v1/account/contact', { contact: day.g.mobile('new number', '0000'), password }],
  ] as const)
    await day.good(p.call(method, url, { key: accessToken, body }).then((r) => day.keep(method, url, r)));
}

const send = (route: Route, { url, body, headers }: Ask, key?: string, more: object = {}): Promise<Reply> =>
  p.call(route.method, url, { key, body, headers: { ...headers, ...more } });
const keyWith = async (scopes: readonly string[]): Promise<string> =>
  (await createApiKey(p.c.knex, p.c.ids, { userId: stranger.userId, mode: 'test', scopes })).secret;
const ofKeys = namedRoutes(({ access }) => access.kind === 'key');
const scopesOf = ({ access }: Route): readonly Scope[] => (access.kind === 'key' ? access.scopes : []);
/** The nth of each kind. */
const nth =
  (n: number): Things =>
  (kind) =>
    owned.get(kind)![n % owned.get(kind)!.length]!;
const mostOf = (route: Route): number =>
  Math.max(1, ...kindsOf(route).map((kind) => owned.get(kind)!.length));
/** What a problem says, without what differs with each request. */
const said = ({ status, body }: Reply): object => ({ ...body, status, request_id: undefined });

/** Those that differ with each answer left out. */
const headersOf = ({ headers }: Pick<Reply, 'headers'>): Record<string, string> =>
  Object.fromEntries(
    [...headers].filter(
      ([name]) => !['date', 'request-id', 'ratelimit', 'connection', 'keep-alive'].includes(name),
    ),
  );

const expectUnchanged = async (): Promise<void> => {
  expect(await contentsOf(p.c.knex, WRITTEN_BESIDE)).toEqual(before);
};

it('the first user has one of everything that a route goes by', () => {
  const kinds = new Set(namedRoutes().flatMap(([, route]) => kindsOf(route)));
  expect([...kinds].filter((kind) => owned.get(kind)!.length === 0)).toEqual([]);
});

describe('methods and media types', () => {
  const OTHERS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  const paths = [...new Set(namedRoutes().map(([, { path }]) => path))];
  const allowOf = (path: string): string => {
    const methods = namedRoutes((route) => route.path === path).map(([, { method }]) => method);
    return [...new Set(methods.flatMap((one) => (one === 'GET' ? ['GET', 'HEAD'] : [one])))]
      .toSorted()
      .join(', ');
  };
  const urlOf = (path: string): string =>
    asksOf(namedRoutes((route) => route.path === path)[0]![1], nth(0))[0]!.url;

  it.each(paths)('%s has its methods and no other', async (path) => {
    const allow = allowOf(path);
    for (const method of OTHERS.filter((one) => !allow.split(', ').includes(one))) {
      const reply = await p.call(method, urlOf(path), { key: day.key });
      expectProblem(reply, 'REQUEST_METHOD_NOT_ALLOWED');
      expect(reply.headers.get('allow')).toBe(allow);
    }
    const options = await p.call('OPTIONS', urlOf(path));
    expect([options.status, options.headers.get('allow'), options.text]).toEqual([204, allow, '']);
  });

  it('what Node would answer by itself is answered as everything else', async () => {
    for (const [line, headers, code, allow] of [
      ['CONNECT example.com:443', [], 'REQUEST_METHOD_NOT_ALLOWED', 'GET, HEAD, POST'],
      ['GET /healthz', ['Expect: a-miracle'], 'REQUEST_HEADER_INVALID', null],
    ] as const) {
      const bytes = requestText(line, [...headers, 'Connection: close']);
      const [reply] = answersIn((await exchange(p.apiUrl, bytes)).text);
      expectProblem(reply!, code);
      expect(reply!.headers.get('allow')).toBe(allow);
    }
  });

  const reads = namedRoutes(({ method }) => method === 'GET');
  it.each(reads)('HEAD of %s is GET without its body', async (_name, route) => {
    const [{ url }] = asksOf(route, nth(0)) as [Ask];
    const [get, head] = [await asked('GET', url), await asked('HEAD', url)];
    expect(head.bytes).toHaveLength(0);
    const { 'content-length': told, ...others } = headersOf(head);
    const { 'content-length': length, ...expected } = headersOf(get);
    expect([head.status, others]).toEqual([get.status, expected]);
    expect(Number(length)).toBe(get.bytes.length);
    // a PDF says in compressed text when it was made, so that one is not always as long as the next
    expect(Math.abs(Number(told) - get.bytes.length)).toBeLessThanOrEqual(url.includes('.pdf') ? 100 : 0);
  });
  const asked = async (
    method: string,
    url: string,
  ): Promise<{ status: number; headers: Headers; bytes: Buffer }> => {
    const response = await fetch(p.apiUrl + url, { method, headers: { authorization: `Bearer ${day.key}` } });
    const { status, headers } = response;
    return { status, headers, bytes: Buffer.from(await response.arrayBuffer()) };
  };

  it.each(namedRoutes(({ body }) => body?.kind === 'json'))('%s takes JSON only', async (_name, route) => {
    const [ask] = asksOf(route, nth(0)) as [Ask];
    const text = { ...ask, body: undefined };
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-16',
    ]) {
      const init = {
        method: route.method,
        headers: { ...ask.headers, authorization: `Bearer ${day.key}`, 'content-type': type },
        body: JSON.stringify(ask.body),
      };
      const response = await fetch(p.apiUrl + text.url, init);
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
        415,
        'REQUEST_MEDIA_TYPE_UNSUPPORTED',
      ]);
    }
  });

  const withoutQuery = namedRoutes(({ query }) => query === undefined);
  it.each(withoutQuery)('%s takes no query', async (_name, route) => {
    for (const { url, ...ask } of asksOf(route, nth(0)))
      expectProblem(
        await send(route, { ...ask, url: `${url}?dry_run=true` }, day.key),
        'REQUEST_FIELD_UNKNOWN',
      );
  });

  const withKey = namedRoutes(({ idempotency }) => idempotency === 'key');
  it.each(withKey)('%s asks for an Idempotency-Key', async (_name, route) => {
    for (const ask of asksOf(route, nth(0)))
      expectProblem(await send(route, { ...ask, headers: {} }, day.key), 'IDEMPOTENCY_KEY_MISSING');
  });
  it('changed nothing', async () => {
    await expectUnchanged();
  });
});

describe('nobody, and a wrong key', () => {
  it.each(ofKeys)('%s', async (_name, route) => {
    for (const ask of asksOf(route, nth(0))) {
      expectProblem(await send(route, ask), 'AUTH_REQUIRED');
      expectProblem(await send(route, ask, `${day.key.slice(0, -1)}~`), 'AUTH_KEY_INVALID');
    }
  });
  it.each(namedRoutes(({ access }) => access.kind === 'provider'))(
    '%s, without what shows a provider',
    async (_name, route) => {
      for (const ask of asksOf(route, nth(0)))
        for (const key of [undefined, day.key]) {
          const reply = await send(route, { ...ask, body: {} }, key);
          expect([401, 404]).toContain(reply.status);
        }
    },
  );
  it.each(namedRoutes(({ access }) => access.kind === 'public'))(
    '%s is for everybody',
    async (_name, route) => {
      for (const ask of asksOf(route, nth(0))) expect((await send(route, ask)).status).toBe(200);
    },
  );
  it('changed nothing', async () => {
    await expectUnchanged();
  });
});

/** A try to sign in leaves a count and a line in the audit log, and nothing else. */
describe('credentials of nobody', () => {
  it.each(namedRoutes(({ access }) => access.kind === 'credentials'))('%s', async (_name, route) => {
    for (const ask of asksOf(route, nth(0))) {
      const reply = await send(route, ask, day.key);
      expect([202, 204, 401, 422]).toContain(reply.status);
      expect(reply.body).not.toHaveProperty('access_token');
    }
  });
  afterAll(async () => {
    before = await contentsOf(p.c.knex, WRITTEN_BESIDE);
  });
});

describe('ops staff', () => {
  const cookies = new Map<string, string>();
  beforeAll(async () => {
    const sessions = createSessions({ knex: p.c.knex, clock: systemClock });
    for (const role of STAFF_ROLES) {
      const { id } = await makeStaff(p.c.knex, { role, email: `${role}@munim.example` });
      cookies.set(role, `${SESSION_COOKIE}=${await sessions.open(id, '127.0.0.1')}`);
    }
    before = await contentsOf(p.c.knex, WRITTEN_BESIDE);
  });
  it.each(STAFF_ROLES)('%s has no say in the API', async (role) => {
    for (const [, route] of ofKeys)
      for (const ask of asksOf(route, nth(0)))
        expectProblem(await send(route, ask, undefined, { cookie: cookies.get(role)! }), 'AUTH_REQUIRED');
    await expectUnchanged();
  });
});

describe('a key without the scope', () => {
  it.each(ofKeys)('%s', async (_name, route) => {
    const key = await keyWith(SCOPES.filter((scope) => !scopesOf(route).includes(scope)));
    for (const ask of asksOf(route, nth(0))) expectProblem(await send(route, ask, key), 'AUTH_SCOPE_MISSING');
  });
  it('changed nothing', async () => {
    await expectUnchanged();
  });
});

describe('another user', () => {
  const withIds = ofKeys.filter(([, route]) => kindsOf(route).length > 0);
  it.each(withIds)('%s: what is not theirs is not there', async (name, route) => {
    const [none] = await Promise.all(
      asksNaming(route, unknown).map((ask) => send(route, ask, stranger.apiKey)),
    );
    // 404 for what a path names; a body may also be told that what it names is wrong
    const isInPath = Object.values(route.params).some(({ id }) => id !== undefined);
    const absent = isInPath ? [404] : [NOT_LOOKED_AT[name] ?? 404, NOT_LOOKED_AT[name] ?? 422];
    expect(absent).toContain(none!.status);
    for (let n = 0; n < mostOf(route); n += 1)
      for (const ask of asksNaming(route, nth(n))) {
        const reply = await send(route, ask, stranger.apiKey);
        expect(said(reply)).toEqual(said(none!)); // not to be told from one that does not exist
      }
  });
  it('changed nothing', async () => {
    await expectUnchanged();
  });
  it.each(withIds.filter(([name]) => !NOBODY_HAS.has(name)))(
    '%s: to its owner it is there',
    async (_name, route) => {
      const replies: Reply[] = [];
      for (let n = 0; n < mostOf(route); n += 1)
        for (const ask of asksNaming(route, nth(n))) replies.push(await send(route, ask, day.key));
      expect(replies.map(({ status, text }) => (status === 404 ? text : 'there'))).toContain('there');
    },
  );
});

it.each(ofKeys)('%s: one of its scopes is enough', async (_name, route) => {
  for (const scope of scopesOf(route)) {
    const key = await keyWith([scope]);
    const [ask] = asksOf(route, unknown);
    const reply = await send(route, { ...ask!, body: route.body && { not_a_field: 1 } }, key);
    expect([401, 403]).not.toContain(reply.status);
  }
});
