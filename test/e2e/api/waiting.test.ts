import { request as httpRequest } from 'node:http';
import { execute, rows } from '../../../platform/database';
import { createWaiting } from '../../../domain/transactions/waiting';
import { systemIds } from '../../../platform/ids';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { until } from '../../support/sandbox';

let p: Platform;
let user: Awaited<ReturnType<Platform['user']>>;
beforeAll(async () => {
  p = await startPlatform({ sandbox: { slowMs: 4_000 } });
  user = await p.user(10_000_000_000n);
}, 60_000);
afterAll(async () => {
  await p.close();
});

const accept = async (ending: string): Promise<string> =>
  (await p.payout(user.apiKey, ending)).body.id as string;
async function waitFor(id: string, prefer: string): Promise<{ reply: Reply; tookMs: number }> {
  const started = performance.now();
  const reply = await p.call('GET', `/v1/transactions/${id}`, { key: user.apiKey, headers: { prefer } });
  return { reply, tookMs: performance.now() - started };
}
const listeners = (): Promise<{ pid: number }[]> =>
  rows(
    p.c.knex,
    "select pid from pg_stat_activity where application_name = 'munim-listen' and datname = current_database()",
  );
const waiters = async (): Promise<number> => (await p.c.metrics.waiters.get()).values[0]!.value;

describe('Prefer: wait', () => {
  it('answers as soon as the transaction is final, and says that it waited', async () => {
    const { reply, tookMs } = await waitFor(await accept('2222'), 'wait=20');
    expect(reply.body).toMatchObject({
      status: 'SUCCESS',
      utr: expect.stringMatching(/^\d{12}$/),
      next_check_at: null,
      expected_by: null,
      finished_at: expect.stringMatching(/Z$/),
    });
    expect(reply.headers.get('preference-applied')).toBe('wait=20');
    expect(tookMs).toBeGreaterThan(900);
    expect(tookMs).toBeLessThan(5_000);
  });

  it('answers at once when the transaction is final already', async () => {
    const id = await accept('1111');
    await p.final(user.apiKey, id);
    const { reply, tookMs } = await waitFor(id, 'wait=20');
    expect([reply.body.status, reply.headers.get('preference-applied')]).toEqual(['FAILED', 'wait=20']);
    expect(tookMs).toBeLessThan(1_000);
  });

  it('gives the present state when the time is over, with when we look next and when it should be over', async () => {
    const { reply, tookMs } = await waitFor(await accept('2222'), 'wait=1');
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({
      status: 'PENDING',
      utr: null,
      finished_at: null,
      next_check_at: expect.stringMatching(/Z$/),
      expected_by: expect.stringMatching(/Z$/),
    });
    expect(Date.parse(reply.body.expected_by as string)).toBeGreaterThan(Date.now());
    expect(reply.headers.get('preference-applied')).toBe('wait=1');
    expect(tookMs).toBeGreaterThanOrEqual(950);
    expect(tookMs).toBeLessThan(2_500);
  });

  it('does not wait when nobody asked for it', async () => {
    const id = await accept('2222');
    for (const prefer of ['wait=0', 'respond-async', 'waiting=5', 'handling=strict']) {
      const { reply, tookMs } = await waitFor(id, prefer);
      expect(reply.headers.get('preference-applied')).toBeNull();
      expect(tookMs).toBeLessThan(900);
    }
  });

  it('waits 25 seconds at most', async () => {
    const id = await accept('0000');
    await p.final(user.apiKey, id);
    expect((await waitFor(id, 'wait=3600')).reply.headers.get('preference-applied')).toBe('wait=25');
  });

  it('two headers are one list: other preferences do not matter, two waits do', async () => {
    const id = await accept('0000');
    await p.final(user.apiKey, id);
    expect((await waitFor(id, 'respond-async, Wait="9"')).reply.headers.get('preference-applied')).toBe(
      'wait=9',
    );
    expectProblem((await waitFor(id, 'wait=5, wait=6')).reply, 'REQUEST_HEADER_INVALID');
  });

  it.each(['wait', 'wait=', 'wait=abc', 'wait=-5', 'wait=1.5', 'wait=5s'])('refuses %s', async (prefer) => {
    expectProblem((await waitFor(`txn_${'0'.repeat(26)}`, prefer)).reply, 'REQUEST_HEADER_INVALID');
  });

  it('holds for many at once, several for the same one, on one listening connection', async () => {
    const ids = await Promise.all(Array.from({ length: 60 }, () => accept('2222')));
    const waiting = Promise.all([...ids, ...ids, ...ids, ...ids, ...ids].map((id) => waitFor(id, 'wait=20')));
    await until(waiters, (n) => n >= 250);
    expect(await listeners()).toHaveLength(1);
    const done = await waiting;
    expect(new Set(done.map(({ reply }) => reply.body.status))).toEqual(new Set(['SUCCESS']));
    expect(await waiters()).toBe(0);
  }, 30_000);

  it('comes through when the listening connection is killed, and opens it again', async () => {
    const [before] = await until(listeners, (l) => l.length === 1);
    const id = await accept('2222');
    const waiting = waitFor(id, 'wait=20');
    await until(waiters, (n) => n === 1);
    await execute(p.c.knex, 'select pg_terminate_backend(?)', [before!.pid]);
    expect((await waiting).reply.body.status).toBe('SUCCESS');
    const [after] = await until(listeners, (l) => l.length === 1 && l[0]!.pid !== before!.pid);
    expect(after!.pid).not.toBe(before!.pid);
    expect((await waitFor(await accept('0000'), 'wait=20')).reply.body.status).toBe('SUCCESS');
  });

  it('ends when its caller goes away', async () => {
    const id = await accept('2222');
    const req = httpRequest(`${p.apiUrl}/v1/transactions/${id}`, {
      headers: { authorization: `Bearer ${user.apiKey}`, prefer: 'wait=25' },
    });
    req.on('error', () => undefined);
    req.end();
    await until(waiters, (n) => n === 1);
    req.destroy();
    expect(await until(waiters, (n) => n === 0, 3_000)).toBe(0);
    await p.final(user.apiKey, id);
  });
});

