/** How callbacks are retried: by the usual plan, and by a plan of their own. */
import { createWebhookSender } from './webhooks';
import { until } from '../test/support/until';
import { startSetuReceiver, type SetuReceiver } from '../test/support/setu';

let receiver: SetuReceiver;
beforeEach(async () => {
  receiver = await startSetuReceiver();
});
afterEach(async () => {
  await receiver.close();
});

function start(path: string | undefined) {
  const ended: string[] = [];
  const sender = createWebhookSender({
    url: `${receiver.url}/base/`,
    nowMs: Date.now,
    render: (seq) => Promise.resolve({ headers: {}, body: JSON.stringify({ seq }), path }),
    onTaken: (seq) => {
      ended.push(`taken ${seq}`);
    },
    onGivenUp: (seq) => {
      ended.push(`given up ${seq}`);
    },
  });
  return { sender, ended };
}

it('gives up after the retries of its plan, each wait twice the one before, up to the longest', async () => {
  receiver.answer = () => 500;
  const { sender, ended } = start('/payment/status');
  sender.enqueue({
    seq: 1,
    bornAtMs: Date.now(),
    dueAtMs: 0,
    once: false,
    retry: { firstMs: 40, longestMs: 60, maxRetries: 3 },
  });
  await until(
    () => ended,
    (all) => all.length === 1,
  );
  expect(ended).toEqual(['given up 1']);
  expect(receiver.received.map((r) => r.path)).toEqual(
    Array.from({ length: 4 }, () => '/base/payment/status'),
  );
  const waits = receiver.received.slice(1).map((r, i) => r.atMs - receiver.received[i]!.atMs);
  for (const [i, least] of [35, 55, 55].entries()) expect(waits[i]).toBeGreaterThanOrEqual(least);
  await sender.close();
});

it('sends to the URL itself when there is no path, and stops at a 2xx', async () => {
  receiver.answer = (count) => (count === 1 ? 503 : 201);
  const { sender, ended } = start(undefined);
  sender.enqueue({
    seq: 7,
    bornAtMs: Date.now(),
    dueAtMs: 0,
    once: false,
    retry: { firstMs: 10, longestMs: 10, maxRetries: 5 },
  });
  await until(
    () => ended,
    (all) => all.length === 1,
  );
  expect([ended, receiver.received.map((r) => r.path)]).toEqual([['taken 7'], ['/base/', '/base/']]);
  await sender.close();
});
