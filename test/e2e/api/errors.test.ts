import { randomUUID } from 'node:crypto';
import { createApiKey } from '../../../domain/auth/api-keys';
import { SCOPES } from '../../../domain/services/services';
import { execute } from '../../../platform/database';
import { publicId } from '../../../platform/ids';
import {
  ALLOWED_METHODS,
  BROKEN_RULES,
  CALLS,
  NO_IDS,
  NO_PATHS,
  SCOPE_NEEDED,
  WRONG_VALUES,
} from '../../support/refused-requests';
import { payoutBody, startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectNothingInside, expectProblem } from '../../support/problems';
import { answersIn, exchange, requestText } from '../../support/raw-http';
import { until } from '../../support/until';

let p: Platform;
let user: Awaited<ReturnType<Platform['user']>>;
let other: Awaited<ReturnType<Platform['user']>>;
let transaction: string; // of `user`
beforeAll(async () => {
  p = await startPlatform({ workers: [] });
  user = await p.user(1_000_000n);
  other = await p.user(1_000_000n);
  transaction = (await p.payout(user.apiKey, '0000')).body.id as string;
});
afterAll(async () => {
  await p.close();
});

const post = (
  body: unknown,
  headers: Record<string, string> = {},
  key: string | undefined = user.apiKey,
): Promise<Reply> =>
  p.call('POST', '/v1/payouts', { key, body, headers: { 'idempotency-key': randomUUID(), ...headers } });
const get = (url: string, key: string | undefined = user.apiKey): Promise<Reply> =>
  p.call('GET', url, { key });
const accepted = async (): Promise<number> =>
  (await p.c.knex.raw<{ rows: { n: number }[] }>('select count(*)::int as n from transactions')).rows[0]!.n;

describe('400: the request is not one', () => {
  it.each(['', '{', '[]', 'null', '{"amount":1,"amount":2}', '\ufeff{}', '{"amount":NaN}'])(
    'a body that is not a JSON object: %j',
    async (body) => {
      expectProblem(
        await p.call('POST', '/v1/payouts', {
          key: user.apiKey,
          body,
          headers: { 'idempotency-key': randomUUID(), 'content-type': 'application/json' },
        }),
        'REQUEST_BODY_UNPARSABLE',
      );
    },
  );
  it('no Idempotency-Key', async () => {
    expectProblem(
      await p.call('POST', '/v1/payouts', { key: user.apiKey, body: payoutBody('0000') }),
      'IDEMPOTENCY_KEY_MISSING',
    );
  });
  it.each([
    'short',
    'has space in it',
    'k'.repeat(256),
    '""',
    '"short"',
    'ключ-ключ',
    'order-999941057058',
    '"4111 1111 1111 1111"',
    '4111-1111-1111-1111',
    'ABCPE1234F-1',
  ])('an Idempotency-Key of another form: %s', async (key) => {
    const [reply] = answersIn(
      (
        await exchange(
          p.apiUrl,
          Buffer.from(
            requestText(
              'POST /v1/payouts',
              [
                `Authorization: Bearer ${user.apiKey}`,
                'Content-Type: application/json',
                `Idempotency-Key: ${key}`,
                'Connection: close',
              ],
              '{}',
            ),
          ),
        )
      ).text,
    );
    expectProblem(reply!, 'REQUEST_HEADER_INVALID');
  });
  it('two Idempotency-Keys, equal ones too', async () => {
    for (const second of ['key-number-1', 'key-number-2']) {
      const bytes = requestText(
        'POST /v1/payouts',
        [
          `Authorization: Bearer ${user.apiKey}`,
          'Content-Type: application/json',
          'Idempotency-Key: key-number-1',
          `Idempotency-Key: ${second}`,
          'Connection: close',
        ],
        JSON.stringify(payoutBody('0000')),
      );
      expectProblem(answersIn((await exchange(p.apiUrl, bytes)).text)[0]!, 'REQUEST_HEADER_INVALID');
    }
  });
  it('Prefer: wait with something that is no number', async () => {
    expectProblem(
      await p.call('GET', `/v1/transactions/${transaction}`, {
        key: user.apiKey,
        headers: { prefer: 'wait=soon' },
      }),
      'REQUEST_HEADER_INVALID',
    );
  });
  it.each([
    'status',
    'role',
    'balance',
    'fee',
    'user_id',
    'wallet_id',
    'is_admin',
    'created_at',
    'id',
    '__proto__',
    'constructor',
  ])('mass assignment: the field %s', async (name) => {
    const text = JSON.stringify(payoutBody('0000')).replace('{', `{${JSON.stringify(name)}:{"x":1},`);
    expect(
      expectProblem(await post(text, { 'content-type': 'application/json' }), 'REQUEST_FIELD_UNKNOWN'),
    ).toContainEqual({ pointer: `#/${name}`, code: 'FIELD_UNKNOWN', detail: 'is not known here' });
  });
  it.each([
    '/v1/transactions?page=2',
    '/v1/transactions?status=FAILED&status=FAILED',
    '/v1/transactions?__proto__=1',
    '/v1/wallets?limit=1',
    `/v1/wallets/${publicId('wallet', randomUUID())}/statement?status=FAILED`,
  ])('a parameter that is unknown or repeated: %s', async (url) => {
    expectProblem(await get(url), 'REQUEST_FIELD_UNKNOWN');
  });
  it('a parameter where there is none', async () => {
    for (const url of [
      `/v1/transactions/${transaction}?x=1`,
      `/v1/transactions/${transaction}/events?limit=1`,
    ])
      expectProblem(await get(url), 'REQUEST_FIELD_UNKNOWN');
    expectProblem(
      await p.call('POST', '/v1/payouts?dry_run=true', {
        key: user.apiKey,
        body: payoutBody('0000'),
        headers: { 'idempotency-key': randomUUID() },
      }),
      'REQUEST_FIELD_UNKNOWN',
    );
  });
});

