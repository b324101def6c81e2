/** `ETag` and `If-None-Match` on a transaction: whoever has it is told whether there is news, and can wait for it. */
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';

let p: Platform;
let user: Awaited<ReturnType<Platform['user']>>;
beforeAll(async () => {
  p = await startPlatform({ workers: [], sandbox: { slowMs: 3_600_000 } });
  user = await p.user(10_000_000n);
});
afterAll(async () => {
  await p.close();
});

const accept = async (ending = '0000'): Promise<string> =>
  (await p.payout(user.apiKey, ending)).body.id as string;
const read = (id: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> =>
  p.call(method, `/v1/transactions/${id}`, { key: user.apiKey, headers });
const tagOf = (reply: Reply): string => {
  const tag = reply.headers.get('etag');
  expect(tag).toMatch(/^"[\w-]{22}"$/); // a strong one
  return tag!;
};
const after = async (id: string, tag: string, waitS: number): Promise<Reply> =>
  read(id, { 'if-none-match': tag, prefer: `wait=${waitS}` });

it('an answer that the caller has is not sent again', async () => {
  const id = await accept();
  const first = await read(id);
  const tag = tagOf(first);
  for (const known of [tag, `W/${tag}`, `"another", ${tag}`, `"another" ,\tW/${tag}`, '*']) {
    const reply = await read(id, { 'if-none-match': known });
    expect([known, reply.status, reply.text, tagOf(reply)]).toEqual([known, 304, '', tag]);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(reply.headers.get('content-type')).toBeNull();
  }
  for (const known of ['"another"', `"x${tag.slice(1)}`, '""']) {
    const reply = await read(id, { 'if-none-match': known });
    expect([known, reply.status, reply.text]).toEqual([known, 200, first.text]);
  }
  expect((await read(id, { 'if-none-match': tag }, 'HEAD')).status).toBe(304);
  expect(tagOf(await read(id, {}, 'HEAD'))).toBe(tag);
});

it.each(['abc', 'W/abc', '"open', '"a" "b"', '"a",', '*, "a"'])(
  'If-None-Match: %s is not one',
  async (known) => {
    expectProblem(await read(await accept(), { 'if-none-match': known }), 'REQUEST_HEADER_INVALID');
  },
);

it("somebody else's is not there, whatever the caller says to have", async () => {
  const id = await accept();
  const tag = tagOf(await read(id));
  const other = await p.user(0n);
  for (const known of [tag, '*']) {
    const headers = { 'if-none-match': known };
    expectProblem(
      await p.call('GET', `/v1/transactions/${id}`, { key: other.apiKey, headers }),
      'TRANSACTION_NOT_FOUND',
    );
  }
});

it('a caller that waits with what it has is told when the time is over that nothing is new', async () => {
  const id = await accept();
  const tag = tagOf(await read(id));
  const started = performance.now();
  const reply = await after(id, tag, 1);
  expect(performance.now() - started).toBeGreaterThanOrEqual(950);
  expect([reply.status, reply.text, tagOf(reply)]).toEqual([304, '', tag]);
  expect(reply.headers.get('preference-applied')).toBe('wait=1');
});

it('one that has an old answer does not wait', async () => {
  const id = await accept();
  const started = performance.now();
  const reply = await after(id, '"an-old-one"', 20);
  expect([reply.status, reply.body.status]).toEqual([200, 'PENDING']);
  expect(performance.now() - started).toBeLessThan(15_000);
});

it('one that has the latest waits for the next, be it the end or not', async () => {
  const id = await accept();
  const tag = tagOf(await read(id));
  const waiting = after(id, tag, 25);
  const ledger = p.startWorker('ledger');
  const held = await waiting;
  await ledger.stop();
  expect([held.status, held.body.status]).toEqual([200, 'PENDING']);
  expect(tagOf(held)).not.toBe(tag);
  const workers = ['ledger', 'dispatch', 'callbacks', 'polling'].map((type) => p.startWorker(type));
  let reply = held;
  for (let n = 0; n < 20 && reply.body.status === 'PENDING'; n += 1)
    reply = await after(id, tagOf(reply), 25);
  await Promise.all(workers.map((worker) => worker.stop()));
  expect(reply.body.status).toBe('SUCCESS');
  const again = await after(id, tagOf(reply), 25); // what is final does not change
  expect([again.status, again.headers.get('preference-applied')]).toEqual([304, 'wait=25']);
});
