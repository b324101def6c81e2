/** The description of the API as programs and people get it; the page is tried in Chromium. */
import fs from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { docsRoutes } from '../../../api/routes/docs';
import type { AnyInput } from '../../../api/registry/route';
import { DomainError } from '../../../domain/errors/errors';
import { startPlatform, type Platform } from '../../support/platform';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  fs.existsSync(file),
);
if (CHROMIUM === undefined)
  process.stdout.write('the page about the API is not tried in a browser: no chromium found\n');
const PATIENCE_MS = 120_000;

let p: Platform;
beforeAll(async () => {
  p = await startPlatform();
});
afterAll(async () => {
  await p.close();
});

it('is given whole, and not again to whoever has it', async () => {
  const first = await p.call('GET', '/openapi.json');
  expect(first.status).toBe(200);
  expect(first.headers.get('content-type')).toMatch(/^application\/json/);
  expect(first.body.openapi).toBe('3.1.1');
  const etag = first.headers.get('etag')!;
  const again = await p.call('GET', '/openapi.json', { headers: { 'if-none-match': etag } });
  expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', etag]);
  expect((await p.call('GET', '/openapi.json?x=1')).body.code).toBe('REQUEST_FIELD_UNKNOWN');
});

it('a problem has a page for a browser, under a policy of its own', async () => {
  const page = await p.call('GET', '/problems/rate-limited', { headers: { accept: 'text/html' } });
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'sha256-");
  expect(page.text).toContain('Retry-After');
});

it('has no page for people where it must not', async () => {
  for (const route of docsRoutes) {
    const input = { params: { file: 'start.js' } } as unknown as AnyInput;
    const answered = Promise.resolve(route.handle(input, { showsDocs: false }));
    await expect(answered).rejects.toThrow(new DomainError('REQUEST_PATH_UNKNOWN'));
  }
  expect((await p.call('GET', '/docs/package.json')).status).toBe(404);
});

(CHROMIUM === undefined ? describe.skip : describe)('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      headless: true,
      timeout: PATIENCE_MS,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    });
  });
  afterAll(async () => {
    await browser.close();
  });

  it('shows every route and sends a request, with nothing inline and nothing from elsewhere', async () => {
    const { apiKey } = await p.user(100_000n);
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    page.on('request', (sent) => {
      if (!sent.url().startsWith(p.apiUrl) && !sent.url().startsWith('data:'))
        problems.push(`outside: ${sent.url()}`);
    });
    await page.goto(`${p.apiUrl}/docs`);
    await page.locator('#operations-Wallets-getWallets').waitFor();
    expect(await page.locator('.errors-wrapper').count()).toBe(0);
    await page.locator('.auth-wrapper .authorize').first().click();
    await page.locator('.modal-ux input').fill(apiKey);
    await page.locator('.modal-ux .authorize').click();
    await page.locator('.modal-ux .btn-done').click();
    const route = page.locator('#operations-Wallets-getWallets');
    await route.locator('.opblock-summary-control').first().click();
    await route.locator('.execute').click();
    const answer = route.locator('.live-responses-table');
    await answer.waitFor();
    expect(await answer.innerText()).toContain('"available": 100000');
    expect(problems).toEqual([]);
    await page.close();
  });
});