describe('422: a value breaks its rule', () => {
  it.each(WRONG_VALUES)('%s', async (_name, fields, pointer, code) => {
    const errors = expectProblem(await post({ ...payoutBody('0000'), ...fields }), 'REQUEST_FIELD_INVALID');
    expect(errors[0]).toEqual({ pointer, code, detail: expect.any(String) });
    expect(new Set(errors.map((e) => e.pointer)).size).toBe(1);
  });
  it('several at once', async () => {
    expect(
      expectProblem(
        await post({ amount: -1, currency: 'X', beneficiary: { name: '' } }),
        'REQUEST_FIELD_INVALID',
      ).map((e) => e.pointer),
    ).toEqual(['#/amount', '#/currency', '#/beneficiary/name', '#/beneficiary', '#/reference']);
  });
  it.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'cursor=abc',
    'status=PAID',
    'created_from=yesterday',
    'created_from=%2B275760-09-13T00:00:00Z',
    'reference=%27%20or%201=1',
  ])('the parameter %s', async (query) => {
    expect(expectProblem(await get(`/v1/transactions?${query}`), 'REQUEST_FIELD_INVALID')[0]!.pointer).toBe(
      `?${query.split('=')[0]}`,
    );
  });
  it.each(BROKEN_RULES)('a limit or a rule: %s', async (_name, fields, code, pointer) => {
    expect(expectProblem(await post({ ...payoutBody('0000'), ...fields }), code)[0]).toMatchObject({
      pointer,
      code,
    });
  });
});

