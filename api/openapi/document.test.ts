/** The description of the API names all that the routes declare, and stands by itself. */
import { ERRORS, type ErrorCode } from '../../domain/error-codes';
import { compilerOf, describedAnswers } from '../../test/support/described-answers';
import { ADMIN_ROUTES } from '../admin/routes';
import type { Route } from '../registry/route';
import { ROUTES } from '../registry/routes';
import { openApiDocument, openApiPath, operationId, servedDocument } from './document';
import { codesOf } from './problems';

describe.each<[string, readonly Route[]]>([
  ['the API', ROUTES],
  ['the API for staff', ADMIN_ROUTES],
])('%s', (_name, routes) => {
  const document = openApiDocument(routes, '1.2.3');
  const text = JSON.stringify(document);
  const operationOf = (method: string, path: string) =>
    document.paths[openApiPath(path)]![method.toLowerCase()]!;

  it('has every route, each once and under a name of its own', () => {
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.toSorted()).toEqual(routes.map((r) => `${r.method} ${openApiPath(r.path)}`).toSorted());
    expect(new Set(routes.map(operationId)).size).toBe(routes.length);
  });

  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s describes each answer, with its body and headers',
    (_, route) => {
      const { responses } = operationOf(route.method, route.path);
      const bare = Object.entries(responses).filter(([, r]) => r.headers?.['Request-Id'] === undefined);
      expect(bare).toEqual([]);
      const empty = Object.entries(responses).filter(
        ([, { content = {} }]) => Object.keys(content).length === 0,
      );
      expect(empty.map(([status]) => status).filter((status) => !['204', '304'].includes(status))).toEqual(
        [],
      );
      const named = Object.values(responses)
        .flatMap(
          ({ content }) =>
            JSON.stringify(content?.['application/problem+json'] ?? null).match(/[A-Z]+_[A-Z_]+/g) ?? [],
        )
        .toSorted();
      expect(named).toEqual(codesOf(route).toSorted());
    },
  );

  it('every code that a route declares exists', () => {
    const used = new Set(routes.flatMap(codesOf));
    expect([...used].filter((code) => !Object.hasOwn(ERRORS, code))).toEqual([]);
  });

  it('refers to nothing that is not there', () => {
    const references = new Set(text.match(/(?<="\$ref":")[^"]+/g));
    for (const reference of references) {
      const found = reference
        .slice(2)
        .split('/')
        .reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], document);
      expect([reference, found]).toEqual([reference, expect.anything()]);
    }
  });

  it('every object of an answer takes no other field', () => {
    const open: string[] = [];
    const walk = (node: unknown, at: string): void => {
      if (typeof node !== 'object' || node === null) return;
      const schema = node as Record<string, unknown>;
      if (
        schema.type === 'object' &&
        schema.properties !== undefined &&
        schema.additionalProperties !== false
      )
        open.push(at);
      for (const [name, inner] of Object.entries(schema)) walk(inner, `${at}/${name}`);
    };
    walk(document.components.schemas, '#');
    expect(open).toEqual([]);
  });

  it('the example of each request fits its schema', () => {
    const compile = compilerOf(document);
    for (const { method, path, examples = [] } of routes)
      for (const { body } of examples.filter((example) => example.body !== undefined)) {
        const [content] = Object.values(operationOf(method, path).requestBody!.content);
        const fits = compile(content!.schema!);
        expect([`${method} ${path}`, fits(body), fits.errors]).toEqual([`${method} ${path}`, true, null]);
      }
  });
});

it('codes have a page', () => {
  expect(openApiDocument(ROUTES, '1.2.3').paths).toHaveProperty(['/problems/{type}']);
});

it('is the same document each time, and another one has another tag', () => {
  expect(servedDocument(ROUTES, '1.2.3')).toEqual(servedDocument(ROUTES, '1.2.3'));
  expect(servedDocument(ROUTES, '1.2.4').etag).not.toBe(servedDocument(ROUTES, '1.2.3').etag);
});

describe('the check of answers finds what is not as described', () => {
  const { mistakesIn } = describedAnswers();
  const headers = { 'request-id': 'req_01jxvqexvqexvt0xvqexvqexvq', 'content-type': 'application/json' };
  const wallets = { object: 'list', data: [], has_more: false, next_cursor: null, url: '/v1/wallets' };
  const good = { method: 'GET', url: '/v1/wallets', status: 200, headers, body: JSON.stringify(wallets) };
  const refusal = (code: ErrorCode, status: number): string =>
    JSON.stringify({
      type: '/problems/x',
      title: 'x',
      status,
      detail: 'x',
      code,
      retryable: false,
      request_id: 'req_01jxvqexvqexvt0xvqexvqexvq',
    });
  const problem = { ...headers, 'content-type': 'application/problem+json' };

  it('takes what is', () => {
    expect(mistakesIn(good)).toEqual([]);
    expect(mistakesIn({ ...good, method: 'HEAD', body: '' })).toEqual([]);
    expect(
      mistakesIn({
        ...good,
        url: '/nothing',
        status: 404,
        headers: problem,
        body: refusal('REQUEST_PATH_UNKNOWN', 404),
      }),
    ).toEqual([]);
  });

  it.each([
    ['another field', { body: JSON.stringify({ ...wallets, more: 1 }) }, /additional/],
    ['a field that is missing', { body: JSON.stringify({ ...wallets, url: undefined }) }, /url/],
    ['a status that nobody described', { status: 418 }, /no answer 418/],
    ['another type', { headers: { ...headers, 'content-type': 'text/plain' } }, /type "text\/plain"/],
    ['a header that is missing', { headers: { 'content-type': 'application/json' } }, /Request-Id/],
    ['a header of which nobody knows', { headers: { ...headers, 'x-secret': '1' } }, /x-secret/],
    ['a header in another form', { headers: { ...headers, 'request-id': '7' } }, /Request-Id: 7/],
    [
      'a code that the route does not have',
      { status: 400, headers: problem, body: refusal('IDEMPOTENCY_KEY_MISSING', 400) },
      /allowed values/,
    ],
    [
      'a status in the body that is not the one answered',
      { status: 404, headers: problem, url: '/v1/nothing', body: refusal('REQUEST_PATH_UNKNOWN', 200) },
      /status/,
    ],
    ['a path that answers and is not described', { url: '/nothing' }, /nobody has described/],
  ])('%s', (_what, change, message) => {
    expect(mistakesIn({ ...good, ...change }).join('\n')).toMatch(message);
  });
});
