import { Redis } from 'ioredis';
import request from 'supertest';
import { rows } from '../../../platform/database';
import { silentLog } from '../../../platform/logger';
import { createQueueWorker } from '../../../platform/queue';
import { email, PASSWORD, startConsole, type AuditRow, type TestConsole } from '../../support/console';
import { queueBackends, redisUrl } from '../../support/redis';

const ID = '0190a0a0-0000-7000-8000-000000000001';
const HOLD = { name: 'transaction-hold', id: `transaction-hold-${ID}-1-0`, data: { ids: [ID] } };
const PLANTED = {
  pan: 'ABCPK1234F',
  account: '50100987654321',
  vpa: 'somebody@okbank',
  key: 'mk_live_a1b2c3d4e5f6',
};

async function cookieOf(c: TestConsole, role: string): Promise<string> {
  const response = await request(c.url)
    .post('/ops/login')
    .type('form')
    .set('Origin', c.origin)
    .send({ email: email(role), password: PASSWORD });
  expect(response.status).toBe(303);
  return String(response.headers['set-cookie']![0]).split(';')[0]!;
}

async function failed(c: TestConsole, queue: string): Promise<void> {
  for (let n = 0; n < 250 && (await c.queues.counts(queue)).failed === 0; n++)
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
}

describe.each(queueBackends())('Bull Board on %s', (backend) => {
  let c: TestConsole;
  let cookies: Record<'viewer' | 'operator' | 'admin', string>;
  let before: number;

  beforeAll(async () => {
    c = await startConsole({ backend });
    cookies = {
      viewer: await cookieOf(c, 'viewer'),
      operator: await cookieOf(c, 'operator'),
      admin: await cookieOf(c, 'admin'),
    };
    await c.queues.add('hold', [HOLD], { timeoutMs: 60_000 }); // a busy machine
  });
  afterAll(async () => {
    await c.close();
  });
  beforeEach(async () => {
    before = (await c.audit()).length;
  });

  const added = async (): Promise<AuditRow[]> => (await c.audit()).slice(before);
  const put = (url: string, role: keyof typeof cookies, headers: Record<string, string> = {}) =>
    request(c.url).put(`/ops/queues${url}`).set('Cookie', cookies[role]).set(headers);
  const ours = (): Record<string, string> => ({ Origin: c.origin, 'Sec-Fetch-Site': 'same-origin' });

  test('without a session: the page asks to sign in, everything else is 401', async () => {
    const page = await request(c.url).get('/ops/queues').set('Accept', 'text/html');
    expect([page.status, page.headers.location]).toEqual([302, '/ops/login']);
    for (const url of [
      '/ops/queues/api/queues',
      '/ops/queues/api/queues/hold/x',
      '/ops/queues/api/redis/stats',
    ])
      expect((await request(c.url).get(url)).status).toBe(401);
    expect((await request(c.url).get('/ops/queues/static/favicon.ico').set('Accept', 'image/*')).status).toBe(
      401,
    );
    expect((await request(c.url).put('/ops/queues/api/queues/hold/pause').set(ours())).status).toBe(401);
    expect(await added()).toEqual([]);
  });

  test('every role reads: queues, counts and jobs, of ids only', async () => {
    for (const role of ['viewer', 'operator', 'admin'] as const) {
      const response = await request(c.url)
        .get('/ops/queues/api/queues?activeQueue=hold&status=waiting&page=1&jobsPerPage=10')
        .set('Cookie', cookies[role]);
      expect(response.status).toBe(200);
      const { queues } = response.body as {
        queues: {
          name: string;
          counts: Record<string, number>;
          jobs: { id: string; data: unknown }[];
          readOnlyMode: boolean;
        }[];
      };
      expect(queues.map((q) => q.name)).toEqual([
        'hold',
        'settle',
        'send.razorpayx',
        'poll.razorpayx',
        'callback.razorpayx',
        'night',
        'report',
      ]);
      expect(queues[0]).toMatchObject({
        counts: { waiting: 1 },
        jobs: [{ id: HOLD.id, data: { ids: [ID] } }],
        readOnlyMode: role === 'viewer',
      });
    }
    expect(
      (await request(c.url).get('/ops/queues/api/redis/stats').set('Cookie', cookies.admin)).status,
    ).toBe(403);
    expect(await added()).toEqual([]);
  });

  test('a job says which step of which night it is and how far; nothing else that stands in its progress is shown', async () => {
    const job = (await c.queues.handle('hold').getJob(HOLD.id))!;
    const seen = async (progress: object): Promise<object> => {
      await job.updateProgress(progress);
      const response = await request(c.url)
        .get('/ops/queues/api/queues?activeQueue=hold&status=waiting&page=1&jobsPerPage=10')
        .set('Cookie', cookies.viewer);
      const { queues } = response.body as { queues: { jobs: { name: string; progress: unknown }[] }[] };
      return { name: queues[0]!.jobs[0]!.name, progress: queues[0]!.jobs[0]!.progress };
    };
    const far = {
      ...{ progress: 40, step: 'reconcile', date: '2026-11-28', provider: 'eko', rows: 400, total: 1_000 },
    };
    expect(await seen({ ...far, ...PLANTED, rows: 400 })).toEqual({
      name: 'reconcile eko 2026-11-28',
      progress: far,
    });
    expect(await seen({ step: PLANTED.pan, date: PLANTED.vpa, rows: PLANTED.account, ...PLANTED })).toEqual({
      name: HOLD.name,
      progress: null,
    });
  });

  test('the CSRF table', async () => {
    const pause = '/api/queues/settle/pause';
    const results = {
      anonymous: (await request(c.url).get('/ops/queues/api/queues')).status,
      viewerGet: (await request(c.url).get('/ops/queues/api/queues').set('Cookie', cookies.viewer)).status,
      viewerPut: (await put(pause, 'viewer', ours())).status,
      crossSiteForm: (
        await request(c.url)
          .post('/ops/queues/api/queues/settle/add')
          .set('Cookie', cookies.admin)
          .set('Origin', 'https://evil.example')
          .type('form')
          .send({ name: 'x' })
      ).status,
      crossSiteJson: (await put(pause, 'operator', { Origin: 'https://evil.example' }).send({})).status,
      secFetchCrossSite: (await put(pause, 'operator', { 'Sec-Fetch-Site': 'cross-site' })).status,
      secFetchSameSite: (await put(pause, 'operator', { Origin: c.origin, 'Sec-Fetch-Site': 'same-site' }))
        .status,
      noOrigin: (await put(pause, 'operator')).status,
      foreignOriginThatNamesItself: (
        await put(pause, 'operator', { Origin: 'https://evil.example', Host: 'evil.example' })
      ).status,
      ourOriginForm: (
        await put(pause, 'operator', { ...ours(), 'Content-Type': 'application/x-www-form-urlencoded' }).send(
          'a=b',
        )
      ).status,
      ourOriginText: (await put(pause, 'operator', { ...ours(), 'Content-Type': 'text/plain' }).send('{}'))
        .status,
    };
    expect(results).toEqual({
      anonymous: 401,
      viewerGet: 200,
      viewerPut: 403,
      crossSiteForm: 403,
      crossSiteJson: 403,
      secFetchCrossSite: 403,
      secFetchSameSite: 403,
      noOrigin: 403,
      foreignOriginThatNamesItself: 403,
      ourOriginForm: 415,
      ourOriginText: 415,
    });
    expect(await c.queues.handle('settle').isPaused()).toBe(false);
    expect((await put(pause, 'operator', ours()).send({})).status).toBe(200);
    expect(await c.queues.handle('settle').isPaused()).toBe(true);
    expect((await put('/api/queues/settle/resume', 'operator', { Origin: c.origin })).status).toBe(200);
    expect(await c.queues.handle('settle').isPaused()).toBe(false);
    const trail = await added();
    expect(trail.map((row) => [row.action, row.outcome, row.detail.reason ?? row.detail.status])).toEqual([
      ['queue.pause', 'refused', 'role'],
      ['queue.add', 'refused', 'role'],
      ...Array.from({ length: 5 }, () => ['queue.pause', 'refused', 'origin']),
      ['queue.pause', 'refused', 'content_type'],
      ['queue.pause', 'refused', 'content_type'],
      ['queue.pause', 'attempted', undefined],
      ['queue.pause', 'succeeded', 200],
      ['queue.resume', 'attempted', undefined],
      ['queue.resume', 'succeeded', 200],
    ]);
    const [operator] = await rows<{ id: string }>(c.knex, 'select id from users where email = ?', [
      email('operator'),
    ]);
    expect(trail.at(-1)).toMatchObject({
      actor: operator!.id,
      subject: 'queue:settle',
      detail: { queue: 'settle' },
    });
  });

  test('nobody obliterates, empties, adds or rewrites; what is not on the list is refused', async () => {
    const tries: ['put' | 'post' | 'patch' | 'delete', string][] = [
      ['put', '/api/queues/hold/obliterate'],
      ['put', '/api/queues/hold/empty'],
      ['post', '/api/queues/hold/add'],
      ['patch', `/api/queues/hold/${HOLD.id}/update-data`],
      ['patch', `/api/queues/hold/${HOLD.id}/delay`],
      ['put', `/api/queues/hold/${HOLD.id}/remove-unprocessed-children`],
      ['put', '/api/queues/hold/clean/waiting'],
      ['delete', '/api/queues/hold'],
    ];
    for (const [method, url] of tries) {
      for (const role of ['operator', 'admin'] as const) {
        const agent = request(c.url);
        const asked = agent[method](`/ops/queues${url}`).set('Cookie', cookies[role]).set(ours());
        expect((await asked.send({ force: true })).status).toBe(403);
      }
    }
    const trail = await added();
    expect(trail).toHaveLength(tries.length * 2);
    expect(new Set(trail.map((row) => row.outcome))).toEqual(new Set(['refused']));
    expect(trail.map((row) => row.action)).toEqual(
      expect.arrayContaining([
        'queue.obliterate',
        'queue.empty',
        'queue.add',
        'job.update-data',
        'board.unknown',
      ]),
    );
    expect((await c.queues.counts('hold')).waiting).toBe(1);
  });

  test('an operator pauses and resumes all, and retries; only an admin removes', async () => {
    const worker = createQueueWorker(
      c.settings,
      'settle',
      async () => {
        throw new Error('the ledger is away');
      },
      { concurrency: 1, log: silentLog },
    );
    const job = { name: 'transaction-settle', id: `transaction-settle-${ID}-1-0`, data: { ids: [ID] } };
    await c.queues.add('settle', [job], { timeoutMs: 60_000 });
    await failed(c, 'settle');
    await worker.close();
    expect((await put(`/api/queues/settle/${job.id}/retry`, 'operator', ours())).status).toBeLessThan(300);
    expect(await c.queues.counts('settle')).toMatchObject({ failed: 0, waiting: 1 });
    expect((await put(`/api/queues/settle/${job.id}/clean`, 'operator', ours())).status).toBe(403);
    expect((await put(`/api/queues/settle/${job.id}/clean`, 'admin', ours())).status).toBe(204);
    expect((await put('/api/queues/pause', 'operator', ours())).status).toBe(200);
    expect(await c.queues.handle('hold').isPaused()).toBe(true);
    const listed = await request(c.url).get('/ops/queues/api/queues').set('Cookie', cookies.viewer);
    expect((listed.body as { queues: { counts: { waiting: number } }[] }).queues[0]!.counts.waiting).toBe(1); // paused, and still counted
    expect((await put('/api/queues/resume', 'operator', ours())).status).toBe(200);
    const done = (await added()).filter((row) => row.outcome === 'succeeded');
    expect(done.map((row) => [row.action, row.subject])).toEqual([
      ['job.retry', `job:settle/${job.id}`],
      ['job.clean', `job:settle/${job.id}`],
      ['queues.pause', 'queue:all'],
      ['queues.resume', 'queue:all'],
    ]);
    expect(done[0]!.detail).toMatchObject({ queue: 'settle', job: job.id });
  });

  test('a job that a schedule has made is copied, or left where it is', async () => {
    const queue = c.queues.handle('poll.razorpayx');
    await queue.upsertJobScheduler('tonight', { pattern: '0 2 * * *' }, { name: 'n', data: { ids: [ID] } });
    await queue.add('n', { ids: [ID] }, { jobId: 'n-late', delay: 3_600_000 });
    const [tonight] = (await queue.getDelayed()).filter((job) => job.repeatJobKey !== undefined);
    expect((await put('/api/queues/poll.razorpayx/promote', 'operator', ours())).status).toBe(200);
    expect((await queue.getDelayed()).map((job) => job.id)).toEqual([tonight!.id]);
    const one = `/api/queues/poll.razorpayx/${encodeURIComponent(tonight!.id!)}/promote`;
    expect((await put(one, 'operator', ours())).status).toBeLessThan(300);
    expect((await queue.getDelayed()).map((job) => job.id)).toEqual([tonight!.id]);
    const waiting = (await queue.getWaiting()).map((job) => [job.name, job.data as unknown]);
    expect(waiting).toEqual([
      ['n', { ids: [ID] }],
      ['n', { ids: [ID] }],
    ]);
    // the role of the processes cannot obliterate a queue: what it is made of belongs to the role that migrates
    await queue.removeJobScheduler('tonight');
    await queue.drain(true);
  });

  test('a deed that fails is recorded as failed', async () => {
    expect((await put('/api/queues/no-such-queue/pause', 'operator', ours())).status).toBe(404);
    expect((await added()).map((row) => [row.outcome, row.detail.status])).toEqual([
      ['attempted', undefined],
      ['failed', 404],
    ]);
  });

  test('P7 planted values show in no answer of the board', async () => {
    const worker = createQueueWorker(
      c.settings,
      'callback.razorpayx',
      async () => {
        throw new Error(
          `refused: pan ${PLANTED.pan} account ${PLANTED.account} vpa ${PLANTED.vpa} key ${PLANTED.key}`,
        );
      },
      { concurrency: 1, log: silentLog },
    );
    // nothing of ours adds such data; if it should come in, the board does not show it
    await c.queues.add('callback.razorpayx', [
      { name: 'callback-process', id: 'callback-process-planted', data: { ids: [ID], ...PLANTED } },
    ]);
    await failed(c, 'callback.razorpayx');
    await worker.close();
    const seen: string[] = [];
    for (const url of [
      '/api/queues?activeQueue=callback.razorpayx&status=failed&page=1&jobsPerPage=10',
      '/api/queues/callback.razorpayx/callback-process-planted',
      '/api/queues/callback.razorpayx/callback-process-planted/logs',
      '/api/queues/callback.razorpayx/callback-process-planted/flow',
    ]) {
      const response = await request(c.url).get(`/ops/queues${url}`).set('Cookie', cookies.admin);
      seen.push(response.text);
    }
    expect(seen.join('\n')).toContain('callback-process-planted');
    for (const value of Object.values(PLANTED)) expect(seen.join('\n')).not.toContain(value);
  });

  test('numbers in a body are whole, and written so', async () => {
    for (const body of ['{"concurrency":1e1}', '{"concurrency":10.0}'])
      expect(
        (
          await put('/api/queues/hold/concurrency', 'admin', {
            ...ours(),
            'Content-Type': 'application/json',
          }).send(body)
        ).status,
      ).toBe(400);
    expect((await added()).map((row) => [row.outcome, row.detail.reason])).toEqual([
      ['refused', 'body'],
      ['refused', 'body'],
    ]);
    expect(
      (await put('/api/queues/hold/concurrency', 'admin', ours()).send({ concurrency: 10 })).status,
    ).toBeLessThan(300);
    expect(await c.queues.handle('hold').getGlobalConcurrency()).toBe(10);
    await c.queues.handle('hold').removeGlobalConcurrency();
  });

  // PostgreSQL refuses what is no JSON
  if (backend === 'redis')
    test('a job that cannot be read takes nothing away: the others are listed, and it can be removed', async () => {
      const queue = c.queues.handle('hold');
      await c.queues.add('hold', [{ name: 'transaction-hold', id: 'malformed', data: { ids: [ID] } }]);
      const redis = new Redis(redisUrl());
      await redis.hset(queue.toKey('malformed'), 'data', `{no json ${PLANTED.account}`);
      await redis.hset(queue.toKey('malformed'), 'failedReason', `foreign ${PLANTED.pan} ${PLANTED.vpa}`);
      await redis.quit();
      const list = await request(c.url)
        .get('/ops/queues/api/queues?activeQueue=hold&status=waiting&page=1&jobsPerPage=10')
        .set('Cookie', cookies.viewer);
      expect(list.status).toBe(200);
      const jobs = (list.body as { queues: { name: string; jobs: { id: string; name: string }[] }[] })
        .queues[0]!.jobs;
      expect(jobs.map(({ id }) => id)).toEqual(expect.arrayContaining([HOLD.id, 'malformed']));
      const one = await request(c.url)
        .get('/ops/queues/api/queues/hold/malformed')
        .set('Cookie', cookies.viewer);
      expect(one.status).toBe(200);
      for (const value of Object.values(PLANTED)) expect(list.text + one.text).not.toContain(value);
      expect((await put('/api/queues/hold/malformed/clean', 'admin', ours())).status).toBe(204);
      expect((await c.queues.counts('hold')).waiting).toBe(1);
    });

  test('headers: exact policy, nothing kept, nothing framed', async () => {
    const page = await request(c.url)
      .get('/ops/queues')
      .set('Cookie', cookies.admin)
      .set('Accept', 'text/html');
    expect(page.headers['content-security-policy']).toBe(
      "default-src 'none';script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' " +
        "data:;font-src 'self';connect-src 'self';form-action 'none';base-uri 'self';frame-ancestors " +
        "'none'",
    );
    const login = await request(c.url).get('/ops/login');
    expect(login.headers['content-security-policy']).toBe(
      "default-src 'none';style-src 'self';img-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'",
    );
    for (const { headers } of [
      page,
      login,
      await request(c.url).get('/ops/queues/api/queues'),
      await request(c.url).get('/nothing'),
    ]) {
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      });
      expect(headers['x-powered-by']).toBeUndefined();
    }
  });
});
