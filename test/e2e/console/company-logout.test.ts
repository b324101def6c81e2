/** Who signs out at their company is signed out here; only the provider can say so, and each of its words once. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { COMPANY_CALLBACK, COMPANY_LOGOUT } from '../../../console/company-login';
import { createSessions } from '../../../domain/auth/sessions';
import { execute, rows } from '../../../platform/database';
import { createOidcClient } from '../../../platform/oidc';
import { email, startConsole, type TestConsole } from '../../support/console';
import { Browser, startOidcProvider, type RunningProvider } from '../../support/oidc-provider';
import { until } from '../../support/until';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

describe('a provider of a company', () => {
  let provider: RunningProvider;
  let c: TestConsole;
  const ACCOUNTS = { viewer: { email: email('viewer'), email_verified: true } };
  beforeAll(async () => {
    c = await startConsole({
      oidc: async (origin) => {
        const redirectUri = `${origin}${COMPANY_CALLBACK}`;
        provider = await startOidcProvider(redirectUri, ACCOUNTS);
        const clientSecret = 'a secret of the console for tests alone';
        return createOidcClient({
          issuer: provider.issuer,
          clientId: 'munim-console',
          clientSecret,
          redirectUri,
        });
      },
    });
  });
  afterAll(async () => {
    provider.close();
    await c.close();
  });
  const isIn = async (browser: Browser): Promise<boolean> =>
    (await browser.ask(`${c.origin}/ops/account`)).status === 200;
  async function signedIn(): Promise<Browser> {
    const browser = new Browser();
    const back = `${c.origin}${COMPANY_CALLBACK}`;
    await browser.ask(await browser.signInAt(`${c.origin}/ops/login/company`, 'viewer', back));
    return browser;
  }

  test('ends the session here that began with the one that ended there, and no other', async () => {
    const [one, another] = [await signedIn(), await signedIn()];
    expect([await isIn(one), await isIn(another)]).toEqual([true, true]);
    const { response, url } = await one.follow(`${provider.issuer}/session/end`, () => false);
    const page = await response!.text();
    const action = /action="([^"]+)"/.exec(page)![1]!;
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)![1]!;
    await one.ask(new URL(action, url).href, { xsrf, logout: 'yes' });
    await until(
      () => isIn(one),
      (still) => !still,
    );
    expect(await isIn(another)).toBe(true);
    expect(await c.audit()).toContainEqual(
      expect.objectContaining({ action: 'ops.logout', detail: { reason: 'oidc', sessions: '1' } }),
    );
  });
});

describe('a logout token', () => {
  let c: TestConsole;
  let server: http.Server;
  let issuer: string;
  let ours: CryptoKey;
  let theirs: CryptoKey;
  beforeAll(async () => {
    const pair = await generateKeyPair('RS256');
    ours = pair.privateKey;
    theirs = (await generateKeyPair('RS256')).privateKey;
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
    server = http.createServer((req, res) => {
      res.setHeader('content-type', 'application/json');
      const metadata = { issuer, jwks_uri: `${issuer}/jwks`, authorization_endpoint: `${issuer}/auth` };
      res.end(JSON.stringify(req.url === '/jwks' ? { keys: [jwk] } : metadata));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    c = await startConsole({
      oidc: async (origin) =>
        createOidcClient({
          issuer,
          clientId: 'munim-console',
          clientSecret: 'secret',
          redirectUri: `${origin}${COMPANY_CALLBACK}`,
        }),
    });
    await execute(
      c.knex,
      `insert into ops_identities (issuer, subject, user_id, tied_at)
       select :issuer, 'viewer-there', id, now() from users where email = :email`,
      { issuer, email: email('viewer') },
    );
  });
  afterAll(async () => {
    server.close();
    await c.close();
  });

  let ids = 0;
  const claims = (): JWTPayload => ({
    iss: issuer,
    aud: 'munim-console',
    sub: 'viewer-there',
    iat: Math.floor(Date.now() / 1_000),
    exp: Math.floor(Date.now() / 1_000) + 120,
    jti: `one-${(ids += 1)}`,
    events: { [EVENT]: {} },
  });
  const signed = (payload: JWTPayload, { key = ours, typ = 'logout+jwt' } = {}): Promise<string> =>
    new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'one', typ }).sign(key);
  const say = async (token: string): Promise<number> =>
    (
      await fetch(`${c.url}${COMPANY_LOGOUT}`, {
        method: 'POST',
        body: new URLSearchParams({ logout_token: token }),
      })
    ).status;
  /** Sessions by the provider, by its id there, and one by password. */
  async function open(...sessions: (string | undefined)[]): Promise<string[]> {
    const [user] = await rows<{ id: string }>(c.knex, 'select id from users where email = ?', [
      email('viewer'),
    ]);
    const kept = createSessions({ knex: c.knex, clock: c.clock });
    const shown = sessions.map((one) => (one === undefined ? {} : { issuer, oidcSession: one }));
    return Promise.all(shown.map((one) => kept.open(user!.id as never, '192.0.2.1', one)));
  }
  const live = (tokens: readonly string[]): Promise<boolean[]> => {
    const kept = createSessions({ knex: c.knex, clock: c.clock });
    return Promise.all(tokens.map(async (token) => (await kept.find(token)) !== undefined));
  };

  test('ends one session, or all of a person that began there; one that began by password goes on', async () => {
    const tokens = await open('a', 'b', undefined);
    expect(await say(await signed({ ...claims(), sub: undefined, sid: 'a' }))).toBe(200);
    expect(await live(tokens)).toEqual([false, true, true]);
    expect(await say(await signed({ ...claims(), sid: 'b', sub: 'another' }))).toBe(200);
    expect(await live(tokens)).toEqual([false, true, true]);
    expect(await say(await signed(claims()))).toBe(200);
    expect(await live(tokens)).toEqual([false, false, true]);
  });

  test('is taken once, also of two at once', async () => {
    const token = await signed(claims());
    const said = await Promise.all([say(token), say(token), say(token)]);
    expect(said.toSorted((a, b) => a - b)).toEqual([200, 400, 400]);
    const [session] = await open('again');
    expect([await say(token), await live([session!])]).toEqual([400, [true]]);
  });

  const now = (): number => Math.floor(Date.now() / 1_000);
  const BAD: Readonly<Record<string, () => Promise<string>>> = {
    'of another key': () => signed(claims(), { key: theirs }),
    'for somebody else': () => signed({ ...claims(), aud: 'another' }),
    'of another provider': () => signed({ ...claims(), iss: 'https://other.example' }),
    'without an event': () => signed({ ...claims(), events: { 'https://other.example/event': {} } }),
    'with a nonce, as an id token has': () => signed({ ...claims(), nonce: 'x' }),
    'of another type': () => signed(claims(), { typ: 'at+jwt' }),
    'that names nobody': () => signed({ ...claims(), sub: undefined }),
    'without an id': () => signed({ ...claims(), jti: undefined }),
    'without an end': () => signed({ ...claims(), exp: undefined }),
    'that is over': () => signed({ ...claims(), iat: now() - 400, exp: now() - 300 }),
    'of long ago that never ends': () => signed({ ...claims(), iat: now() - 400, exp: now() + 9_999 }),
    'without a signature': async () => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      return `${part({ alg: 'none', typ: 'logout+jwt' })}.${part(claims())}.`;
    },
    'that is none': async () => 'x',
  };
  test.each(Object.keys(BAD))('%s is refused', async (which) => {
    const [session] = await open('stays');
    expect([await say(await BAD[which]!()), await live([session!])]).toEqual([400, [true]]);
  });
});
