/** A payer at the checkout, in Chromium: the wallet follows what the provider says, and never the browser. */
import http from 'node:http';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { describeInBrowser, launchBrowser, patientPage, picture } from '../../support/browser';
import { startPlatform, type Platform } from '../../support/platform';
import { until } from '../../support/until';

/** Where an app has the browser come back to: it keeps what the checkout posts there. */
async function startApp() {
  const posted: Record<string, string>[] = [];
  const server = http.createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      if (req.method === 'POST')
        posted.push(Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString())));
      res.setHeader('content-type', 'text/html').end('<!doctype html><title>the app</title>Welcome back');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/back`,
    posted,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

describeInBrowser('the checkout is not walked')('the checkout in a browser', () => {
  let p: Platform;
  let app: Awaited<ReturnType<typeof startApp>>;
  let browser: Browser;
  let page: Page;
  let key: string;

  beforeAll(async () => {
    p = await startPlatform({ razorpay: true, sandbox: { slowMs: 2_000 } });
    app = await startApp();
    key = (await p.user(0n)).apiKey;
    browser = await launchBrowser();
    page = await patientPage(browser, { viewport: { width: 420, height: 800 } });
  });
  afterAll(async () => {
    await browser.close();
    app.close();
    await p.close();
  });

  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
  const balance = async (): Promise<unknown> => {
    const { data } = (await p.call('GET', '/v1/wallets', { key })).body as {
      data: { kind: string; balance: number }[];
    };
    return data.find(({ kind }) => kind === 'main')!.balance;
  };
  const look = async (id: string) => (await p.call('GET', `/v1/collections/${id}`, { key })).body;

  /** Asks for a load of 500 rupees and opens its checkout. */
  async function atCheckout(): Promise<string> {
    const asked = await p.call('POST', '/v1/collections', {
      key,
      body: {
        kind: 'wallet_load',
        amount: 50_000,
        currency: 'INR',
        reference: `load-${randomUUID().slice(0, 18)}`,
        return_url: app.url,
      },
      headers: { 'idempotency-key': randomUUID() },
    });
    expect([asked.status, asked.body.status]).toEqual([202, 'PENDING']);
    const id = String(asked.body.id);
    const { checkout } = (await until(
      () => look(id),
      (body) => body.checkout !== null && body.checkout !== undefined,
    )) as { checkout: { url: string } };
    await page.goto(checkout.url);
    return id;
  }

  it('by card: a failed try, another one, back to the app, whose word has Razorpay asked; credited once', async () => {
    const id = await atCheckout();
    await picture(page, 'checkout-order');
    await press('Pay by card');
    await picture(page, 'checkout-bank');
    await press('Failure');
    await page.getByRole('link', { name: 'Try again' }).click();
    expect([(await look(id)).status, await balance()]).toEqual(['PENDING', 0]);
    await press('Pay by card');
    await press('Success');
    await picture(page, 'checkout-paid');
    await press('Go on');
    await page.waitForURL(app.url);
    const handed = app.posted.at(-1)!;
    const confirm = (signature: string) =>
      p.call('POST', `/v1/collections/${id}/confirmation`, {
        key,
        body: { payment: handed.razorpay_payment_id, signature },
      });
    expect((await confirm('0'.repeat(64))).status).toBe(422);
    expect((await confirm(handed.razorpay_signature!)).status).toBe(202);
    expect(await p.final(key, id)).toMatchObject({ status: 'SUCCESS' });
    expect(await balance()).toBe(50_000);
  });

  it('by UPI: an intent and its code, no address of the payer; approved in the app', async () => {
    const before = Number(await balance());
    const id = await atCheckout();
    await press('Pay by UPI');
    await picture(page, 'checkout-upi');
    expect(await page.locator('#intent').getAttribute('href')).toMatch(
      /^upi:\/\/pay\?pa=munim\.sandbox%40sndb&pn=Munim%20Sandbox&tr=order\w{14}&am=500\.00&cu=INR/,
    );
    expect(await page.locator('svg path').count()).toBe(1);
    expect(await page.locator('input:visible').count()).toBe(0);
    await press('Approve');
    await page.getByRole('heading', { name: 'Paid' }).waitFor();
    expect(await p.final(key, id)).toMatchObject({ status: 'SUCCESS' });
    expect(await balance()).toBe(before + 50_000);
  });

  it('leaves: the browser is back, nothing was paid, and the wallet is as it was', async () => {
    const before = await balance();
    const id = await atCheckout();
    await page.getByRole('link', { name: 'Leave without paying' }).click();
    await page.waitForURL(app.url);
    expect((await look(id)).status).toBe('PENDING');
    expect(await balance()).toBe(before);
  });

  it('late: it looks failed, and the wallet follows when the bank says yes', async () => {
    const before = Number(await balance());
    const id = await atCheckout();
    await press('Pay by UPI');
    await press('No answer now, success later');
    await page.getByRole('heading', { name: 'Not paid' }).waitFor();
    await picture(page, 'checkout-late');
    expect(await p.final(key, id)).toMatchObject({ status: 'SUCCESS' });
    expect(await balance()).toBe(before + 50_000);
  });
});
