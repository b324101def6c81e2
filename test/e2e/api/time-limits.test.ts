/** Every request is answered in time: with a store behind it that has frozen, and when it is slow itself. */
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { rows } from '../../../platform/database';
import { startHoldingProxy, type HoldingProxy } from '../../support/holding-proxy';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { answersIn } from '../../support/raw-http';
import { queueBackends, redisUrl } from '../../support/redis';
import { until } from '../../support/until';

const OWN_WORK_MS = 1_500;
/** A busy machine; without limits it is 20 s and more. */
const IN_TIME_MS = 8 * OWN_WORK_MS;

let p: Platform;
let proxy: HoldingProxy;
let key: string;

async function timed<T>(work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const done = await work();
  expect(performance.now() - began).toBeLessThan(IN_TIME_MS);
  return done;
}

describe('with a database that has frozen', () => {
  beforeAll(async () => {
    p = await startPlatform({
      workers: [],
      through: async (url) => {
        proxy = await startHoldingProxy(url);
        return proxy.through(url);
      },
      timeLimits: { ownWorkMs: OWN_WORK_MS },
    });
    ({ apiKey: key } = await p.user(1_000_000n));
  });
  afterAll(async () => {
    proxy.letGo();
    await p.close();
    await proxy.close();
  });

  test('each request is answered 503 in its time; what was accepted is accepted once', async () => {
    const [idempotencyKey, reference] = [randomUUID(), `ref-${randomUUID().slice(0, 18)}`];
    const payout = (): Promise<Reply> => p.payout(key, '0000', { reference }, idempotencyKey);
    expect((await p.call('GET', '/v1/wallets', { key })).status).toBe(200); // the key is known
    proxy.hold();
    const replies = await timed(() =>
      Promise.all([
        payout(),
        p.call('GET', '/v1/transactions', { key }),
        p.call('GET', `/v1/wallets`, { key }),
        p.call('GET', '/v1/wallets', { key: `${key.slice(0, 8)}${'A'.repeat(49)}` }),
        p.call('POST', '/callbacks/razorpayx', { body: '{}' }),
        p.call('GET', '/readyz'),
      ]),
    );
    const [known, badKey] = [replies.toSpliced(3, 1), replies[3]];
    expect(known.map((reply) => reply.status)).toEqual([503, 503, 503, 503, 503]);
    expect([401, 503]).toContain(badKey.status); // it may be counted before it is looked at
    expectProblem(replies[0], 'SERVICE_UNAVAILABLE');
    expect(replies[0].headers.get('retry-after')).toBe('1');
    expect(replies[0].body.detail).toContain('with the same Idempotency-Key');
    expect(replies[0].body.retryable).toBe(true);
    proxy.letGo();
    const repeat = await until(payout, (reply) => reply.status !== 503);
    expect(repeat.status).toBe(202);
    const found = await rows(p.c.knex, 'select 1 from transactions where reference = ?', [reference]);
    expect(found).toHaveLength(1);
  });

  test('a wait that the caller asked for is no hanging', async () => {
    const accepted = await p.payout(key, '0000');
    const waited = await p.call('GET', String(accepted.headers.get('location')), {
      key,
      headers: { prefer: 'wait=3' }, // longer than the limit of a request that does not wait
    });
    expect([waited.status, waited.body.status]).toEqual([200, 'PENDING']);
  });

  test('the time of a request begins when it has arrived', async () => {
    const body = JSON.stringify({ amount: 1 });
    const socket = net.connect(Number(new URL(p.apiUrl).port), '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    const ended = new Promise((resolve) => {
      socket.once('close', resolve);
    });
    socket.write(
      `POST /v1/payouts HTTP/1.1\r\nHost: munim.test\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n` +
        `Idempotency-Key: ${randomUUID()}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    for (const byte of [body.slice(0, 5), body.slice(5)]) {
      await new Promise((resolve) => {
        setTimeout(resolve, OWN_WORK_MS);
      });
      socket.write(byte);
    }
    await ended;
    expectProblem(answersIn(Buffer.concat(chunks).toString())[0]!, 'REQUEST_FIELD_INVALID');
  });
});

for (const backend of queueBackends().filter((one) => one === 'redis'))
  describe(`with a queue that has frozen, on ${backend}`, () => {
    beforeAll(async () => {
      proxy = await startHoldingProxy(redisUrl());
      p = await startPlatform({ workers: [], redisUrl: proxy.through(redisUrl()) });
      ({ apiKey: key } = await p.user(1_000_000n));
    });
    afterAll(async () => {
      proxy.letGo();
      await p.close();
      await proxy.close();
    });

    test('accepted is accepted: the answer waits for no queue', async () => {
      expect((await p.payout(key, '0000')).status).toBe(202);
      proxy.hold();
      const reply = await timed(() => p.payout(key, '0000'));
      expect(reply.status).toBe(202);
      proxy.letGo();
    });
  });
