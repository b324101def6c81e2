/** The authenticator of whoever is signed in: set up with the password, confirmed by its first code, taken away. */
import type { Context } from 'koa';
import type { OwnAuthenticator, Who } from '../domain/auth/own-authenticator';
import { DomainError, HTTP_STATUS } from '../domain/errors/errors';
import { readForm } from './form';
import { html, NOTHING, sendPage, type Html } from './html';
import { pagesOf, sessionOf } from './pages';
import { isSameOrigin } from '../platform/http/same-origin';

const AUTHENTICATOR = '/ops/account/authenticator';

interface Dependencies {
  authenticator: OwnAuthenticator;
  origin: string;
}
const page = pagesOf<Dependencies>();
const COMMON = { access: 'account.read' } as const;

export const authenticatorRoutes = [
  page({
    ...COMMON,
    method: 'GET',
    path: AUTHENTICATOR,
    summary: 'Whether you have an authenticator, and the forms to set it up or take it away',
    handle: async (ctx, { authenticator }) => {
      show(ctx, 200, await start(ctx, authenticator));
    },
  }),
  page({
    ...COMMON,
    method: 'POST',
    path: AUTHENTICATOR,
    summary: 'Makes a new secret, and shows it once',
    handle: (ctx, deps) =>
      act(ctx, deps, async (form, who) => {
        const { secret, uri } = await deps.authenticator.begin(who, form.get('password') ?? '');
        return secretForm(secret, uri);
      }),
  }),
  page({
    ...COMMON,
    method: 'POST',
    path: `${AUTHENTICATOR}/code`,
    summary: 'Confirms it by its first code, and shows the recovery codes once',
    handle: (ctx, deps) =>
      act(ctx, deps, async (form, who) =>
        recoveryCodes(await deps.authenticator.confirm(who, form.get('code') ?? '')),
      ),
  }),
  page({
    ...COMMON,
    method: 'POST',
    path: `${AUTHENTICATOR}/removal`,
    summary: 'Takes it away, with password and code',
    handle: (ctx, deps) =>
      act(ctx, deps, async (form, who) => {
        await deps.authenticator.remove(who, {
          password: form.get('password') ?? '',
          code: form.get('code') ?? '',
        });
        return html`<p role="status">Your authenticator was taken away. Set up another one soon.</p>`;
      }),
  }),
];

async function act(
  ctx: Context,
  { authenticator, origin }: Dependencies,
  work: (form: URLSearchParams, who: Who) => Promise<Html>,
): Promise<void> {
  const refused = async (status: number, problem: string): Promise<void> =>
    show(ctx, status, await start(ctx, authenticator, problem));
  if (!isSameOrigin(ctx, origin)) return refused(403, `This form must be sent from ${origin}.`);
  const form = await readForm(ctx);
  if (form === undefined)
    return refused(ctx.status === 413 ? 413 : 415, 'The form could not be read. Please try again.');
  try {
    show(ctx, 200, await work(form, { userId: sessionOf(ctx).userId, ip: ctx.ip }));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if (error.retryAfterS !== undefined) ctx.set('retry-after', String(error.retryAfterS));
    // The session is good, and its role may do this: what was typed is wrong.
    const status = error.kind === 'unauthenticated' ? HTTP_STATUS.invalid : HTTP_STATUS[error.kind];
    return refused(status, error.code === 'AUTH_LOGIN_FAILED' ? 'That is wrong.' : `${error.title}.`);
  }
}

async function start(ctx: Context, authenticator: OwnAuthenticator, problem?: string): Promise<Html> {
  const isSet = await authenticator.isSet(sessionOf(ctx).userId);
  return html`${problem === undefined ? NOTHING : html`<p class="problem" role="alert">${problem}</p>`}
  ${isSet ? REMOVAL : BEGINNING}`;
}

const PASSWORD = html`<label for="password">Your password</label>
  <input
    id="password"
    name="password"
    type="password"
    autocomplete="current-password"
    required
    maxlength="1000"
  />`;
const CODE = html`<label for="code">Code of the authenticator</label>
  <input id="code" name="code" autocomplete="one-time-code" required maxlength="40" spellcheck="false" />`;
const BEGINNING = html`<p>With an authenticator app you sign in with a code besides your password.</p>
  <form method="post" action="${AUTHENTICATOR}">
    ${PASSWORD}
    <button type="submit">Set up</button>
  </form>`;
const REMOVAL = html`<p>You sign in with the code of your authenticator.</p>
  <form method="post" action="${AUTHENTICATOR}/removal">
    ${PASSWORD} ${CODE}
    <button type="submit">Take it away</button>
  </form>`;

function secretForm(secret: string, uri: string): Html {
  return html`<p>Give this key to your app. It is shown once.</p>
    <p class="long"><code>${secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code></p>
    <p><a href="${uri}">Open it in an app on this device</a></p>
    <form method="post" action="${AUTHENTICATOR}/code">
      ${CODE}
      <button type="submit">Confirm</button>
    </form>`;
}

function recoveryCodes(codes: readonly string[]): Html {
  return html`<p role="status">Your authenticator is set up. The next sign-in asks for its code.</p>
    <p>
      Each of these takes its place once, when your telephone is lost. They are shown once: keep them safe.
    </p>
    <ul>
      ${codes.map((code) => html`<li><code>${code}</code></li>`)}
    </ul>`;
}

function show(ctx: Context, status: number, main: Html): void {
  sendPage(ctx, status, {
    title: 'Authenticator',
    main: html`<h1>Authenticator</h1>
      ${main} <a class="back" href="/ops/account">Back to your account</a>`,
  });
}
