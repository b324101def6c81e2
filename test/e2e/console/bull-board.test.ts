import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import request from 'supertest';
import { rows } from '../../../platform/database';
import { silentLog } from '../../../platform/logger';
import { createQueueWorker } from '../../../platform/queue';
import { email, PASSWORD, startConsole, type AuditRow, type TestConsole } from '../../support/console';
import { queueBackends } from '../../support/redis';

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

async function emptyPage(): Promise<{ url: string; close(): void }> {
  const server = http.createServer((_req, res) => {
    res.setHeader('content-type', 'text/html').end('<!doctype html><title>another site</title>');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
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
    await c.queues.add('hold', [HOLD]);
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
      for (const role of ['operator', 'admin'] as const)
        expect(
          (
            await request(c.url)
              [method](`/ops/queues${url}`)
              .set('Cookie', cookies[role])
              .set(ours())
              .send({ force: true })
          ).status,
        ).toBe(403);
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
      { concurrency: 1 },
      { log: silentLog },
    );
    const job = { name: 'transaction-settle', id: `transaction-settle-${ID}-1-0`, data: { ids: [ID] } };
    await c.queues.add('settle', [job]);
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
      { concurrency: 1 },
      { log: silentLog },
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

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  fs.existsSync(file),
);
if (CHROMIUM === undefined)
  process.stdout.write('the board is not checked in a browser: no chromium found\n');
const SCREENSHOTS = process.env.MUNIM_SCREENSHOTS; // a folder, to look at the pages

(CHROMIUM === undefined ? describe.skip : describe).each(queueBackends())(
  'Bull Board in a browser on %s',
  (backend) => {
    let c: TestConsole;
    let browser: Browser;
    let page: Page;
    let attacker: { url: string; close(): void };
    const problems: string[] = [];

    beforeAll(async () => {
      c = await startConsole({ backend });
      attacker = await emptyPage();
      await c.queues.add('hold', [HOLD]);
      browser = await chromium.launch({
        executablePath: CHROMIUM,
        headless: true,
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
        ],
      });
      page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      page.on('pageerror', (error) => {
        problems.push(error.message);
      });
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      page.on('request', (sent) => {
        if (!sent.url().startsWith(c.origin) && !sent.url().startsWith('data:'))
          problems.push(`outside: ${sent.url()}`);
      });
    });
    afterAll(async () => {
      await browser.close();
      attacker.close();
      await c.close();
    });

    const picture = async (name: string): Promise<void> => {
      if (SCREENSHOTS) await page.screenshot({ path: path.join(SCREENSHOTS, `${backend}-${name}.png`) });
    };

    test('signs in, sees the queues and a job, pauses a queue, signs out; each leaves its audit row', async () => {
      await page.goto(`${c.origin}/ops`);
      expect(page.url()).toBe(`${c.origin}/ops/login`);
      await picture('login');
      await page.getByLabel('E-mail address').fill(email('operator'));
      await page.getByLabel('Password').fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
      expect(await page.getByRole('alert').textContent()).toBe(
        'The e-mail address or the password is wrong.',
      );
      await picture('login-wrong');
      problems.splice(0); // the browser notes the 401

      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(`${c.origin}/ops/queues`);
      await page.getByRole('link', { name: 'send.razorpayx' }).nth(1).waitFor(); // in the menu, and on a card
      await picture('board');

      await page.goto(`${c.origin}/ops/queues/queue/hold?status=waiting`);
      await page.getByText(HOLD.id).first().waitFor();
      await picture('queue');

      const paused = page.waitForResponse(
        (response) =>
          response.url().endsWith('/api/queues/hold/pause') && response.request().method() === 'PUT',
      );
      await page.getByRole('button', { name: /^$/ }).nth(3).click(); // the dots beside the tabs; the board gives them no name
      await picture('menu');
      await page.getByRole('menuitem', { name: /pause/i }).click();
      await page.getByRole('button', { name: 'Confirm' }).click();
      expect((await paused).status()).toBe(200);
      expect(await c.queues.handle('hold').isPaused()).toBe(true);
      await picture('paused');

      await page.getByRole('button', { name: /^$/ }).nth(3).click();
      await page.getByRole('menuitem', { name: /empty/i }).click();
      await page.getByRole('button', { name: 'Confirm' }).click();
      await page.getByText('Nobody does this on the board: rows decide what is queued.').waitFor();
      await picture('refused');
      problems.splice(0); // the browser notes the 403

      await page.goto(`${c.origin}/ops/account`);
      await picture('account');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL(`${c.origin}/ops/login`);
      await page.goto(`${c.origin}/ops/queues`);
      expect(page.url()).toBe(`${c.origin}/ops/login`);

      expect(problems).toEqual([]);
      expect((await c.audit()).map((row) => [row.action, row.subject.split(':')[0], row.outcome])).toEqual([
        ['ops.login', 'user', 'refused'],
        ['ops.login', 'user', 'succeeded'],
        ['queue.pause', 'queue', 'attempted'],
        ['queue.pause', 'queue', 'succeeded'],
        ['queue.empty', 'queue', 'refused'],
        ['ops.logout', 'user', 'succeeded'],
      ]);
    });

    test('a page of another origin cannot pause a queue with the session of a visitor', async () => {
      await page.goto(`${c.origin}/ops/login`);
      await page.getByLabel('E-mail address').fill(email('admin'));
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(`${c.origin}/ops/queues`);
      await c.queues.handle('settle').resume();
      const before = (await c.audit()).length;
      // another port of this host is another origin, but the same site: the browser sends the cookie along
      await page.goto(attacker.url);
      const seen = await page.evaluate(async (target) => {
        const to = `${target}/ops/queues/api/queues/settle/pause`;
        await fetch(to, {
          method: 'POST',
          mode: 'no-cors',
          credentials: 'include',
          body: '{}',
          headers: { 'content-type': 'text/plain' },
        }).catch(() => undefined);
        await fetch(to, {
          method: 'POST',
          mode: 'no-cors',
          credentials: 'include',
          body: new URLSearchParams({ name: 'x' }),
        }).catch(() => undefined);
        const put = await fetch(to, {
          method: 'PUT',
          credentials: 'include',
          headers: { 'content-type': 'application/json' },
          body: '{}',
        }).then(
          () => 'sent',
          () => 'blocked',
        );
        const read = await fetch(`${target}/ops/queues/api/queues`, { credentials: 'include' }).then(
          () => 'read',
          () => 'blocked',
        );
        return { put, read };
      }, c.origin);
      expect(seen).toEqual({ put: 'blocked', read: 'blocked' });
      await page.setContent(
        `<form method="post" action="${c.origin}/ops/queues/api/queues/settle/add"><button>go</button></form>`,
      );
      const [posted] = await Promise.all([
        page.waitForResponse((response) => response.url().endsWith('/add')),
        page.getByRole('button').click(),
      ]);
      expect(posted.status()).toBe(403);
      expect(await c.queues.handle('settle').isPaused()).toBe(false);
      const trail = (await c.audit()).slice(before);
      expect(trail.length).toBeGreaterThanOrEqual(3); // they came with the session, and were refused
      expect(new Set(trail.map((row) => row.outcome))).toEqual(new Set(['refused']));
    });
  },
);
