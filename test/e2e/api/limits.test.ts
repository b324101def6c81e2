/** What one caller may use up: each class of routes, what is told, and who else notices. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createApiKey } from '../../../domain/auth/api-keys';
import { LIMIT_CLASSES, type CountedBy, type LimitClass } from '../../../domain/limits/rules';
import { SCOPES } from '../../../domain/services/services';
import { execute, rows } from '../../../platform/database';
import { waitingForLocks } from '../../support/lock-waits';
import { payoutBody, startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { until } from '../../support/until';

let p: Platform;
type User = Awaited<ReturnType<Platform['user']>>;
beforeAll(async () => {
  p = await startPlatform({ workers: [], eko: true, setu: true });
});
afterAll(async () => {
  await p.close();
});
afterEach(async () => {
  await execute(p.db, "delete from request_limits where in_force_from = '2026-10-01'");
  await execute(p.db, "delete from request_shares where in_force_from = '2026-10-01'");
  await p.limits.rules.refresh();
});

/** Limits as a policy file would set them: from a later day than those of the first one. */
async function limit(limitClass: LimitClass, by: CountedBy, most: number, windowS = 60): Promise<void> {
  await execute(
    p.db,
    `insert into request_limits (class, counted_by, profile, in_force_from, window_s, most)
     values (:limitClass, :by, 'development', '2026-10-01', :windowS, :most)`,
    { limitClass, by, windowS, most },
  );
  await p.limits.rules.refresh();
}
async function share(place: string, most: number, each: number, waiting: number): Promise<void> {
  await execute(
    p.db,
    `insert into request_shares (place, profile, in_force_from, most, most_each, waiting_each)
     values (:place, 'development', '2026-10-01', :most, :each, :waiting)`,
    { place, most, each, waiting },
  );
  await p.limits.rules.refresh();
}
const user = (): Promise<User> => p.user(1_000_000_000n);
const wallets = ({ apiKey }: Pick<User, 'apiKey'>): Promise<Reply> =>
  p.call('GET', '/v1/wallets', { key: apiKey });
