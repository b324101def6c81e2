import { FakeClock } from './clock';
import { createHttpClient, type HttpClient } from './http-client';
import { classifyHttpError } from './http/classify';
import {
  answered,
  client,
  closeAll,
  closers,
  failed,
  LONG_MS,
  OK,
  tcp,
  web,
} from '../test/support/http-peers';

afterEach(closeAll);

describe('an answer', () => {
  it('comes back with status, lower-case headers and text, under the base path', async () => {
    let seen = '';
    const url = await web((req, res) => {
      seen = `${req.method} ${req.url} ${String(req.headers['x-test'])}`;
      req
        .resume()
        .on('end', () =>
          res.writeHead(201, { 'X-Answer': ['a', 'b'], 'content-type': 'text/plain' }).end('नमस्ते'),
        );
    });
    const result = answered(
      await client(`${url}/v1/`).request({
        method: 'POST',
        path: '/things?x=1',
        headers: { 'X-Test': 'y' },
        body: '{}',
      }),
    );
    expect(seen).toBe('POST /v1/things?x=1 y');
    expect(result).toMatchObject({ status: 201, text: 'नमस्ते', headers: { 'x-answer': 'a, b' } });
  });

  it('sends the exact bytes of the body', async () => {
    const url = await web((req, res) => {
      const chunks: Buffer[] = [];
      req
        .on('data', (c: Buffer) => chunks.push(c))
        .on('end', () => res.end(Buffer.concat(chunks).toString('hex')));
    });
    const body = Buffer.from([0, 255, 13, 10, 0xe0, 0xa4]);
    expect(answered(await client(url).request({ method: 'POST', path: '/', body })).text).toBe(
      body.toString('hex'),
    );
  });

  it('of 5xx and of a redirect is an answer; the redirect is not followed', async () => {
    let calls = 0;
    const url = await web((_req, res) => {
      calls += 1;
      res.writeHead(calls === 1 ? 302 : 503, { location: '/elsewhere' }).end();
    });
    const c = client(url);
    expect(answered(await c.request({ method: 'GET', path: '/' })).status).toBe(302);
    expect(calls).toBe(1);
    expect(answered(await c.request({ method: 'GET', path: '/' })).status).toBe(503);
  });

  it('skips 1xx answers', async () => {
    const { url } = await tcp((s) => {
      s.once('data', () => s.write(`HTTP/1.1 103 Early Hints\r\n\r\n${OK}`));
    });
    expect(answered(await client(url).request({ method: 'GET', path: '/' })).status).toBe(200);
  });
});

