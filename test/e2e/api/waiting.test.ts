import { request as httpRequest } from 'node:http';
import { execute, rows } from '../../../platform/database';
import { createWaiting } from '../../../domain/transactions/waiting';
import { systemIds } from '../../../platform/ids';
import { WORKER_TYPES } from '../../../workers/types';
import { startPlatform, type Platform, type Reply } from '../../support/platform';
import { expectProblem } from '../../support/problems';
import { until } from '../../support/until';

/** Longer than any answer that does not wait, and shorter than the waits that are asked for: who took less did not wait in vain. */
const NOT_WAITED_MS = 15_000;
let p: Platform;
let user: Awaited<ReturnType<Platform['user']>>;
let running: { stop(): Promise<void> }[] = [];
/** Without workers a transaction stays as it is for as long as a test wants. */
const startWorkers = (): void => {
  running = WORKER_TYPES.map((type) => p.startWorker(type));
};
const stopWorkers = async (): Promise<void> => {
  await Promise.all(running.map((worker) => worker.stop()));
};
beforeAll(async () => {
  p = await startPlatform({ workers: [], sandbox: { slowMs: 3_600_000 } });
  startWorkers();
  user = await p.user(10_000_000_000n);
});
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
    await stopWorkers();
    const waiting = waitFor(await accept('0000'), 'wait=20');
    await until(waiters, (n) => n === 1);
    startWorkers();
    const { reply, tookMs } = await waiting;
    expect(reply.body).toMatchObject({
      status: 'SUCCESS',
      utr: expect.stringMatching(/^\d{12}$/),
      next_check_at: null,
      expected_by: null,
      finished_at: expect.stringMatching(/Z$/),
    });
    expect(reply.headers.get('preference-applied')).toBe('wait=20');
    expect(tookMs).toBeLessThan(NOT_WAITED_MS);
  });

  it('answers at once when the transaction is final already', async () => {
    const id = await accept('1111');
    await p.final(user.apiKey, id);
    const { reply, tookMs } = await waitFor(id, 'wait=20');
    expect([reply.body.status, reply.headers.get('preference-applied')]).toEqual(['FAILED', 'wait=20']);
    expect(tookMs).toBeLessThan(NOT_WAITED_MS);
  });

  it('gives the present state when the time is over, with when we look next and when it should be over', async () => {
    const id = await accept('2222');
    await until(
      async () => (await waitFor(id, 'wait=0')).reply.body.next_check_at,
      (at) => at !== null,
    );
    const { reply, tookMs } = await waitFor(id, 'wait=1');
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
    expect(tookMs).toBeLessThan(NOT_WAITED_MS);
  });

  it('does not wait when nobody asked for it', async () => {
    const id = await accept('2222');
    const counted = jest.spyOn(p.c.metrics.waiters, 'set');
    for (const prefer of ['wait=0', 'respond-async', 'waiting=5', 'handling=strict']) {
      const { reply } = await waitFor(id, prefer);
      expect(reply.headers.get('preference-applied')).toBeNull();
    }
    expect(counted).not.toHaveBeenCalled();
    await waitFor(id, 'wait=1');
    expect(counted).toHaveBeenCalled();
    counted.mockRestore();
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
    await stopWorkers();
    const ids = await Promise.all(Array.from({ length: 60 }, () => accept('0000')));
    const ended = async (id: string): Promise<unknown> => {
      // on a busy machine some outlast the time of one wait
      for (;;) {
        const { reply } = await waitFor(id, 'wait=25');
        if (reply.body.status !== 'PENDING') return reply.body.status;
      }
    };
    const waiting = Promise.all([...ids, ...ids, ...ids, ...ids, ...ids].map(ended));
    await until(waiters, (n) => n >= 250);
    expect(await listeners()).toHaveLength(1);
    startWorkers();
    expect(new Set(await waiting)).toEqual(new Set(['SUCCESS']));
    expect(await waiters()).toBe(0);
  });

  it('comes through when the listening connection is killed, and opens it again', async () => {
    const [before] = await until(listeners, (l) => l.length === 1);
    await stopWorkers();
    const waiting = waitFor(await accept('0000'), 'wait=20');
    await until(waiters, (n) => n === 1);
    await execute(p.db, 'select pg_terminate_backend(?)', [before!.pid]);
    startWorkers();
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
    expect(await until(waiters, (n) => n === 0)).toBe(0);
  });
});

describe('waiting for a row', () => {
  const FIVE_SECONDS = { timeoutMs: 5_000, who: 'key', isOver: (value: string) => value === 'final' };
  const ROUND_MS = 200;
  /** Stops the timer that reads a row again, and no other clock. */
  const stopTimers = (): void => {
    jest.useFakeTimers({
      doNotFake: [
        'Date',
        'hrtime',
        'nextTick',
        'performance',
        'queueMicrotask',
        'setImmediate',
        'clearImmediate',
        'setInterval',
        'clearInterval',
      ],
    });
  };
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is woken by the notice, long before it would look again', async () => {
    const waiting = createWaiting({ databaseUrl: p.databaseUrl });
    try {
      await until(listeners, (l) => l.length === 2);
      const id = systemIds.uuid();
      let reads = 0;
      let known = false;
      stopTimers();
      const found = waiting.until(id, {
        ...FIVE_SECONDS,
        read: async () => {
          reads += 1;
          return known ? 'final' : 'pending';
        },
      });
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      known = true;
      p.c.announce([systemIds.uuid(), id]);
      expect(await found).toBe('final');
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
      const unheard = waiting.until(systemIds.uuid(), {
        ...FIVE_SECONDS,
        read: async () => (known ? 'final' : 'pending'),
      });
      setTimeout(() => {
        known = true;
      }, ROUND_MS);
      expect(await unheard).toBe('final');

      stopTimers();
      const id = systemIds.uuid();
      let during = false;
      const found = waiting.until(id, {
        ...FIVE_SECONDS,
        read: async () => {
          if (during) return 'final';
          p.c.announce([id]); // the row moves after this read has looked
          await rows(p.c.knex, 'select pg_sleep(?)', [ROUND_MS / 1_000]);
          during = true;
          return 'pending';
        },
      });
      expect(await found).toBe('final');
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
      await waiting.until('x', {
        ...FIVE_SECONDS,
        timeoutMs: 2_500,
        read: async () => {
          reads += 1;
          return reads === 2 ? 'final' : 'pending';
        },
      }),
    ).toBe('final');
    const short = { ...FIVE_SECONDS, timeoutMs: 50 };
    expect(await waiting.until('x', { ...short, read: async () => 'pending' })).toBe('pending');
    await expect(
      waiting.until('x', {
        ...short,
        read: async () => {
          throw new Error('the read failed');
        },
      }),
    ).rejects.toThrow('the read failed');
    expect(errors.length).toBeGreaterThan(0);
    expect(waiting.size()).toBe(0);
    await waiting.close();
  });
});
