/** The role of the caller, at every route that is declared: a new one is in it without a line here. */
import http from 'node:http';
import Koa from 'koa';
import request from 'supertest';
import { createAccess } from '../../domain/access/access';
import { isPermission, permissionOf, PERMISSIONS, type Permission } from '../../domain/access/permissions';
import type { Caller } from '../../domain/auth/api-keys';
import { accountId, userId } from '../../domain/ids/ids';
import { SESSION_SCOPES } from '../../domain/services/services';
import { asksOf, namedRoutes, unknown } from '../../test/support/access-matrix';
import { silentLog } from '../../platform/logger';
import { Answer } from '../middleware/answer';
import { problems } from '../middleware/problems';
import { ok } from './replies';
import type { Route } from './route';
import { createRouter } from './router';

const ALL = Object.keys(PERMISSIONS).filter(isPermission);
const NOT_FOR_IT = 'AUTH_ROLE_MISSING';
const ofCallers = namedRoutes(({ access }) => access.kind === 'key');
const permissionsOf = ({ access }: Route): Permission[] =>
  access.kind === 'key' ? access.scopes.map(permissionOf) : [];

/** What the role of the caller has in the request under way. */
let granted: readonly Permission[] = [];
const access = createAccess({
  grants: { grants: () => new Map([['tested', new Map(granted.map((name) => [name, 'own']))]]) },
  network: { isInSubtree: () => Promise.resolve(false) },
});

/** The routes with handlers that do nothing, for a caller whose key has every scope. */
function app(): ReturnType<Koa['callback']> {
  const caller: Caller = {
    userId: userId('01930000-0000-7000-8000-000000000001'),
    keyId: 'key',
    walletId: 'wallet',
    accountId: accountId(1n),
    scopes: SESSION_SCOPES,
    services: [],
    role: 'tested',
  };
  const koa = new Koa();
  koa.use(async (ctx, next) => {
    const answer = new Answer({});
    ctx.state.answer = answer;
    ctx.respond = false;
    await next();
    answer.write(ctx.res);
  });
  koa.use(problems(silentLog));
  koa.use(
    createRouter(
      namedRoutes().map(([, route]) => ({ ...route, handle: () => ok({}) })),
      {
        authenticator: { authenticate: () => Promise.resolve(caller) },
        access,
        limits: {
          pass: async (_ctx, _limits, _caller, next) => next(),
          passUnknown: () => Promise.resolve(),
        },
      },
    ),
  );
  return koa.callback();
}

const handle = app();
const server = http.createServer((req, res) => {
  void handle(req, res);
});
beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

async function codeOf(route: Route, permissions: readonly Permission[]): Promise<unknown> {
  const [{ url, headers, body }] = asksOf(route, unknown) as [ReturnType<typeof asksOf>[number]];
  const verb = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
  granted = permissions;
  const agent = request(server);
  const asked = agent[verb](url).set({ ...headers, authorization: 'Bearer mk_test' });
  const reply = await (body === undefined ? asked : asked.send(body));
  return (reply.body as { code?: unknown }).code;
}

test.each(ofCallers)('%s needs what its scopes are called, of the role as well', async (_name, route) => {
  const needed = permissionsOf(route);
  expect(
    await codeOf(
      route,
      ALL.filter((name) => !needed.includes(name)),
    ),
  ).toBe(NOT_FOR_IT);
  for (const permission of needed) expect(await codeOf(route, [permission])).not.toBe(NOT_FOR_IT);
});

test('a role that is not there may call nothing that needs one', async () => {
  for (const [name, route] of ofCallers) expect([name, await codeOf(route, [])]).toEqual([name, NOT_FOR_IT]);
});
