/** Bull Board as a person and a hostile page see it, in Chromium. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { istText } from '../../../console/times';
import { describeInBrowser, launchBrowser, patientPage, picture } from '../../support/browser';
import { email, PASSWORD, startConsole, type TestConsole } from '../../support/console';
import { queueBackends } from '../../support/redis';

const ID = '0190a0a0-0000-7000-8000-000000000001';
const HOLD = { name: 'transaction-hold', id: `transaction-hold-${ID}-1-0`, data: { ids: [ID] } };

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

describeInBrowser('the board is not checked').each(queueBackends())(
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
      await c.queues.add('hold', [HOLD], { timeoutMs: 60_000 }); // a busy machine
      browser = await launchBrowser();
      page = await patientPage(browser, {
        viewport: { width: 1280, height: 800 },
        timezoneId: 'America/New_York', // whoever looks, from wherever, reads the time of our other pages
      });
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

    /** What the open menu of a queue offers. */
    const offered = async (): Promise<string[]> => {
      await page.getByRole('menuitem').first().waitFor();
      return page.getByRole('menuitem').allInnerTexts();
    };
    /** The icons of the buttons of the first job. */
    const jobButtons = async (): Promise<string[]> =>
      page
        .locator('ul[class^="jobActions"] > li:visible svg')
        .evaluateAll((icons) => icons.map((icon) => icon.classList[icon.classList.length - 1]!));

    test('signs in, sees the queues and a job, pauses a queue, signs out; each leaves its audit row', async () => {
      await page.goto(`${c.origin}/ops`);
      expect(page.url()).toBe(`${c.origin}/ops/login`);
      await picture(page, `${backend}-login`);
      await page.getByLabel('E-mail address').fill(email('operator'));
      await page.getByLabel('Password').fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
      expect(await page.getByRole('alert').textContent()).toBe(
        'The e-mail address or the password is wrong.',
      );
      await picture(page, `${backend}-login-wrong`);
      problems.splice(0); // the browser notes the 401

      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(`${c.origin}/ops/queues`);
      await page.getByRole('link', { name: 'send.razorpayx' }).nth(1).waitFor(); // in the menu, and on a card
      await picture(page, `${backend}-board`);

      await page.goto(`${c.origin}/ops/queues/queue/hold?status=waiting`);
      await page.getByText(HOLD.id).first().waitFor();
      const { timestamp } = (await c.queues.handle('hold').getJob(HOLD.id))!;
      expect(await page.locator('time').first().textContent()).toContain(
        istText(new Date(timestamp)).slice('2026-11-29 '.length, '2026-11-29 11:03:36'.length),
      );
      await picture(page, `${backend}-queue`);

      const paused = page.waitForResponse(
        (response) =>
          response.url().endsWith('/api/queues/hold/pause') && response.request().method() === 'PUT',
      );
      await page.getByRole('button', { name: /^$/ }).nth(3).click(); // the dots beside the tabs; the board gives them no name
      await picture(page, `${backend}-menu`);
      await page.getByRole('menuitem', { name: /pause/i }).click();
      await page.getByRole('button', { name: 'Confirm' }).click();
      expect((await paused).status()).toBe(200);
      expect(await c.queues.handle('hold').isPaused()).toBe(true);
      await picture(page, `${backend}-paused`);

      await page.getByRole('button', { name: /^$/ }).nth(3).click();
      expect(await offered()).toEqual(['Resume']);
      expect(await jobButtons()).toEqual([]);
      await picture(page, `${backend}-offered`);

      await page.goto(`${c.origin}/ops/account`);
      await picture(page, `${backend}-account`);
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
        ['ops.logout', 'user', 'succeeded'],
      ]);
    });

    test('a page of another origin cannot pause a queue with the session of a visitor', async () => {
      await page.goto(`${c.origin}/ops/login`);
      await page.getByLabel('E-mail address').fill(email('admin'));
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(`${c.origin}/ops/queues`);
      await c.queues.handle('hold').resume();
      await page.goto(`${c.origin}/ops/queues/queue/hold?status=waiting`);
      await page.getByText(HOLD.id).first().waitFor();
      expect(await jobButtons()).toEqual(['lucide-trash-2']);
      await page.getByRole('button', { name: /^$/ }).nth(3).click();
      expect(await offered()).toEqual(['Pause', 'Set concurrency', 'Set rate limit']);
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
