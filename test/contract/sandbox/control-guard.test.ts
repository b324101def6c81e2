/** Who may call the sandbox's control API: programs of this machine that know its token, and no page of another site. */
import http from 'node:http';
import { startTestSandbox, type TestSandbox } from '../../support/sandbox';

const TOKEN = 'control-token-of-a-test';
let t: TestSandbox;
beforeAll(async () => {
  t = await startTestSandbox({ controlToken: TOKEN });
});
afterAll(async () => {
  await t.close();
});

interface Call {
  method?: string;
  path?: string;
  body?: string;
  headers?: Record<string, string>;
}
/** With the headers as they are given: `fetch` would not let us choose the host. */
function call({ method = 'GET', path = '/settings', body, headers = {} }: Call): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { port: t.sandbox.port, host: '127.0.0.1', method, path: `/__sandbox${path}`, headers },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          resolve([response.statusCode!, text]);
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
const ours = (more: Record<string, string> = {}): Record<string, string> => ({
  host: `127.0.0.1:${t.sandbox.port}`,
  authorization: `Bearer ${TOKEN}`,
  ...more,
});
const JSON_TYPE = { 'content-type': 'application/json' };

it.each([['127.0.0.1'], ['localhost'], ['[::1]'], ['127.0.0.1:4000'], ['LOCALHOST:4000']])(
  'under the host %s, with the token',
  async (host) => {
    expect((await call({ headers: ours({ host }) }))[0]).toBe(200);
  },
);

it.each([['evil.example'], ['127.0.0.1.evil.example'], ['localhost.evil.example:4000'], ['10.0.0.1']])(
  'not under the host %p, which a trick of DNS may lead here',
  async (host) => {
    expect((await call({ headers: ours({ host }) }))[0]).toBe(403);
  },
);

it.each<[string, Record<string, string>, number]>([
  ['no token', { authorization: '' }, 401],
  ['another token', { authorization: 'Bearer control-token-of-a-tesu' }, 401],
  ['the page of another site', { origin: 'https://evil.example' }, 403],
  ['a page without an origin', { origin: 'null' }, 403],
  ['another port of this machine', { origin: 'http://127.0.0.1:1' }, 403],
  ['a request that the browser calls cross-site', { 'sec-fetch-site': 'cross-site' }, 403],
  ['a request that the browser calls same-site', { 'sec-fetch-site': 'same-site' }, 403],
])('not with %s', async (_name, headers, status) => {
  for (const [method, body] of [
    ['GET', undefined],
    ['POST', '{"delay_ms":1}'],
  ] as const)
    expect((await call({ method, body, headers: ours({ ...JSON_TYPE, ...headers }) }))[0]).toBe(status);
});

it('changes are JSON: what a page may send without asking first is refused', async () => {
  const post = (headers: Record<string, string>, body = '{"slow_ms":77}'): Promise<[number, string]> =>
    call({ method: 'POST', body, headers: ours(headers) });
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/jsonx',
  ])
    expect((await post({ 'content-type': type }))[0]).toBe(415);
  expect((await post({}))[0]).toBe(415);
  expect((await call({ headers: ours() }))[1]).not.toContain('77');
  expect((await post({ 'content-type': 'application/json; charset=utf-8' }))[0]).toBe(200);
  expect((await call({ headers: ours() }))[1]).toContain('77');
});

it.each(['{"slow_ms":1e2}', '{"slow_ms":100.0}', '{"slow_ms":100.00000000000000001}'])(
  'numbers are whole and written so: %s is refused',
  async (body) => {
    expect((await call({ method: 'POST', body, headers: ours(JSON_TYPE) }))[0]).toBe(400);
  },
);

it('its health is open, and the providers ask for credentials of their own', async () => {
  const host = `127.0.0.1:${t.sandbox.port}`;
  expect(await call({ path: '/health', headers: { host } })).toEqual([200, '{"status":"ok"}']);
  expect((await call({ path: '/health', headers: { host: 'evil.example' } }))[0]).toBe(403);
});
