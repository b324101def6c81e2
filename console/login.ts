/** Signing in and out: small pages that need no script. */
import type { Context } from 'koa';
import { Router } from '@koa/router';
import getRawBody from 'raw-body';
import type { Login } from '../domain/auth/login';
import type { OpsSession, Sessions } from '../domain/auth/sessions';
import { DomainError, HTTP_STATUS } from '../domain/errors/errors';
import { MARK, STYLE } from './assets';
import { html, NOTHING, sendPage } from './html';
import { isSameOrigin } from './same-origin';
import { timeOf } from './times';
import { clearSessionToken, sessionToken, setSessionToken } from './session-cookie';

export interface LoginRoutesDependencies {
  login: Login;
  sessions: Sessions;
  origin: string;
  home: string;
}

const MAX_FORM_BYTES = 4_096;
const MAX_EMAIL_LENGTH = 254;

export function loginRoutes(deps: LoginRoutesDependencies): Router {
  const router = new Router();
  router.get(['/', '/ops'], (ctx) => {
    ctx.redirect(deps.home);
  });
  router.get('/ops/assets/console.css', (ctx) => {
    ctx.type = 'css';
    ctx.body = STYLE;
  });
  router.get('/ops/assets/mark.svg', (ctx) => {
    ctx.type = 'image/svg+xml';
    ctx.body = MARK;
  });
  router.get('/ops/login', async (ctx) => {
    if (await currentSession(ctx, deps.sessions)) ctx.redirect(deps.home);
    else showLogin(ctx, 200, {});
  });
  router.post('/ops/login', async (ctx) => signIn(ctx, deps));
  router.get('/ops/account', async (ctx) => {
    const session = await currentSession(ctx, deps.sessions);
    if (session) showAccount(ctx, session, deps.home);
    else ctx.redirect('/ops/login');
  });
  router.post('/ops/logout', async (ctx) => signOut(ctx, deps));
  return router;
}

/** The session of the request's cookie, if it is still good. */
export async function currentSession(ctx: Context, sessions: Sessions): Promise<OpsSession | undefined> {
  const token = sessionToken(ctx);
  return token === undefined ? undefined : sessions.find(token);
}

async function signIn(ctx: Context, deps: LoginRoutesDependencies): Promise<void> {
  if (!isSameOrigin(ctx, deps.origin))
    return showLogin(ctx, 403, { problem: `This form must be sent from ${deps.origin}.` });
  const form = await readForm(ctx);
  if (!form)
    return showLogin(ctx, ctx.status === 413 ? 413 : 415, {
      problem: 'The form could not be read. Please try again.',
    });
  const email = form.get('email') ?? '';
  const previousToken = sessionToken(ctx);
  try {
    setSessionToken(
      ctx,
      await deps.login.in({
        email,
        password: form.get('password') ?? '',
        ip: ctx.ip,
        ...(previousToken === undefined ? {} : { previousToken }),
      }),
    );
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if (error.retryAfterS !== undefined) ctx.set('retry-after', String(error.retryAfterS));
    return showLogin(ctx, HTTP_STATUS[error.kind], { email, problem: problemText(error) });
  }
  ctx.redirect(deps.home);
  ctx.status = 303;
}

function problemText(error: DomainError): string {
  if (error.code === 'AUTH_LOGIN_FAILED') return 'The e-mail address or the password is wrong.';
  const minutes = Math.ceil((error.retryAfterS ?? 60) / 60);
  if (error.code === 'AUTH_RATE_LIMITED')
    return `Too many attempts. Please try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`;
  return 'Signing in does not work just now. Please try again shortly.';
}

async function signOut(ctx: Context, deps: LoginRoutesDependencies): Promise<void> {
  if (!isSameOrigin(ctx, deps.origin))
    return showLogin(ctx, 403, { problem: `This form must be sent from ${deps.origin}.` });
  const token = sessionToken(ctx);
  const session = token === undefined ? undefined : await deps.sessions.find(token);
  if (token !== undefined && session) await deps.login.out(token, { userId: session.userId, ip: ctx.ip });
  clearSessionToken(ctx);
  ctx.redirect('/ops/login');
  ctx.status = 303;
}

/** The fields of a form; undefined, with the status set, when it is of another type or too large. */
export async function readForm(ctx: Context): Promise<URLSearchParams | undefined> {
  if (!ctx.is('application/x-www-form-urlencoded')) return undefined;
  try {
    return new URLSearchParams(
      await getRawBody(ctx.req, {
        limit: MAX_FORM_BYTES,
        length: ctx.get('content-length') || undefined,
        encoding: 'utf8',
      }),
    );
  } catch (error) {
    ctx.status = (error as { type?: string }).type === 'entity.too.large' ? 413 : 400;
    return undefined;
  }
}

function showLogin(ctx: Context, status: number, state: { email?: string; problem?: string }): void {
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
      <button type="submit">Sign in</button>
    </form>
    <p class="note">For operations staff. Every sign-in and every action is recorded.</p>`;
  sendPage(ctx, status, { title: 'Sign in', main });
}

const ROLE_TEXT: Record<OpsSession['role'], string> = {
  viewer: 'Viewer: may look',
  operator: 'Operator: may retry, promote, pause and resume',
  admin: 'Admin: may also remove finished jobs and set limits',
};

function showAccount(ctx: Context, session: OpsSession, home: string): void {
  const main = html`<h1>Your account</h1>
    <dl>
      <dt>Name</dt>
      <dd>${session.name}</dd>
      <dt>Role</dt>
      <dd>${ROLE_TEXT[session.role]}</dd>
      <dt>Signed in</dt>
      <dd>until ${timeOf(session.expiresAt)} IST at the latest</dd>
    </dl>
    <form method="post" action="/ops/logout"><button type="submit">Sign out</button></form>
    <a class="back" href="${home}">Back to the queues</a>`;
  sendPage(ctx, 200, { title: 'Account', main });
}