describe('401 and 403: who are you, and may you', () => {
  it.each(CALLS)('%s %s without a key, and before anything else is looked at', async (method, url) => {
    expectProblem(await p.call(method, `${url}?unknown=1`), 'AUTH_REQUIRED');
  });
  it.each(CALLS)('%s %s with a key that is none', async (method, url) => {
    for (const authorization of [
      'Bearer',
      'Bearer x',
      'Basic dXNlcjpwYXNz',
      `Bearer ${user.apiKey.slice(0, -1)}~`,
      `Bearer ${user.apiKey} x`,
      `Token ${user.apiKey}`,
      `bearer ${user.apiKey.replace('mk_test', 'mk_live')}`,
    ]) {
      expectProblem(await p.call(method, url, { headers: { authorization } }), 'AUTH_KEY_INVALID');
    }
  });
  it('the scheme is written in any case', async () => {
    expect(
      (await p.call('GET', '/v1/wallets', { headers: { authorization: `bearer ${user.apiKey}` } })).status,
    ).toBe(200);
  });
  it('a key in the URL is a parameter that does not exist', async () => {
    expectProblem(await get(`/v1/wallets?api_key=${user.apiKey}`), 'REQUEST_FIELD_UNKNOWN');
  });

  it.each(SCOPE_NEEDED)('%s %s needs the scope %s and no other', async (method, url, scope) => {
    for (const has of SCOPES) {
      const { secret } = await createApiKey(p.c.knex, p.c.ids, {
        userId: user.userId,
        mode: 'test',
        scopes: [has],
      });
      const reply = await p.call(method, url, { key: secret });
      expect(reply.status === 403).toBe(has !== scope);
      if (has !== scope) expectProblem(reply, 'AUTH_SCOPE_MISSING');
    }
  });

  it.each<[string, string]>([
    ['revoked', 'update api_keys set revoked_at = now() where id = ?'],
    ['expired', "update api_keys set expires_at = now() - interval '1 second' where id = ?"],
    [
      'of a disabled user',
      "update users set status = 'disabled' where id = (select user_id from api_keys where id = ?)",
    ],
  ])('a key that is %s ends within two seconds', async (_name, sql) => {
    const gone = await p.user(0n);
    const key = await createApiKey(p.c.knex, p.c.ids, {
      userId: gone.userId,
      mode: 'test',
      scopes: ['wallets:read'],
    });
    expect((await get('/v1/wallets', key.secret)).status).toBe(200);
    await execute(p.c.knex, sql, [key.id]);
    expectProblem(
      await until(
        () => get('/v1/wallets', key.secret),
        (r) => r.status !== 200,
      ),
      'AUTH_KEY_INVALID',
    );
  });
});

describe('P7 404: what is not yours is not there', () => {
  it("another user's transaction and events", async () => {
    for (const url of [`/v1/transactions/${transaction}`, `/v1/transactions/${transaction}/events`]) {
      expect((await get(url)).status).toBe(200);
      const theirs = await get(url, other.apiKey);
      expectProblem(theirs, 'TRANSACTION_NOT_FOUND');
      // not to be told from one that does not exist
      const { request_id: _a, ...left } = theirs.body;
      const { request_id: _b, ...right } = (
        await get(url.replace(transaction, publicId('transaction', randomUUID())), other.apiKey)
      ).body;
      expect(left).toEqual(right);
    }
  });
  it("another user's wallet", async () => {
    const url = `/v1/wallets/${publicId('wallet', user.walletId)}/statement`;
    expect((await get(url)).status).toBe(200);
    expectProblem(await get(url, other.apiKey), 'WALLET_NOT_FOUND');
  });
  it("waiting for another user's transaction does not wait", async () => {
    const counted = jest.spyOn(p.c.metrics.waiters, 'set');
    expectProblem(
      await p.call('GET', `/v1/transactions/${transaction}`, {
        key: other.apiKey,
        headers: { prefer: 'wait=20' },
      }),
      'TRANSACTION_NOT_FOUND',
    );
    expect(counted).not.toHaveBeenCalled();
    counted.mockRestore();
  });
  it("lists hold one's own and nothing else", async () => {
    expect((await get('/v1/transactions', other.apiKey)).body.data).toEqual([]);
    expect((await get('/v1/wallets', other.apiKey)).body.data).toMatchObject([
      { id: publicId('wallet', other.walletId) },
    ]);
  });
  it.each(NO_IDS)('an id that is none: %s', async (id) => {
    expect(['TRANSACTION_NOT_FOUND', 'REQUEST_PATH_UNKNOWN']).toContain(
      (await get(`/v1/transactions/${id.includes('%') ? id : encodeURIComponent(id)}`)).body.code,
    );
    expect(['WALLET_NOT_FOUND', 'REQUEST_PATH_UNKNOWN']).toContain(
      (await get(`/v1/wallets/${id.includes('%') ? id : encodeURIComponent(id)}/statement`)).body.code,
    );
  });
  it('an id of another kind', async () => {
    expectProblem(
      await get(`/v1/transactions/${publicId('wallet', user.walletId)}`),
      'TRANSACTION_NOT_FOUND',
    );
  });
  it.each(NO_PATHS)('a path that leads nowhere: %s', async (url) => {
    const [reply] = answersIn(
      (await exchange(p.apiUrl, requestText(`GET ${url}`, ['Connection: close']))).text,
    );
    expect(['REQUEST_PATH_UNKNOWN', 'REQUEST_METHOD_NOT_ALLOWED']).toContain(reply!.body.code);
  });
});

