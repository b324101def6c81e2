/** Signing in and out: small pages that need no script. */
import type { Context } from 'koa';
import type { Access } from '../domain/access/access';
import { isPermission, PERMISSIONS } from '../domain/access/permissions';
import type { Login } from '../domain/auth/login';
import type { OpsSession, Sessions } from '../domain/auth/sessions';
import { DomainError, HTTP_STATUS } from '../domain/errors/errors';
import type { OidcClient } from '../platform/oidc';
import { MARK, STYLE } from './assets';
import type { May } from './board-actions';
import { readForm } from './form';
import { html, NOTHING, sendPage } from './html';
import { currentSession, pagesOf, sessionOf, type PageRoute } from './pages';
import { isSameOrigin } from '../platform/http/same-origin';
import { timeOf } from './times';
import { clearSessionToken, sessionToken, setSessionToken } from './session-cookie';

export interface LoginRoutesDependencies {
  login: Login;
  sessions: Sessions;
  access: Access;
  origin: string;
  home: string;
  /** Where staff may sign in at their company. */
  oidc?: OidcClient | undefined;
}

const MAX_EMAIL_LENGTH = 254;

const page = pagesOf<LoginRoutesDependencies>();
const file = (
  path: string,
  type: string,
  body: string,
  summary: string,
): PageRoute<LoginRoutesDependencies> =>
  page({
    method: 'GET',
    path,
    summary,
    access: 'anyone',
    handle: (ctx) => {
      ctx.type = type;
      ctx.body = body;
    },
  });
const toHome = (path: string): PageRoute<LoginRoutesDependencies> =>
  page({
    method: 'GET',
    path,
    summary: 'Leads to the board',
    access: 'anyone',
    handle: (ctx, { home }) => {
      ctx.redirect(home);
    },
  });

export const loginRoutes = [
  toHome('/'),
  toHome('/ops'),
  file('/ops/assets/console.css', 'css', STYLE, 'The style of the pages'),
  file('/ops/assets/mark.svg', 'image/svg+xml', MARK, 'The mark'),
  page({
    method: 'GET',
    path: '/ops/login',
    summary: 'The form to sign in',
    access: 'anyone',
    handle: async (ctx, { sessions, home, oidc }) => {
      if (await currentSession(ctx, sessions)) ctx.redirect(home);
      else showLogin(ctx, 200, { hasOidc: oidc !== undefined });
    },
  }),
  page({ method: 'POST', path: '/ops/login', summary: 'Signs in', access: 'anyone', handle: signIn }),
  page({
    method: 'GET',
    path: '/ops/account',
    summary: 'Your name and role',
    access: 'account.read',
    handle: async (ctx, { home, access }) => {
      const session = sessionOf(ctx);
      showAccount(ctx, session, { home, may: await access.permitted(session) });
    },
  }),
  page({ method: 'POST', path: '/ops/logout', summary: 'Signs out', access: 'anyone', handle: signOut }),
];

async function signIn(ctx: Context, deps: LoginRoutesDependencies): Promise<void> {
  const hasOidc = deps.oidc !== undefined;
  if (!isSameOrigin(ctx, deps.origin))
    return showLogin(ctx, 403, { problem: `This form must be sent from ${deps.origin}.`, hasOidc });
  const form = await readForm(ctx);
  if (!form)
    return showLogin(ctx, ctx.status === 413 ? 413 : 415, {
      problem: 'The form could not be read. Please try again.',
      hasOidc,
    });
  const email = form.get('email') ?? '';
  const previousToken = sessionToken(ctx);
  try {
    setSessionToken(
      ctx,
      await deps.login.in({
        email,
        password: form.get('password') ?? '',
        code: form.get('code') ?? '',
        ip: ctx.ip,
        ...(previousToken === undefined ? {} : { previousToken }),
      }),
    );
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if (error.retryAfterS !== undefined) ctx.set('retry-after', String(error.retryAfterS));
    return showLogin(ctx, HTTP_STATUS[error.kind], { email, problem: problemText(error), hasOidc });
  }
  ctx.redirect(deps.home);
  ctx.status = 303;
}