describe('certainly not sent', () => {
  it('connection refused', async () => {
    const { url, port } = await tcp(() => undefined);
    await closers.pop()!();
    expect(port).toBeGreaterThan(0);
    expect(failed(await client(url).request({ method: 'POST', path: '/', body: 'x' }))).toMatchObject({
      sent: false,
      reason: 'connect_refused',
      code: 'ECONNREFUSED',
      phase: 'connect',
    });
  });

  it('every waiting request, when the connection is refused', async () => {
    const { url } = await tcp(() => undefined);
    await closers.pop()!();
    const c = client(url, { connections: 1 });
    const results = await Promise.all(
      Array.from({ length: 5 }, () => c.request({ method: 'POST', path: '/', body: 'x' })),
    );
    expect(results.map((r) => [r.ok, failed(r).sent, failed(r).reason])).toEqual(
      Array(5).fill([false, false, 'connect_refused']),
    );
  });

  it('a name that does not exist', async () => {
    const result = failed(await client('http://provider.invalid').request({ method: 'GET', path: '/' }));
    expect(result.sent).toBe(false);
    expect(['dns', 'connect_timeout']).toContain(result.reason); // a resolver that hangs is ended by the connect limit
  });

  it('a TLS handshake with a server that speaks no TLS', async () => {
    const { port } = await tcp((s) => {
      s.once('data', () => s.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    expect(
      failed(await client(`https://127.0.0.1:${port}`).request({ method: 'POST', path: '/', body: 'x' })),
    ).toMatchObject({ sent: false, reason: 'tls' });
  });

  it('a TLS handshake that hangs: the connect limit of the call ends it', async () => {
    const { port } = await tcp(() => undefined);
    const result = failed(
      await client(`https://127.0.0.1:${port}`).request({
        method: 'POST',
        path: '/',
        body: 'x',
        limits: { connectTimeoutMs: 80 },
      }),
    );
    expect(result).toMatchObject({ sent: false, reason: 'connect_timeout' });
    expect(result.elapsedMs).toBeLessThan(LONG_MS / 2);
  });

  it('no free connection within the connect limit; the abandoned request is not written later', async () => {
    const seen: string[] = [];
    const { url } = await tcp((s) => {
      s.on('data', (d) => {
        seen.push(/^\w+ (\S+)/.exec(String(d))![1]!);
        setTimeout(() => s.write(OK), 150);
      });
    });
    const c = client(url, { connections: 1 });
    const first = c.request({ method: 'POST', path: '/first', body: 'x' });
    const second = c.request({
      method: 'POST',
      path: '/second',
      body: 'x',
      limits: { connectTimeoutMs: 50 },
    });
    expect(failed(await second)).toMatchObject({ sent: false, reason: 'connect_timeout' });
    expect((await first).ok).toBe(true);
    expect((await c.request({ method: 'POST', path: '/third', body: 'x' })).ok).toBe(true);
    expect(seen).toEqual(['/first', '/third']);
  });

  it('a signal that is aborted before the call, or while the request waits', async () => {
    const { url, connections } = await tcp(() => undefined);
    expect(
      failed(await client(url).request({ method: 'POST', path: '/', signal: AbortSignal.abort() })),
    ).toMatchObject({ sent: false, reason: 'aborted' });
    expect(connections()).toBe(0);
    const c = client(url, { connections: 1 });
    const holder = c.request({ method: 'POST', path: '/', limits: { headersTimeoutMs: 200 } });
    const abort = new AbortController();
    const waiting = c.request({ method: 'POST', path: '/', signal: abort.signal });
    abort.abort();
    expect(failed(await waiting)).toMatchObject({ sent: false, reason: 'aborted' });
    expect(failed(await holder).sent).toBe(true);
  });

  it('an instant that has passed when the connection stands: nothing is written', async () => {
    const seen: string[] = [];
    const { url, connections } = await tcp((s) => {
      s.on('data', (d) => {
        seen.push(String(d));
        s.write(OK);
      });
    });
    const clock = new FakeClock('2026-01-01T00:00:00.000Z');
    const c = client(url, { clock });
    const notAfter = new Date('2026-01-01T00:00:01.000Z');
    expect(answered(await c.request({ method: 'POST', path: '/', body: 'x', notAfter })).status).toBe(200);
    clock.advance(1_000);
    expect(failed(await c.request({ method: 'POST', path: '/', body: 'x', notAfter }))).toMatchObject({
      sent: false,
      reason: 'too_late',
    });
    expect(connections()).toBeGreaterThan(0);
    expect(seen).toHaveLength(1);
  });

  it('a request that is not well formed, and one after closing', async () => {
    const url = await web((_req, res) => res.end('ok'));
    const c = client(url);
    expect(failed(await c.request({ method: 'GET', path: 'no-slash' }))).toMatchObject({
      sent: false,
      reason: 'invalid_request',
    });
    expect(failed(await c.request({ method: 'GET', path: '/a b' }))).toMatchObject({
      sent: false,
      reason: 'invalid_request',
    });
    expect(
      failed(await c.request({ method: 'GET', path: '/', headers: { 'x-bad': 'a\r\nb' } })),
    ).toMatchObject({ sent: false, reason: 'invalid_request' });
    await c.close();
    expect(failed(await c.request({ method: 'GET', path: '/' }))).toMatchObject({
      sent: false,
      reason: 'closed',
    });
  });
});

describe('perhaps sent', () => {
  it('a server that hangs before the header', async () => {
    const { url } = await tcp(() => undefined);
    const result = failed(
      await client(url).request({ method: 'POST', path: '/', body: 'x', limits: { headersTimeoutMs: 80 } }),
    );
    expect(result).toMatchObject({ sent: true, reason: 'timeout', phase: 'headers' });
    expect(result.elapsedMs).toBeLessThan(LONG_MS / 2);
  });

  it('a server that hangs in the body', async () => {
    const { url } = await tcp((s) => {
      s.once('data', () => s.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'));
    });
    expect(
      failed(
        await client(url).request({ method: 'POST', path: '/', body: 'x', limits: { bodyTimeoutMs: 80 } }),
      ),
    ).toMatchObject({ sent: true, reason: 'timeout', phase: 'body', status: 200 });
  });

  it('a trickle that keeps each phase alive is ended by the total', async () => {
    const { url } = await tcp((s) => {
      s.once('data', () => {
        s.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
        const drip = setInterval(() => s.write('.'), 20);
        s.on('close', () => clearInterval(drip));
      });
    });
    const result = failed(
      await client(url).request({
        method: 'POST',
        path: '/',
        body: 'x',
        limits: { bodyTimeoutMs: 100, totalTimeoutMs: 250 },
      }),
    );
    expect(result).toMatchObject({ sent: true, reason: 'timeout', phase: 'body' });
    expect(result.elapsedMs).toBeGreaterThanOrEqual(240);
    expect(result.elapsedMs).toBeLessThan(LONG_MS / 2);
  });

  it.each([
    ['before the header', ''],
    ['in the header', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['in the body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'],
    ['in a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nhalf'],
  ])('a connection that is reset %s', async (_where, text) => {
    const { url } = await tcp((s) => {
      s.once('data', () => {
        if (text === '') s.resetAndDestroy();
        else s.write(text, () => s.resetAndDestroy());
      });
    });
    expect(failed(await client(url).request({ method: 'POST', path: '/', body: 'x' }))).toMatchObject({
      sent: true,
      reason: 'reset',
    });
  });

  it.each([
    ['before the header', ''],
    ['in the body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'],
    ['in a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nhalf'],
  ])('a connection that ends %s', async (_where, text) => {
    const { url } = await tcp((s) => {
      s.once('data', () => s.end(text));
    });
    expect(failed(await client(url).request({ method: 'POST', path: '/', body: 'x' }))).toMatchObject({
      sent: true,
      reason: 'reset',
    });
  });

  it('an answer that is no HTTP', async () => {
    const { url } = await tcp((s) => {
      s.once('data', () => s.write('SSH-2.0-nothing\r\n'));
    });
    expect(failed(await client(url).request({ method: 'POST', path: '/', body: 'x' }))).toMatchObject({
      sent: true,
      reason: 'protocol',
    });
  });

  it('an answer that is too large, announced or not', async () => {
    let written = 0;
    const url = await web((req, res) => {
      if (req.url === '/announced') {
        res.writeHead(200, { 'content-length': 10_000_000 }).write('x');
        return;
      }
      const pump = (): void => {
        while (!res.destroyed && res.write('x'.repeat(10_000))) written += 10_000;
      };
      res.on('drain', pump);
      pump();
    });
    const c = client(url, { maxResponseBytes: 100_000 });
    expect(failed(await c.request({ method: 'GET', path: '/announced' }))).toMatchObject({
      sent: true,
      reason: 'too_large',
      status: 200,
    });
    expect(failed(await c.request({ method: 'GET', path: '/endless' }))).toMatchObject({
      sent: true,
      reason: 'too_large',
      status: 200,
    });
    expect(written).toBeLessThan(50_000_000);
  });

  it('a header that is too large', async () => {
    const { url } = await tcp((s) => {
      s.once('data', () => s.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`));
    });
    expect(failed(await client(url).request({ method: 'GET', path: '/' }))).toMatchObject({
      sent: true,
      reason: 'too_large',
    });
  });

  it('a call that is aborted after the first byte', async () => {
    const abort = new AbortController();
    const { url } = await tcp((s) => {
      s.once('data', () => abort.abort());
    });
    expect(
      failed(await client(url).request({ method: 'POST', path: '/', body: 'x', signal: abort.signal })),
    ).toMatchObject({ sent: true, reason: 'aborted' });
  });

  it('a call whose client is destroyed', async () => {
    const c: { it?: HttpClient } = {};
    const { url } = await tcp((s) => {
      s.once('data', () => {
        void c.it!.destroy();
      });
    });
    c.it = client(url);
    expect(failed(await c.it.request({ method: 'POST', path: '/', body: 'x' }))).toMatchObject({
      sent: true,
      reason: 'closed',
    });
  });
});

describe('kept-alive connections', () => {
  it('are used again', async () => {
    const { url, connections } = await tcp((s) => {
      s.on('data', () => s.write(OK));
    });
    const c = client(url, { connections: 1 });
    for (let i = 0; i < 5; i++)
      expect(answered(await c.request({ method: 'POST', path: '/', body: 'x' })).text).toBe('ok');
    expect(connections()).toBe(1);
  });

  it('are not used with keepAlive: false', async () => {
    const { url, connections } = await tcp((s) => {
      s.on('data', () => s.write(OK));
    });
    const c = client(url, { connections: 1, keepAlive: false });
    for (let i = 0; i < 3; i++)
      expect((await c.request({ method: 'POST', path: '/', body: 'x' })).ok).toBe(true);
    expect(connections()).toBe(3);
  });

  it('that the other side resets at the second request: perhaps sent, and never written twice', async () => {
    const bodies: string[] = [];
    const { url } = await tcp((s, n) => {
      let requests = 0;
      s.on('data', (d) => {
        requests += 1;
        bodies.push(String(d).split('\r\n\r\n')[1]!);
        if (n === 1 && requests === 2) s.resetAndDestroy();
        else s.write(OK);
      });
    });
    const c = client(url, { connections: 1 });
    expect((await c.request({ method: 'POST', path: '/', body: 'one' })).ok).toBe(true);
    expect(failed(await c.request({ method: 'POST', path: '/', body: 'two' }))).toMatchObject({
      sent: true,
      reason: 'reset',
    });
    expect((await c.request({ method: 'POST', path: '/', body: 'three' })).ok).toBe(true);
    expect(bodies).toEqual(['one', 'two', 'three']);
  });

  it('that race with the other side closing them: each request is answered or perhaps sent, and seen at most once', async () => {
    const seen = new Map<string, number>();
    const { url } = await tcp((s) => {
      s.on('data', (d) => {
        const body = String(d).split('\r\n\r\n')[1]!;
        seen.set(body, (seen.get(body) ?? 0) + 1);
        s.write(OK);
        setImmediate(() => s.end());
      });
    });
    const c = client(url, { connections: 4 });
    let answered = 0;
    for (let round = 0; answered <= 150; round += 1) {
      const results = await Promise.all(
        Array.from({ length: 200 }, async (_, i) => {
          await new Promise((r) => {
            setTimeout(r, i % 20);
          });
          const body = `n${round}-${i}`;
          return { body, result: await c.request({ method: 'POST', path: '/', body }) };
        }),
      );
      for (const { body, result } of results) {
        const times = seen.get(body) ?? 0;
        expect(times).toBeLessThanOrEqual(1);
        expect([body, result.ok ? times === 1 : result.sent || times === 0]).toEqual([body, true]);
      }
      answered += results.filter(({ result }) => result.ok).length; // a busy machine loses more of the races
    }
    expect(answered).toBeGreaterThan(150);
  });
});

describe('set-up and classification', () => {
  it.each([
    '',
    'ftp://x',
    'http://u:p@127.0.0.1',
    'http://127.0.0.1/?a=1',
    'http://127.0.0.1/#x',
    'nonsense',
  ])('refuses the base address %p', (baseUrl) => {
    expect(() => createHttpClient({ baseUrl, name: 'x' })).toThrow(TypeError);
  });

  it.each([
    [{ code: 'ENOTFOUND' }, false, 'dns'],
    [{ code: 'EAI_AGAIN' }, false, 'dns'],
    [{ code: 'UND_ERR_CONNECT_TIMEOUT' }, false, 'connect_timeout'],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, false, 'tls'],
    [{ code: 'CERT_HAS_EXPIRED' }, false, 'tls'],
    [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, false, 'tls'],
    [{ code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, false, 'tls'],
    [{ code: 'EHOSTUNREACH' }, false, 'unreachable'],
    [{ code: 'ETIMEDOUT' }, true, 'timeout'],
    [{ code: 'EPIPE' }, true, 'reset'],
    [{ code: 'HPE_INVALID_CONSTANT' }, true, 'protocol'],
    [{ code: 'constructor' }, true, 'reset'],
    [{}, false, 'unreachable'],
  ])('reads %p (written: %p) as %s', (fields, started, reason) => {
    expect(classifyHttpError(Object.assign(new Error('secret text'), fields), started)).toBe(reason);
  });

  it('reads the first of several addresses', () => {
    expect(
      classifyHttpError(new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })]), false),
    ).toBe('connect_refused');
    expect(classifyHttpError('no error', false)).toBe('unreachable');
  });
});