describe('405: the path has other methods', () => {
  it.each(ALLOWED_METHODS)('%s takes %s', async (url, allow) => {
    for (const method of [
      'GET',
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'TRACE',
      'PROPFIND',
      'SEARCH',
      'LINK',
      'QUERY',
    ]) {
      if (allow.split(', ').includes(method)) continue;
      const [reply] = answersIn(
        (
          await exchange(
            p.apiUrl,
            requestText(`${method} ${url}`, [
              `Authorization: Bearer ${user.apiKey}`,
              'Content-Length: 0',
              'Connection: close',
            ]),
          )
        ).text,
      );
      if (method === 'QUERY' && reply!.status === 400) continue; // a method that this version of Node does not know
      expectProblem(reply!, 'REQUEST_METHOD_NOT_ALLOWED');
      expect(reply!.headers.get('allow')).toBe(allow);
    }
  });
  it.each(ALLOWED_METHODS)('OPTIONS %s says %s', async (url, allow) => {
    const reply = await p.call('OPTIONS', url);
    expect([reply.status, reply.headers.get('allow'), reply.text]).toEqual([204, allow, '']);
    expect(reply.headers.get('access-control-allow-origin')).toBeNull();
  });
  it('HEAD is GET without its body', async () => {
    const reply = await p.call('HEAD', '/v1/wallets', { key: user.apiKey });
    expect([reply.status, reply.text]).toEqual([200, '']);
  });
});

describe('413, 415, 431: more, or other, than is taken', () => {
  it('a body over 64 kB, announced or not', async () => {
    expectProblem(await post({ ...payoutBody('0000'), narration: 'x'.repeat(70_000) }), 'REQUEST_TOO_LARGE');
    const chunk = `${(30_000).toString(16)}\r\n${'x'.repeat(30_000)}\r\n`;
    const bytes = requestText(
      'POST /v1/payouts',
      [
        `Authorization: Bearer ${user.apiKey}`,
        'Content-Type: application/json',
        'Idempotency-Key: chunked-body',
        'Transfer-Encoding: chunked',
        'Connection: close',
      ],
      `${chunk}${chunk}${chunk}0\r\n\r\n`,
    );
    expectProblem(answersIn((await exchange(p.apiUrl, bytes)).text)[0]!, 'REQUEST_TOO_LARGE');
  });
  it('a body that says it is huge is refused before it comes', async () => {
    const bytes = requestText(
      'POST /v1/payouts',
      [
        `Authorization: Bearer ${user.apiKey}`,
        'Content-Type: application/json',
        'Idempotency-Key: never-comes',
        'Content-Length: 99999999999',
      ],
      '{',
    );
    expectProblem(answersIn((await exchange(p.apiUrl, bytes, 500)).text)[0]!, 'REQUEST_TOO_LARGE');
  });
  it.each([
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/json; charset=utf-16',
    'application/json;charset=iso-8859-1',
  ])('the content type %p', async (type) => {
    const bytes = requestText(
      'POST /v1/payouts',
      [
        `Authorization: Bearer ${user.apiKey}`,
        `Content-Type: ${type}`,
        'Idempotency-Key: other-type',
        'Connection: close',
      ],
      JSON.stringify(payoutBody('0000')),
    );
    expectProblem(answersIn((await exchange(p.apiUrl, bytes)).text)[0]!, 'REQUEST_MEDIA_TYPE_UNSUPPORTED');
  });
  it.each(['gzip', 'br', 'deflate', 'identity, gzip'])('the content encoding %s', async (encoding) => {
    expectProblem(
      await post(payoutBody('0000'), { 'content-encoding': encoding }),
      'REQUEST_MEDIA_TYPE_UNSUPPORTED',
    );
  });
  it('headers over 16 kB', async () => {
    const { text } = await exchange(
      p.apiUrl,
      requestText('GET /v1/wallets', [`X-Long: ${'x'.repeat(20_000)}`]),
    );
    expectProblem(answersIn(text)[0]!, 'REQUEST_HEADERS_TOO_LARGE');
  });
});

