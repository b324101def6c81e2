/** Signing in at the OpenID provider of the company. */
import type { Context } from 'koa';
import type { FederatedLogin } from '../domain/auth/federated-login';
import type { FederatedLogout } from '../domain/auth/federated-logout';
import { DomainError } from '../domain/errors/errors';
import { addMs, type Clock } from '../platform/clock';
import { fieldPlace, type FieldCipher } from '../platform/encryption';
import { OidcRefused, type KeptOidc, type OidcClient } from '../platform/oidc';
import { readForm } from './form';
import { html, sendPage } from './html';
import { showLogin } from './login';
import { pagesOf } from './pages';
import { AWAY_MS, awayCookie, sessionToken, setAwayCookie, setSessionToken } from './session-cookie';

export interface CompanyLoginDependencies {
  oidc?: OidcClient | undefined;
  clock: Clock;
  cipher: FieldCipher;
  federated: FederatedLogin;
  federatedLogout: FederatedLogout;
  home: string;
}
/** In the cookie of a browser that went to the provider. */
interface Away extends KeptOidc {
  until: number;
}

const page = pagesOf<CompanyLoginDependencies>();
/** What is sealed for the cookie opens nowhere else. */
const KEPT = fieldPlace('console', 'cookie', 'away');
export const COMPANY_CALLBACK = '/ops/login/company/back';
export const COMPANY_LOGOUT = '/ops/login/company/logout';

export const companyLoginRoutes = [
  page({
    method: 'GET',
    path: '/ops/login/company',
    summary: 'Sends the browser to the provider of the company',
    access: 'anyone',
    handle: async (ctx, { oidc, cipher, clock }) => {
      if (oidc === undefined) return nowhere(ctx);
      try {
        const { url, kept } = await oidc.begin();
        const away: Away = { ...kept, until: addMs(clock.now(), AWAY_MS).getTime() };
        setAwayCookie(ctx, cipher.seal(JSON.stringify(away), KEPT));
        ctx.redirect(url);
      } catch (error) {
        providerIsAway(ctx, error);
      }
    },
  }),
  page({
    method: 'GET',
    path: COMPANY_CALLBACK,
    summary: 'Takes the browser that comes back from there',
    access: 'anyone',
    handle: comeBack,
  }),
  page({
    method: 'POST',
    path: COMPANY_LOGOUT,
    summary: 'Takes the word of the provider that somebody has signed out there',
    access: 'anyone',
    handle: signedOutThere,
  }),
];

/** Back-channel logout: it comes from the provider itself, with a token that it signed, and no cookie. */
async function signedOutThere(
  ctx: Context,
  { oidc, federatedLogout }: CompanyLoginDependencies,
): Promise<void> {
  const refuse = (status: number, error: string): void => {
    ctx.status = status;
    ctx.body = { error };
  };
  if (oidc === undefined) return refuse(404, 'not_found');
  const tokens = (await readForm(ctx))?.getAll('logout_token') ?? [];
  if (tokens.length !== 1) return refuse(400, 'invalid_request');
  try {
    const word = await oidc.readLogout(tokens[0]!);
    if (!(await federatedLogout.out(word, { ip: ctx.ip }))) return refuse(400, 'invalid_request');
    ctx.status = 200;
    ctx.body = '';
  } catch (error) {
    if (error instanceof OidcRefused) return refuse(400, 'invalid_request');
    ctx.app.emit('error', error, ctx);
    return refuse(503, 'temporarily_unavailable');
  }
}

function nowhere(ctx: Context): void {
  showLogin(ctx, 404, { problem: 'There is no sign-in at a company here.', hasOidc: false });
}

function providerIsAway(ctx: Context, error: unknown): void {
  ctx.app.emit('error', error, ctx);
  showLogin(ctx, 503, { problem: 'The provider of your company does not answer just now.', hasOidc: true });
}

async function comeBack(
  ctx: Context,
  { oidc, cipher, clock, federated, home }: CompanyLoginDependencies,
): Promise<void> {
  if (oidc === undefined) return nowhere(ctx);
  const refuse = (status: number, problem: string): void =>
    showLogin(ctx, status, { problem, hasOidc: true });
  const kept = keptOf(ctx, cipher);
  setAwayCookie(ctx, null); // what came back is good once
  if (kept === undefined || kept.until <= clock.now().getTime())
    return refuse(400, 'This sign-in took too long, or began in another browser. Please begin again.');
  let person;
  try {
    person = await oidc.finish(new URLSearchParams(ctx.querystring), kept);
  } catch (error) {
    if (error instanceof OidcRefused) return refuse(401, 'Your company did not sign you in.');
    return providerIsAway(ctx, error);
  }
  try {
    setSessionToken(ctx, await federated.in(person, { ip: ctx.ip, previousToken: sessionToken(ctx) }));
  } catch (error) {
    if (error instanceof DomainError && error.code === 'AUTH_LOGIN_FAILED')
      return refuse(401, 'There is no account for you here.');
    throw error;
  }
  // A redirect from here would still count as one from the other company, and leave the strict cookie behind.
  const main = html`<h1>Signed in</h1>
    <p><a href="${home}">To the queues</a></p>`;
  ctx.set('refresh', `0; url=${home}`);
  sendPage(ctx, 200, { title: 'Signed in', main });
}

function keptOf(ctx: Context, cipher: FieldCipher): Away | undefined {
  try {
    return JSON.parse(cipher.open(awayCookie(ctx) ?? '', KEPT)) as Away;
  } catch {
    return undefined;
  }
}