function problemText(error: DomainError): string {
  if (error.code === 'AUTH_LOGIN_FAILED') return 'The e-mail address or the password is wrong.';
  if (error.code === 'AUTH_CODE_NEEDED')
    return 'This account needs the code of its authenticator, too. Please type both.';
  const minutes = Math.ceil((error.retryAfterS ?? 60) / 60);
  if (error.code === 'AUTH_RATE_LIMITED')
    return `Too many attempts. Please try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`;
  return 'Signing in does not work just now. Please try again shortly.';
}

async function signOut(ctx: Context, deps: LoginRoutesDependencies): Promise<void> {
  if (!isSameOrigin(ctx, deps.origin))
    return showLogin(ctx, 403, {
      problem: `This form must be sent from ${deps.origin}.`,
      hasOidc: deps.oidc !== undefined,
    });
  const token = sessionToken(ctx);
  const session = token === undefined ? undefined : await deps.sessions.find(token);
  if (token !== undefined && session) await deps.login.out(token, { userId: session.userId, ip: ctx.ip });
  clearSessionToken(ctx);
  const there =
    typeof session?.issuer === 'string' ? await deps.oidc?.endUrl(`${deps.origin}/ops/login`) : undefined;
  if (there !== undefined) return showSignedOut(ctx, there);
  ctx.redirect('/ops/login');
  ctx.status = 303;
}

/** A link and no redirect: the next one at this browser could sign in there without being asked for anything. */
function showSignedOut(ctx: Context, there: string): void {
  const main = html`<h1>Signed out</h1>
    <p role="status">You are signed out here, and still signed in at your company.</p>
    <p><a href="${there}">Sign out there too</a></p>
    <a class="back" href="/ops/login">Sign in again</a>`;
  sendPage(ctx, 200, { title: 'Signed out', main });
}

export function showLogin(
  ctx: Context,
  status: number,
  state: { email?: string; problem?: string; hasOidc: boolean },
): void {
  const email = (state.email ?? '').slice(0, MAX_EMAIL_LENGTH);
  // The cursor stands in the first field that is still to be filled in.
  const [inEmail, inPassword] = email === '' ? ['autofocus', ''] : ['', 'autofocus'];
  const problem =
    state.problem === undefined
      ? NOTHING
      : html`<p class="problem" role="alert" id="problem">${state.problem}</p>`;
  const describedBy = state.problem === undefined ? NOTHING : html`aria-describedby="problem"`;
  const main = html`<h1>Sign in</h1>
    ${problem}
    <form method="post" action="/ops/login">
      <label for="email">E-mail address</label>
      <input
        id="email"
        name="email"
        type="email"
        autocomplete="username"
        required
        maxlength="${MAX_EMAIL_LENGTH}"
        spellcheck="false"
        autocapitalize="none"
        value="${email}"
        ${inEmail}
        ${describedBy}
      />
      <label for="password">Password</label>
      <input
        id="password"
        name="password"
        type="password"
        autocomplete="current-password"
        required
        maxlength="1000"
        ${inPassword}
      />
      <label for="code">Code of your authenticator, if you have set one up</label>
      <input id="code" name="code" autocomplete="one-time-code" maxlength="40" spellcheck="false" />
      <button type="submit">Sign in</button>
    </form>
    ${state.hasOidc ? html`<p><a href="/ops/login/company">Sign in with your company</a></p>` : NOTHING}
    <p class="note">For operations staff. Every sign-in and every action is recorded.</p>`;
  sendPage(ctx, status, { title: 'Sign in', main });
}

function showAccount(ctx: Context, session: OpsSession, { home, may }: { home: string; may: May }): void {
  const permitted = Object.keys(PERMISSIONS).filter(isPermission).filter(may);
  const main = html`<h1>Your account</h1>
    <dl>
      <dt>Name</dt>
      <dd>${session.name}</dd>
      <dt>Role</dt>
      <dd>${session.role}</dd>
      <dt>It permits</dt>
      <dd>${permitted.join(', ')}</dd>
      <dt>Signed in</dt>
      <dd>until ${timeOf(session.expiresAt)} IST at the latest</dd>
    </dl>
    <p><a href="/ops/account/authenticator">Authenticator</a>: a code besides your password</p>
    <form method="post" action="/ops/logout"><button type="submit">Sign out</button></form>
    <a class="back" href="${home}">Back to the queues</a>`;
  sendPage(ctx, 200, { title: 'Account', main });
}