describe('waiting for a row', () => {
  const ROUND_MS = 200;

  it('is woken by the notice, long before it would look again', async () => {
    const waiting = createWaiting({ databaseUrl: p.databaseUrl });
    try {
      await until(listeners, (l) => l.length === 2);
      const id = systemIds.uuid();
      let reads = 0;
      let known = false;
      const found = waiting.until(id, 5_000, async () => {
        reads += 1;
        return known ? 'final' : undefined;
      });
      await new Promise((resolve) => {
        setTimeout(resolve, ROUND_MS);
      });
      known = true;
      const told = performance.now();
      p.c.announce([systemIds.uuid(), id]);
      expect(await found).toBe('final');
      expect(performance.now() - told).toBeLessThan(500);
      expect(reads).toBe(2);
      expect(waiting.size()).toBe(0);
    } finally {
      await waiting.close();
    }
  });

  it('looks again each second when the notice was lost, and misses nothing that was said while it looked', async () => {
    const waiting = createWaiting({ databaseUrl: p.databaseUrl });
    try {
      await until(listeners, (l) => l.length === 2);
      let known = false;
      const unheard = waiting.until(systemIds.uuid(), 5_000, async () => (known ? 'final' : undefined));
      setTimeout(() => {
        known = true;
      }, ROUND_MS);
      expect(await unheard).toBe('final');

      const id = systemIds.uuid();
      let during = false;
      const found = waiting.until(id, 5_000, async () => {
        if (during) return 'final';
        p.c.announce([id]); // the row moves after this read has looked
        await new Promise((resolve) => {
          setTimeout(resolve, ROUND_MS);
        });
        during = true;
        return undefined;
      });
      const started = performance.now();
      expect(await found).toBe('final');
      expect(performance.now() - started).toBeLessThan(900);
    } finally {
      await waiting.close();
    }
  });

  it('works, slower, without a database to listen to', async () => {
    const errors: unknown[] = [];
    const waiting = createWaiting({
      databaseUrl: 'postgres://nobody@127.0.0.1:1/none',
      onError: (error) => errors.push(error),
    });
    let reads = 0;
    expect(
      await waiting.until('x', 2_500, async () => {
        reads += 1;
        return reads === 2 ? 'final' : undefined;
      }),
    ).toBe('final');
    expect(await waiting.until('x', 50, async () => undefined)).toBeUndefined();
    await expect(
      waiting.until('x', 50, async () => {
        throw new Error('the read failed');
      }),
    ).rejects.toThrow('the read failed');
    expect(errors.length).toBeGreaterThan(0);
    expect(waiting.size()).toBe(0);
    await waiting.close();
  });
});
