/** The description of the API as programs and people get it; the page is tried in Chromium. */
import type { Browser } from 'playwright-core';
import { docsRoutes } from '../../../api/routes/docs';
import type { AnyInput } from '../../../api/registry/route';
import { DomainError } from '../../../domain/errors/errors';
import { describeInBrowser, launchBrowser, patientPage } from '../../support/browser';
import { startPlatform, type Platform } from '../../support/platform';

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

describeInBrowser('the page about the API is not tried')('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });

  it('shows every route and sends a request, with nothing inline and nothing from elsewhere', async () => {
    const { apiKey } = await p.user(100_000n);
    const page = await patientPage(browser);
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
