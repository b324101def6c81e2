/** Staff sign in at the OpenID provider of their company; the provider is a real one. */
import { COMPANY_CALLBACK } from '../../../console/company-login';
import { SESSION_COOKIE } from '../../../domain/auth/sessions';
import { execute, rows } from '../../../platform/database';
import { createOidcClient, OidcRefused } from '../../../platform/oidc';
import { email, startConsole, type TestConsole } from '../../support/console';
import { Browser, startOidcProvider, type RunningProvider } from '../../support/oidc-provider';

const ACCOUNTS = {
  auditor: { email: email('auditor'), email_verified: true },
  'auditor again': { email: email('auditor'), email_verified: true },
  founder: { email: email('founder'), email_verified: true, groups: ['money'] },
  viewer: { email: email('viewer'), email_verified: true, groups: ['money', 'all'] },
  impostor: { email: email('viewer'), email_verified: true },
  unverified: { email: email('support'), email_verified: false },
  unknown: { email: 'nobody@munim.example', email_verified: true },
  support: { email: email('support').toUpperCase(), email_verified: true },
};
const SECRET = 'a secret of the console for tests alone';

let provider: RunningProvider;
let c: TestConsole;
beforeAll(async () => {
  c = await startConsole({
    oidc: async (origin) => {
      const redirectUri = `${origin}${COMPANY_CALLBACK}`;
      provider = await startOidcProvider(redirectUri, ACCOUNTS);
      return createOidcClient({
        issuer: provider.issuer,
        clientId: 'munim-console',
        clientSecret: SECRET,
        redirectUri,
      });
    },
  });
});
afterAll(async () => {
  provider.close();
  await c.close();
});

const back = (): string => `${c.origin}${COMPANY_CALLBACK}`;
/** Up to the address with which the provider sends the browser back. */
const comesBack = (browser: Browser, account: string): Promise<string> =>
  browser.signInAt(`${c.origin}/ops/login/company`, account, back());
async function signIn(account: string, browser = new Browser()): Promise<{ status: number; page: string }> {
  const response = await browser.ask(await comesBack(browser, account));
  return { status: response.status, page: await response.text() };
}
const accountPage = async (browser: Browser): Promise<{ status: number; page: string }> => {
  const response = await browser.ask(`${c.origin}/ops/account`);
  return { status: response.status, page: await response.text() };
};
const roleOf = async (role: string): Promise<string | undefined> =>
  (await rows<{ role: string }>(c.knex, 'select role from users where email = ?', [email(role)]))[0]?.role;

test('the page to sign in offers it', async () => {
  const page = await (await fetch(`${c.origin}/ops/login`)).text();
  expect(page).toContain('<a href="/ops/login/company">');
});

test('who has an account here is signed in, by an address that their company has verified', async () => {
  const browser = new Browser();
  expect(await signIn('viewer', browser)).toMatchObject({ status: 200 });
  const { status, page } = await accountPage(browser);
  expect([status, page.includes('viewer')]).toEqual([200, true]);
  expect(await signIn('support')).toMatchObject({ status: 200 });
  expect(await c.audit()).toContainEqual(
    expect.objectContaining({ action: 'ops.login', outcome: 'succeeded', detail: { reason: 'oidc' } }),
  );
});

test.each([
  ['another person with the same address', 'impostor'],
  ['an address that was not verified', 'unverified'],
  ['nobody of ours', 'unknown'],
])('%s is not', async (_who, account) => {
  const browser = new Browser();
  expect(await signIn(account, browser)).toMatchObject({
    status: 401,
    page: expect.stringContaining('no account for you') as string,
  });
  expect((await accountPage(browser)).status).toBe(302);
});

test('a disabled account is not, though it was signed in before', async () => {
  await execute(c.knex, `update users set status = 'disabled' where email = ?`, [email('support')]);
  expect(await signIn('support')).toMatchObject({ status: 401 });
  await execute(c.knex, `update users set status = 'active' where email = ?`, [email('support')]);
  expect(await signIn('support')).toMatchObject({ status: 200 });
});

test('the answer of the provider is good in the browser that began, and once', async () => {
  const browser = new Browser();
  const url = await comesBack(browser, 'viewer');
  expect((await new Browser().ask(url)).status).toBe(400);
  const forged = new URL(url);
  forged.searchParams.set('code', 'forged');
  const other = new Browser();
  const others = await comesBack(other, 'viewer');
  expect((await other.ask(url)).status).toBe(401); // its own state is another
  expect((await browser.ask(forged.href)).status).toBe(401);
  expect((await browser.ask(url)).status).toBe(400); // what was kept is gone
  expect((await other.ask(others)).status).toBe(400);
});

