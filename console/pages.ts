import { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { Access } from '../domain/access/access';
import { isPermission, type Permission } from '../domain/access/permissions';
import type { OpsSession, Sessions } from '../domain/auth/sessions';
import { html, sendPage } from './html';
import { needsPermission, type ConsoleRoute } from './route';
import { sessionToken } from './session-cookie';

/** A page of the console, or what a form of it is sent to. */
export interface PageRoute<Deps = never> extends ConsoleRoute {
  readonly access: Permission | 'anyone';
  readonly handle: (ctx: Context, deps: Deps) => void | Promise<void>;
}

/** `pagesOf<Deps>()({ … })` declares a page. */
export function pagesOf<Deps>() {
  return (declared: PageRoute<Deps>): PageRoute<Deps> => declared;
}

/**
 * The pages as one middleware: whoever is not signed in is sent to do so, whoever may not see a page is told.
 * Throws TypeError for a page that does not say who may see it.
 */
export function createPages<Deps>(routes: readonly PageRoute<Deps>[], deps: Deps & PageGuard): Middleware {
  const router = new Router();
  for (const route of routes) {
    if (route.access !== 'anyone' && !isPermission(route.access))
      throw new TypeError(`${route.method} ${route.path} does not say who may see it`);
    router.register(route.path.replaceAll(/\{(\w+)\}/g, ':$1'), [route.method], async (ctx) => {
      if (await isAdmitted(ctx, route, deps)) await route.handle(ctx, deps);
    });
  }
  return router.routes() as Middleware;
}

interface PageGuard {
  sessions: Sessions;
  access: Access;
  /** Told of a form that somebody sent whose role does not permit it; it is written down. */
  onRefused?: (refused: RefusedForm) => Promise<void>;
}

export interface RefusedForm {
  session: OpsSession;
  ip: string;
  route: ConsoleRoute;
}

async function isAdmitted(
  ctx: Context,
  route: PageRoute,
  { sessions, access, onRefused }: PageGuard,
): Promise<boolean> {
  const permission = route.access;
  if (permission === 'anyone') return true;
  const session = await currentSession(ctx, sessions);
  if (session === undefined) {
    ctx.redirect('/ops/login');
    return false;
  }
  ctx.state.session = session;
  if (await access.can(session, permission)) return true;
  if (route.method !== 'GET') await onRefused?.({ session, ip: ctx.ip, route });
  const main = html`<h1>Not for your role</h1>
    <p class="note">${needsPermission(permission)}</p>`;
  sendPage(ctx, 403, { title: 'Not for your role', main });
  return false;
}

/** The session of the request's cookie, if it is still good. */
export async function currentSession(ctx: Context, sessions: Sessions): Promise<OpsSession | undefined> {
  const token = sessionToken(ctx);
  return token === undefined ? undefined : sessions.find(token);
}

/** The session that a page was shown to. */
export function sessionOf(ctx: Context): OpsSession {
  return ctx.state.session as OpsSession;
}

/** Answers what no route took: 405 with the methods of the path, or 404. Stands before the routes. */
export function notFound(): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.status !== 404 || ctx.body !== undefined) return;
    const { matched = [] } = ctx as { matched?: readonly { methods: readonly string[] }[] };
    if (matched.length === 0) {
      const main = html`<h1>There is nothing here</h1>
        <a class="back" href="/ops">To the start</a>`;
      return sendPage(ctx, 404, { title: 'Nothing here', main });
    }
    ctx.set('Allow', [...new Set(matched.flatMap((layer) => layer.methods))].toSorted().join(', '));
    if (ctx.method === 'OPTIONS') ctx.status = 204;
    else
      sendPage(ctx, 405, {
        title: 'Not in this way',
        main: html`<h1>This page is not used in this way</h1>`,
      });
  };
}