const statuses = (replies: readonly Reply[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

/** A request of each class, as a caller with this key makes it. */
const REQUESTS: Readonly<Record<LimitClass, (apiKey: string) => Promise<Reply>>> = {
  money: (apiKey) => p.payout(apiKey, '0000'),
  desk: (key) => p.call('POST', '/v1/recharge/operators', { key, body: { mobile: '9800000000' } }),
  read: (key) => p.call('GET', '/v1/wallets', { key }),
  list: (key) => p.call('GET', '/v1/transactions', { key }),
  wait: (key) => p.call('GET', `/v1/transactions/txn_${'0'.repeat(26)}`, { key }),
  callback: () => p.call('POST', '/callbacks/razorpayx', { body: {} }),
  public: () => p.call('GET', '/problems/rate-limited'),
  unknown: () => p.call('GET', '/v1/wallets', { key: `mk_test_${'x'.repeat(49)}` }),
};
const WITHOUT_CALLER: ReadonlySet<LimitClass> = new Set(['callback', 'public', 'unknown']);

test.each(LIMIT_CLASSES)(
  '%s: so many, and then 429 with what is used up and when it ends',
  async (limitClass) => {
    const by = WITHOUT_CALLER.has(limitClass) ? 'address' : 'key';
    await limit(limitClass, by, 3);
    const { apiKey } = await user();
    const replies: Reply[] = [];
    for (let i = 0; i < 5; i++) replies.push(await REQUESTS[limitClass](apiKey));
    expect(replies.map(({ status }) => status === 429)).toEqual([false, false, false, true, true]);
    const refused = replies.at(-1)!;
    expectProblem(refused, 'RATE_LIMITED');
    expect(refused.body['violated-policies']).toEqual([`${limitClass}-${by}`]);
    expect(refused.headers.get('ratelimit-policy')).toContain(`"${limitClass}-${by}";q=3;w=60`);
    const [, left, ends] = /^"[a-z-]+";r=(\d+);t=(\d+)$/.exec(refused.headers.get('ratelimit')!)!;
    expect(left).toBe('0');
    expect(Number(ends)).toBeGreaterThan(0);
    expect(Number(ends)).toBeLessThanOrEqual(60);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(Number(ends));
    expect(replies[0]!.headers.get('ratelimit')).toMatch(new RegExp(`^"${limitClass}-${by}";r=2;t=\\d+$`));
  },
);

test('another key is not limited by it, and all keys of a user together are by the limit of the user', async () => {
  await limit('read', 'key', 5);
  await limit('read', 'user', 8);
  const [one, other] = [await user(), await user()];
  const second = await createApiKey(p.c.knex, p.c.ids, {
    userId: one.userId,
    mode: 'test',
    scopes: SCOPES,
  });
  const of = (apiKey: string, count: number): Promise<Reply[]> =>
    Promise.all(Array.from({ length: count }, () => wallets({ apiKey })));
  expect(statuses(await of(one.apiKey, 7))).toEqual({ 200: 5, 429: 2 });
  expect(statuses(await of(second.secret, 7))).toEqual({ 200: 3, 429: 4 });
  expect(statuses(await of(other.apiKey, 5))).toEqual({ 200: 5 });
});

test('orders of one service leave those of another alone', async () => {
  await limit('money', 'service', 2);
  const { apiKey } = await user();
  const payouts = [
    await p.payout(apiKey, '0000'),
    await p.payout(apiKey, '0000'),
    await p.payout(apiKey, '0000'),
  ];
  expect(statuses(payouts)).toEqual({ 202: 2, 429: 1 });
  const recharge = await p.call('POST', '/v1/recharges', { key: apiKey, body: {} });
  expect(recharge.status).not.toBe(429);
});

test('a refused order was not accepted, and passes later with the same key', async () => {
  await limit('money', 'key', 1, 1);
  const { apiKey } = await user();
  await p.payout(apiKey, '0000');
  const key = 'the-same-key-again';
  const reference = 'limits-again';
  let reply = await p.payout(apiKey, '0000', { reference }, key);
  while (reply.status === 429) reply = await p.payout(apiKey, '0000', { reference }, key);
  expect(reply.status).toBe(202);
  expect(reply.headers.get('idempotent-replayed')).toBeNull();
});

test('a new row counts without a restart, and null ends the counting', async () => {
  await limit('read', 'key', 1);
  const one = await user();
  expect(statuses([await wallets(one), await wallets(one)])).toEqual({ 200: 1, 429: 1 });
  await execute(p.db, "update request_limits set most = null where in_force_from = '2026-10-01'");
  await p.limits.rules.refresh();
  expect((await wallets(one)).status).toBe(200);
});

test('one key has no more requests under way than its share, and another passes meanwhile', async () => {
  await share('requests', 50, 5, 0);
  await share('waits', 50, 50, 0);
  const [one, other] = [await user(), await user()];
  const { body } = await p.payout(one.apiKey, '0000');
  const waits = Array.from({ length: 12 }, () =>
    p.call('GET', `/v1/transactions/${String(body.id)}`, { key: one.apiKey, headers: { prefer: 'wait=2' } }),
  );
  const refused = await Promise.any(
    waits.map(async (waiting) => {
      const reply = await waiting;
      if (reply.status !== 429) throw new Error('it waited');
      return reply;
    }),
  );
  expectProblem(refused, 'RATE_LIMITED');
  expect(refused.body['violated-policies']).toEqual(['requests']);
  expect((await wallets(other)).status).toBe(200);
  expect(statuses(await Promise.all(waits))).toEqual({ 200: 5, 429: 7 });
});

test('beyond its share of the places to wait a caller is answered at once, and told so', async () => {
  await share('waits', 50, 2, 0);
  const one = await user();
  const { body } = await p.payout(one.apiKey, '0000');
  const replies = await Promise.all(
    Array.from({ length: 6 }, () =>
      p.call('GET', `/v1/transactions/${String(body.id)}`, {
        key: one.apiKey,
        headers: { prefer: 'wait=2' },
      }),
    ),
  );
  const waited = replies.filter(({ headers }) => headers.get('preference-applied') === 'wait=2');
  expect(waited).toHaveLength(2);
  for (const reply of replies.filter(({ headers }) => headers.get('preference-applied') === null))
    expect([reply.status, reply.body.status, reply.headers.get('retry-after')]).toEqual([
      200,
      'PENDING',
      '1',
    ]);
});

test('what is soon answered waits for the same key alone, and whoever waits for an end has no seat', async () => {
  await share('answers', 4, 1, 40);
  const [one, two] = [await user(), await user()];
  const paid = await p.payout(two.apiKey, '0000');
  const path = `/v1/transactions/${String(paid.body.id)}`;
  let isWaiting = true;
  const waiting = p.call('GET', path, { key: two.apiKey, headers: { prefer: 'wait=8' } }).finally(() => {
    isWaiting = false;
  });
  const replies = await Promise.all([
    ...Array.from({ length: 30 }, () => wallets(one)),
    p.call('GET', path, { key: two.apiKey }),
    p.payout(two.apiKey, '0000'),
  ]);
  expect([statuses(replies), isWaiting]).toEqual([{ 200: 31, 202: 1 }, true]);
  expect((await waiting).headers.get('preference-applied')).toBe('wait=8');
});

test('lists of one key wait for each other, and beyond its line they are refused', async () => {
  await share('lists', 1, 1, 2);
  const one = await user();
  const replies = await Promise.all(
    Array.from({ length: 12 }, () => p.call('GET', '/v1/transactions', { key: one.apiKey })),
  );
  const counts = statuses(replies);
  expect(counts[200]).toBeGreaterThanOrEqual(3);
  expect((counts[200] ?? 0) + (counts[429] ?? 0)).toBe(12);
});

test('nothing is begun for a caller that has gone while it stood in the line', async () => {
  await share('answers', 1, 1, 40);
  const one = await user();
  const leaving = new AbortController();
  const [first, gone] = await p.db.transaction(async (trx) => {
    await trx.raw('lock table requests in access exclusive mode');
    const seated = p.payout(one.apiKey, '0000');
    await until(async () => (await waitingForLocks(p.db)) > 0);
    const standing = fetch(`${p.apiUrl}/v1/payouts`, {
      method: 'POST',
      signal: leaving.signal,
      headers: {
        ...{ authorization: `Bearer ${one.apiKey}`, 'content-type': 'application/json' },
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify(payoutBody('0000')),
    }).catch((error: Error) => error.name);
    await pause(300);
    leaving.abort();
    await pause(300);
    return [seated, standing];
  });
  const [{ status }, name] = [await first, await gone];
  await wallets(one); // has stood behind the one that has gone
  const [accepted] = await rows<{ count: bigint }>(
    p.db,
    'select count(*) as count from transactions where user_id = :userId',
    { userId: one.userId },
  );
  expect([status, name, accepted!.count]).toEqual([202, 'AbortError', 1n]);
});