test.each(['state', 'nonce', 'verifier'] as const)(
  'an answer that does not fit the %s of its beginning is refused',
  async (which) => {
    const client = createOidcClient({
      issuer: provider.issuer,
      clientId: 'munim-console',
      clientSecret: SECRET,
      redirectUri: back(),
    });
    const [mine, another] = [await client.begin(), await client.begin()];
    const url = await new Browser().signInAt(mine.url, 'viewer', back());
    const mixed = { ...mine.kept, [which]: another.kept[which] };
    await expect(client.finish(new URL(url).searchParams, mixed)).rejects.toThrow(OidcRefused);
    const again = await new Browser().signInAt(mine.url, 'viewer', back());
    const person = await client.finish(new URL(again).searchParams, mine.kept);
    expect(person).toMatchObject({ issuer: provider.issuer, subject: 'viewer' });
  },
);

test('of two at the company who come for one account at once, one has it', async () => {
  const ways = [new Browser(), new Browser()];
  const urls = await Promise.all(
    ways.map((browser, i) => comesBack(browser, i === 0 ? 'auditor' : 'auditor again')),
  );
  const came = await Promise.all(ways.map((browser, i) => browser.ask(urls[i]!)));
  expect(came.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401]);
});

test('the cookies are for this host alone, and the one that stays is strict', async () => {
  const browser = new Browser();
  const begun = await browser.ask(`${c.origin}/ops/login/company`);
  expect(begun.headers.getSetCookie()[0]).toMatch(
    /^__Host-munim_away=v1\.[^;]+; path=\/; expires=[^;]+; samesite=lax; secure; httponly$/i,
  );
  const query = new URL(begun.headers.get('location')!).searchParams;
  expect([query.get('code_challenge_method'), query.get('response_type')]).toEqual(['S256', 'code']);
  const done = await browser.ask(await comesBack(browser, 'viewer'));
  const session = done.headers.getSetCookie().find((line) => line.startsWith(SESSION_COOKIE));
  expect(session).toMatch(/samesite=strict; secure; httponly/i);
});

test('signing out ends the session here, and offers to end the one at the company', async () => {
  const browser = new Browser();
  await signIn('viewer', browser);
  const out = await browser.ask(`${c.origin}/ops/logout`, {}, c.origin);
  const page = await out.text();
  const link = /href="([^"]*)">Sign out there too/.exec(page)![1]!.replaceAll('&amp;', '&');
  expect([out.status, new URL(link).origin]).toEqual([200, provider.issuer]);
  expect((await accountPage(browser)).status).toBe(302);
  const asked = await browser.follow(link, () => false);
  expect(asked.response?.status).toBe(200);
});

test('what the browser kept is good for ten minutes', async () => {
  const browser = new Browser();
  const url = await comesBack(browser, 'viewer');
  c.clock.advance(600_000);
  expect((await browser.ask(url)).status).toBe(400);
});

describe('rules of roles', () => {
  const rule = (value: string, role: string | null, from = '2026-01-01', rank = 1): Promise<number> =>
    execute(
      c.knex,
      `insert into oidc_role_rules (claim, value, in_force_from, role, rank) values ('groups', :value, :from, :role, :rank)`,
      { value, from, role, rank },
    );

  test('give the role of the first that fits, and let nobody in whom none fits', async () => {
    await rule('money', 'finance');
    expect(await signIn('viewer')).toMatchObject({ status: 200 });
    expect(await roleOf('viewer')).toBe('finance');
    expect(await signIn('support')).toMatchObject({ status: 401 });
    expect(await roleOf('support')).toBe('support');
  });

  test('take nothing from the first admins, and make no more of them', async () => {
    expect(await signIn('founder')).toMatchObject({ status: 200 });
    expect(await roleOf('founder')).toBe('admin');
    await rule('all', 'admin', '2026-01-01', 0);
    expect(await signIn('viewer')).toMatchObject({ status: 200 });
    expect(await roleOf('viewer')).toBe('finance');
    await rule('all', null, '2026-01-02', 0);
    await expect(rule('founders', 'founder')).rejects.toThrow('oidc_role_rules_founder_is_not_given');
  });

  test('that are over say nothing', async () => {
    await rule('money', null, '2026-01-02');
    expect(await signIn('support')).toMatchObject({ status: 200 });
    expect(await roleOf('viewer')).toBe('finance');
  });
});

test('a provider that is away is said to be', async () => {
  provider.close();
  const fresh = await startConsole({
    oidc: async (origin) =>
      createOidcClient({
        issuer: 'http://127.0.0.1:1',
        clientId: 'munim-console',
        clientSecret: SECRET,
        redirectUri: `${origin}${COMPANY_CALLBACK}`,
      }),
  });
  expect((await fetch(`${fresh.origin}/ops/login/company`)).status).toBe(503);
  await fresh.close();
});
