/** Every request leaves one line, found by the id that the caller got, with nothing in it that the caller wrote. */
import net from 'node:net';
import { publicId } from '../../../platform/ids';
import type { AccessLine } from '../../../platform/access-log';
import { startPlatform, type Platform } from '../../support/platform';
import { until } from '../../support/until';

const lines: AccessLine[] = [];
let p: Platform;
let user: Awaited<ReturnType<Platform['user']>>;
beforeAll(async () => {
  p = await startPlatform({
    accessLog: {
      write: (line) => {
        lines.push(line);
      },
      flush: () => undefined,
    },
  });
  user = await p.user(1_000_000n);
});
afterAll(async () => {
  await p.close();
});

const lineOf = async (request: unknown): Promise<AccessLine> =>
  (await until(
    async () => lines.find((line) => line.request === request),
    (line) => line !== undefined,
  ))!;

it('a request that was accepted: key, route, status, time and bytes', async () => {
  const reply = await p.payout(user.apiKey, '0000');
  const [key] = await p.c.knex('api_keys').where({ user_id: user.userId }).select('id');
  expect(await lineOf(reply.headers.get('request-id'))).toEqual({
    request: reply.headers.get('request-id'),
    key: publicId('apiKey', (key as { id: string }).id),
    method: 'POST',
    route: '/v1/payouts',
    status: 202,
    ms: expect.any(Number),
    bytes: Buffer.byteLength(reply.text),
  });
});

it.each([
  ['/v1/transactions/txn_0000000000000000000000000?mobile=9876543210', 400, '/v1/transactions/:id'],
  ['/v1/transactions?limit=1000', 422, '/v1/transactions'],
  ['/customers/9876543210', 404, 'none'],
])('a refusal of %s has its line, without what the caller wrote', async (path, status, route) => {
  const reply = await p.call('GET', path, { key: user.apiKey, headers: { 'x-request-id': '9876543210' } });
  const line = await lineOf(reply.body.request_id);
  expect(line).toMatchObject({ status, route });
  expect(JSON.stringify(line)).not.toContain('9876543210');
});

it('a request without a key, and bytes that are no request', async () => {
  const reply = await p.call('GET', '/v1/wallets');
  expect(await lineOf(reply.body.request_id)).toMatchObject({ status: 401, key: null });
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    const socket = net.connect(Number(new URL(p.apiUrl).port), '127.0.0.1', () =>
      socket.write('GET\r\n\r\n'),
    );
    socket.on('data', (chunk) => (text += chunk.toString())).on('close', () => resolve(text));
  });
  const [, id] = /request-id: (req_\w+)/i.exec(answer)!;
  expect(await lineOf(id)).toMatchObject({ status: 400, key: null, route: 'none' });
});

it('each request has one line, and a probe that is content has none', async () => {
  const before = lines.length;
  await p.call('GET', '/healthz');
  const { headers } = await p.call('GET', '/v1/wallets', { key: user.apiKey });
  await lineOf(headers.get('request-id'));
  expect(lines.length - before).toBe(1);
});