describe('409', () => {
  it('a reference that another transaction of the caller has', async () => {
    const reference = `ref-${randomUUID()}`;
    expect((await post({ ...payoutBody('0000'), reference })).status).toBe(202);
    expectProblem(await post({ ...payoutBody('0000'), reference }), 'TRANSACTION_REFERENCE_TAKEN');
    expect((await post({ ...payoutBody('0000'), reference }, {}, other.apiKey)).status).toBe(202); // somebody else's own
  });
});

describe('answers of every kind', () => {
  it('the type of a problem leads to what it means', async () => {
    const { body } = await get('/v1/transactions?limit=0');
    expect((await get(body.type as string)).body).toEqual({
      object: 'problem',
      code: 'REQUEST_FIELD_INVALID',
      title: body.title,
      status: 422,
      retryable: false,
      what_to_do: expect.stringContaining('Change the request') as string,
    });
    const page = await p.call('GET', body.type as string, { headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(page.text).toContain('<h1>A value in the request breaks its rule</h1>');
    expect(page.text).toContain('GET /v1/transactions</code>');
    expectProblem(await get('/problems/to-string'), 'REQUEST_PATH_UNKNOWN');
  });
  it('carry an id, are not kept, not sniffed and not framed, and do not say what we are made of', async () => {
    for (const reply of [
      await get('/v1/wallets'),
      await get('/nowhere'),
      await p.call('GET', '/healthz'),
      await post({}),
      await post(payoutBody('0000')),
    ]) {
      expect(reply.headers.get('request-id')).toMatch(/^req_[0-9a-z]{26}$/);
      expect(reply.headers.get('cache-control')).toBe('no-store');
      expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
      expect(reply.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
      for (const name of ['x-powered-by', 'server', 'access-control-allow-origin', 'set-cookie', 'etag'])
        expect(reply.headers.get(name)).toBeNull();
      expectNothingInside(reply.text);
    }
  });
  it('give back a request id of the caller when it is harmless', async () => {
    const id = async (text: string): Promise<string | null> =>
      (await p.call('GET', '/healthz', { headers: { 'x-request-id': text } })).headers.get('x-request-id');
    expect(await id('order-17.a_b')).toBe('order-17.a_b');
    for (const bad of ['a b', '<b>', 'x'.repeat(65), '%0d%0a']) expect(await id(bad)).toBeNull();
  });
  it('say that it lives and whether it is ready, and not why not', async () => {
    expect((await p.call('GET', '/healthz')).body).toEqual({ status: 'ok' });
    expect((await p.call('GET', '/readyz')).body).toEqual({ status: 'ready' });
  });
});

it('refused requests left nothing behind', async () => {
  const before = await accepted();
  await Promise.all([
    post({}),
    post({ ...payoutBody('0000'), x: 1 }),
    post({ ...payoutBody('0000'), amount: 1.5 }),
    post(payoutBody('0000'), { 'content-encoding': 'gzip' }),
    post(payoutBody('0000'), {}, `${user.apiKey}x`),
  ]);
  expect(await accepted()).toBe(before);
});
