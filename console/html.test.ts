/** Every page of the console, with markup in each value that it shows: none of it may reach the browser as markup. */
import { userId } from '../domain/ids/ids';
import Koa from 'koa';
import request from 'supertest';
import { apiCallRoutes } from './api-calls';
import { html, sendPage } from './html';
import { loginRoutes } from './login';
import { createPages } from './pages';
import type { ApiCallDetails } from '../domain/api-log/read';
import type { OpsSession } from '../domain/auth/sessions';
import { DomainError } from '../domain/errors/errors';
import { accessOf } from '../test/support/access';

const HOSTILE = `"><script>alert('1')</script>&`;
const ESCAPED = '&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;';
const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const TOKEN = 'A'.repeat(43);
const ORIGIN = 'https://ops.example';

const call: ApiCallDetails = {
  id: ID,
  provider: HOSTILE,
  operation: HOSTILE,
  method: HOSTILE,
  route: HOSTILE,
  result: HOSTILE,
  latencyMs: 7,
  transactionId: ID,
  ourReference: HOSTILE,
  at: new Date('2026-11-25T06:00:00Z'),
  request: { [HOSTILE]: HOSTILE },
  response: [HOSTILE],
};

function app(isSignedIn: boolean): ReturnType<Koa['callback']> {
  const session: OpsSession = {
    userId: userId(ID),
    name: HOSTILE,
    role: 'viewer',
    expiresAt: new Date(0),
    provedAt: null,
    issuer: null,
  };
  const sessions = {
    open: () => Promise.reject(new Error('not expected here')),
    find: () => Promise.resolve(isSignedIn ? session : undefined),
    end: () => Promise.resolve(),
    endAll: () => Promise.resolve(),
    prove: () => Promise.resolve(),
  };
  const login = {
    in: () => Promise.reject(new DomainError('AUTH_LOGIN_FAILED')),
    out: () => Promise.resolve(),
    prove: () => Promise.resolve(),
  };
  const apiCalls = {
    list: () => Promise.resolve({ data: [call], nextCursor: ID }),
    get: (id: string) => Promise.resolve(id === ID ? call : undefined),
  };
  const access = accessOf({ viewer: { 'account.read': 'all', 'api_calls.read': 'all' } });
  const koa = new Koa();
  koa.use(createPages(loginRoutes, { login, access, sessions, origin: ORIGIN, home: '/ops/queues' }));
  koa.use(createPages(apiCallRoutes, { apiCalls, access, sessions }));
  return koa.callback();
}

const open = (path: string, isSignedIn = true) =>
  request(app(isSignedIn)).get(path).set('Cookie', `__Host-munim_ops=${TOKEN}`);

function timesEscaped(text: string): number {
  expect(text).not.toMatch(/<script|alert\('|"">/);
  return text.split(ESCAPED).length - 1;
}

test('a list of calls escapes each of its columns', async () => {
  // provider, operation, method and route, result, our reference
  expect(timesEscaped((await open('/ops/api-calls')).text)).toBe(6);
});

test('the page of one call escapes each of its facts, and the JSON of both directions', async () => {
  const { text } = await open(`/ops/api-calls/${ID}`);
  // six facts; in JSON a name and a value of the request, and a value of the answer
  expect(timesEscaped(text)).toBe(6 + 3);
});

test.each(['provider', 'operation', 'transaction', 'reference', 'result', 'from', 'before'])(
  'the filter %s is shown again, escaped',
  async (name) => {
    const { status, text } = await open(`/ops/api-calls?${name}=${encodeURIComponent(HOSTILE)}`);
    expect(status).toBe(400);
    expect(timesEscaped(text)).toBe(1);
  },
);

test('the link to older calls carries a filter that may hold < and > without breaking out of its attribute', async () => {
  const { text } = await open(`/ops/api-calls?result=${encodeURIComponent('<b> <i>')}`);
  expect(text).not.toMatch(/<b>|<i>/);
  expect(text).toContain('href="/ops/api-calls?result=%3Cb%3E+%3Ci%3E&amp;cursor=');
});

test('the account page escapes the name of who is signed in', async () => {
  expect(timesEscaped((await open('/ops/account')).text)).toBe(1);
});

test('the form for signing in shows what was typed, escaped', async () => {
  const { status, text } = await request(app(false))
    .post('/ops/login')
    .set('Origin', ORIGIN)
    .type('form')
    .send({ email: HOSTILE, password: HOSTILE });
  expect(status).toBe(401);
  expect(timesEscaped(text)).toBe(1);
});

test('the origin that a form must come from is escaped', async () => {
  const koa = new Koa();
  const sessions = { find: () => Promise.resolve(undefined) } as never;
  koa.use(
    createPages(loginRoutes, {
      login: {} as never,
      access: accessOf({}),
      sessions,
      origin: HOSTILE,
      home: HOSTILE,
    }),
  );
  const { status, text } = await request(koa.callback()).post('/ops/login').type('form').send({});
  expect(status).toBe(403);
  expect(timesEscaped(text)).toBe(1);
});

test('the title of a page is escaped', async () => {
  const koa = new Koa();
  koa.use((ctx) => {
    sendPage(ctx, 200, { title: HOSTILE, main: html`<p>${HOSTILE}</p>` });
  });
  expect(timesEscaped((await request(koa.callback()).get('/')).text)).toBe(2);
});

describe('the tag html', () => {
  test('keeps the markup of its own parts, and puts a list one item a line', () => {
    expect(
      html`<ul>
        ${['<', '>'].map((text) => html`<li>${text}</li>`)}
      </ul>`
        .toString()
        .replaceAll(/ *\n */g, '\n'),
    ).toMatch(/<li>&lt;<\/li>\n<li>&gt;<\/li>/);
  });

  test('takes numbers, and nothing that could be markup in disguise', () => {
    expect(html`${7}`.toString()).toBe('7');
    const disguised = { toString: () => '<b>' } as never;
    expect(() => html`${disguised}`.toString()).toThrow(TypeError);
  });
});
