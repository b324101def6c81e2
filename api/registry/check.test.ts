import Joi from 'joi';
import { checkRoutes } from './check';
import { textParameter } from './parameters';
import { ok } from './replies';
import { json, key, PUBLIC, raw, routesOf, staff, type Route } from './route';
import { createRouter } from './router';
import { ROUTES } from './routes';

const route = routesOf<object>();
const good = route({
  method: 'GET',
  path: '/v1/things/{id}',
  summary: 'A thing',
  tag: 'Things',
  access: PUBLIC,
  limits: 'read',
  idempotency: 'none',
  params: { id: textParameter('The id', Joi.string(), '1') },
  answers: { 200: { description: 'The thing' } },
  handle: () => ok({}),
});

test('the routes of the API are in order, and so is this one', () => {
  expect(() => checkRoutes(ROUTES)).not.toThrow();
  expect(() => checkRoutes([good])).not.toThrow();
});

test.each<[string, Record<string, unknown>, string]>([
  ['no access', { access: undefined }, 'does not say who may call it'],
  ['an access that is none', { access: { kind: 'anyone' } }, 'does not say who may call it'],
  ['no scope', { access: { kind: 'key', scopes: [] } }, 'names no scope'],
  ['no class of limits', { limits: undefined }, 'has no class of limits'],
  ['a class that is none', { limits: 'free' }, 'has no class of limits'],
  ['no word about a key', { idempotency: undefined }, 'does not say whether it takes a key'],
  ['no answer', { answers: {} }, 'has no answer'],
  ['a GET with a body', { body: raw(10) }, 'must read only'],
  ['a GET that moves something', { idempotency: 'key' }, 'must read only'],
  ['a part of the path that nobody reads', { params: {} }, 'does not declare each part of its path'],
  ['a part that is not in the path', { path: '/v1/things' }, 'does not declare each part of its path'],
  ['an action that only reads', { action: 'thing.read' }, 'does not say what the audit log calls it'],
  [
    'a change by staff that nobody writes down',
    { method: 'POST', access: staff('books.read') },
    'does not say what the audit log calls it',
  ],
  ['a path that is none', { path: 'v1/things/{id}' }, 'has no path'],
])('a route with %s does not start', (_name, fault, says) => {
  const routes = [good, { ...good, path: '/v1/faulty/{id}', ...fault } as unknown as Route<object>];
  const nobody = (): Promise<never> => Promise.reject(new Error('nobody calls'));
  const access = { can: nobody, require: nobody, requireAny: nobody, reach: nobody, permitted: nobody };
  const limits = { pass: nobody, passUnknown: nobody };
  const deps = { authenticator: { authenticate: nobody }, access, limits };
  expect(() => createRouter(routes, deps)).toThrow(says);
});

test('a route that is declared twice does not start, whatever its parts are called', () => {
  const params = { other: textParameter('The id', Joi.string(), '1') };
  expect(() => checkRoutes([good, { ...good, path: '/v1/Things/{other}', params }])).toThrow(
    'is declared twice',
  );
});

/** These lines compile only as long as the compiler refuses a declaration without its access, or its limits. */
type Declaration = Parameters<typeof route>[0];
type Compiles<T> = T extends Declaration ? 'compiles' : 'does not compile';
const whole: Compiles<Declaration> = 'compiles';
const withoutAccess: Compiles<Omit<Declaration, 'access'>> = 'does not compile';
const withoutLimits: Compiles<Omit<Declaration, 'limits'>> = 'does not compile';
const withoutIdempotency: Compiles<Omit<Declaration, 'idempotency'>> = 'does not compile';

test('a declaration without access, limits or idempotency does not compile', () => {
  expect(whole).toBe('compiles');
  for (const one of [withoutAccess, withoutLimits, withoutIdempotency]) expect(one).toBe('does not compile');
});

test('the examples are what their routes take', () => {
  const wrong = ROUTES.flatMap((one: Route) =>
    (one.examples ?? []).flatMap(({ summary, body, query }) => {
      const name = `${one.method} ${one.path}: ${summary}`;
      const schemas = [
        [one.body === undefined || one.body.kind === 'raw' ? undefined : one.body.schema, body, false],
        [one.query === 'ignored' ? undefined : one.query, query, true],
      ] as const;
      return schemas.flatMap(([schema, value, convert]) => {
        if (schema === undefined || value === undefined)
          return value === undefined ? [] : [`${name}: for nobody`];
        const { error } = schema.validate(value, { convert });
        return error === undefined ? [] : [`${name}: ${error.message}`];
      });
    }),
  );
  expect(wrong).toEqual([]);
});

test('every body has an example', () => {
  const without = ROUTES.filter(
    (one: Route) => one.body?.kind === 'json' && !one.examples?.some((e) => e.body),
  );
  expect(without.map((one) => one.path)).toEqual([]);
});

test('the input of a handler has the types of what its route declares', async () => {
  const typed = route({
    method: 'POST',
    path: '/v1/things',
    summary: 'A thing',
    tag: 'Things',
    access: key('payouts:write'),
    limits: 'money',
    idempotency: 'key',
    body: json(Joi.object<{ size: number }>({ size: Joi.number() })),
    answers: { 200: { description: 'The thing' } },
    handle: ({ caller, key, body, query, params }) => {
      const said: [string, string, number, undefined, object] = [
        caller.userId,
        key,
        body.size,
        query,
        params,
      ];
      return ok(said);
    },
  });
  expect(typed.body?.maxBytes).toBe(65_536);
});
