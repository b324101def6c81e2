import Koa, { type Context, type Middleware } from 'koa';
import type { Knex } from 'knex';
import { createLogin } from '../domain/auth/login';
import { createLoginAttempts } from '../domain/auth/login-attempts';
import { createPasswords } from '../domain/auth/passwords';
import { createSessions } from '../domain/auth/sessions';
import type { Clock } from '../platform/clock';
import { dropRestAfterAnswer } from '../platform/http/rest-of-request';
import type { Log } from '../platform/logger';
import type { Queues } from '../platform/queue';
import { createApiCallReader } from '../domain/api-log/read';
import type { TransactionFinder } from '../domain/services/find';
import { bullBoard } from './bull-board';
import { boardGuard } from './guard';
import { securityHeaders } from './headers';
import { html, sendPage } from './html';
import { createPages, notFound } from './pages';
import { BOARD, PAGES, type PageDependencies } from './routes';

export interface ConsoleDependencies {
  knex: Knex;
  clock: Clock;
  log: Log;
  queues: Queues;
  /** The queues on the board, in the order of a transaction's path. */
  queueNames: readonly string[];
  /** The one origin (`https://ops.example`) whose pages may change anything. */
  origin: string;
  /** The number of our own proxies in front; with 0, no X-Forwarded-For is believed. */
  trustedProxyHops: number;
  environment: string;
  finder: TransactionFinder;
}

/** The pages for ops staff: sign-in, account, API log, and Bull Board. */
export function createConsoleApp(deps: ConsoleDependencies): Koa {
  const { knex, clock, log, origin } = deps;
  const sessions = createSessions({ knex, clock });
  const login = createLogin({
    knex,
    clock,
    sessions,
    passwords: createPasswords(),
    attempts: createLoginAttempts({ knex, clock }),
  });

  const app = new Koa({ proxy: deps.trustedProxyHops > 0, maxIpsCount: deps.trustedProxyHops });
  app.on('error', (error: unknown) => {
    log.error({ error }, 'a console request failed');
  });
  app.use(async (ctx, next) => {
    dropRestAfterAnswer(ctx.req, ctx.res);
    await next();
  });
  app.use(securityHeaders((ctx: Context) => ctx.path === BOARD || ctx.path.startsWith(`${BOARD}/`)));
  app.use(failures(log));
  app.use(notFound());
  const apiCalls = createApiCallReader({ knex });
  app.use(
    createPages<PageDependencies>(PAGES, {
      login,
      sessions,
      origin,
      home: BOARD,
      apiCalls,
      finder: deps.finder,
    }),
  );
  app.use(boardGuard(BOARD, { knex, clock, log, sessions, origin }));
  app.use(bullBoard(BOARD, { queues: deps.queues, names: deps.queueNames, environment: deps.environment }));
  return app;
}

/**
 * Logs a failure and answers without its reason. (Koa's own answer to an error would drop the security
 * headers.)
 */
function failures(log: Log): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      log.error({ error, path: ctx.path, method: ctx.method }, 'a console request failed');
      if (ctx.path.startsWith(`${BOARD}/api/`)) {
        ctx.status = 500;
        ctx.body = { error: 'This does not work just now.' };
      } else {
        const main = html`<h1>This does not work just now</h1>
          <p class="note">Please try again shortly. The cause is in the log.</p>`;
        sendPage(ctx, 500, { title: 'Not now', main });
      }
    }
  };
}
