/** Chromium, for the tests that walk a page. Where there is none, they are skipped and say so. */
import fs from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
  fs.existsSync(file),
);
/** For the browser, beside programs that keep every core busy. */
const PATIENCE_MS = 120_000;
const SCREENSHOTS = process.env.MUNIM_SCREENSHOTS; // a folder, to look at the pages

/** `describe`, or its `skip` where no browser is found. `what` is said then: "the page is not walked". */
export function describeInBrowser(what: string): jest.Describe {
  if (CHROMIUM !== undefined) return describe;
  process.stdout.write(`${what} in a browser: no chromium found\n`);
  return describe.skip;
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    timeout: PATIENCE_MS,
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
}

export async function patientPage(
  browser: Browser,
  options?: Parameters<Browser['newPage']>[0],
): Promise<Page> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}

/** Keeps what the page shows, where a folder for it is named. */
export async function picture(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS !== undefined) await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`) });
}
