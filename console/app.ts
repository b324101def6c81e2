import Koa, { type Context, type Middleware } from 'koa';
import type { Knex } from 'knex';
import { createStaffAccess } from '../domain/access/access';
import { createCaseReader } from '../domain/cases/read';
import { recordAudit } from '../domain/audit/audit';
import type { Approvals } from '../domain/approvals/approvals';
import { createFederatedLogin } from '../domain/auth/federated-login';
import { createFederatedLogout } from '../domain/auth/federated-logout';
import { createLogin } from '../domain/auth/login';
import { createLoginAttempts } from '../domain/auth/login-attempts';
import { createOwnAuthenticator } from '../domain/auth/own-authenticator';
import { createPasswords } from '../domain/auth/passwords';
import { createSecondFactors } from '../domain/auth/second-factors';
import { createSessions } from '../domain/auth/sessions';
import type { Networks } from '../platform/addresses';
import type { Clock } from '../platform/clock';
import { createClientAddress } from '../platform/http/client-address';
import { hostsNamed } from '../platform/http/connection-limits';
import { dropRestAfterAnswer } from '../platform/http/rest-of-request';
import { isConnectionError, isOutOfTime } from '../platform/database';
import type { FieldCipher } from '../platform/encryption';
import type { OidcClient } from '../platform/oidc';
import type { Log } from '../platform/logger';
import type { Outbox } from '../platform/outbox';
import { TimeIsOver, within } from '../platform/time-limit';
import type { Queues } from '../platform/queue';
import { createApiCallReader } from '../domain/api-log/read';
import type { TransactionFinder } from '../domain/services/find';
import { bullBoard } from './bull-board';
import { boardGuard } from './guard';
import { securityHeaders } from './headers';
import { html, sendPage } from './html';
import { createPages, notFound, type RefusedForm } from './pages';
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
  /** The longest that a page may take, ms. */
  answerWithinMs?: number;
  /** Our own proxies in front; without them no X-Forwarded-For is believed. */
  trustedProxies?: Networks | undefined;
  environment: string;
  finder: TransactionFinder;
  approvals: Approvals;
  risk: PageDependencies['risk'];
  /** Seals what a browser keeps for us, and opens the secrets of authenticators. */
  cipher: FieldCipher;
  /** Where messages to people lie on a machine for development. */
  outbox?: Outbox | undefined;
  /** The OpenID provider of the company, where there is one. */
  oidc?: OidcClient | undefined;
}

/** The pages for ops staff: sign-in, account, API log, and Bull Board. */
export function createConsoleApp(deps: ConsoleDependencies): Koa {
  const { knex, clock, log, origin } = deps;
  const sessions = createSessions({ knex, clock });
  const access = createStaffAccess({ knex });
  const checks = {
    knex,
    clock,
    passwords: createPasswords(),
    attempts: createLoginAttempts({ knex, clock }),
    secondFactors: createSecondFactors(deps),
  };

  const addressOf = createClientAddress(deps.trustedProxies);
  const app = new Koa();
  app.on('error', (error: unknown) => {
    log.error({ error }, 'a console request failed');
  });
  app.use(async (ctx, next) => {
    ctx.request.ip = addressOf(ctx.req);
    dropRestAfterAnswer(ctx.req, ctx.res);
    if (hostsNamed(ctx.req) === 1) return next();
    ctx.status = 400;
    ctx.body = 'Name the host once.';
  });
  app.use(securityHeaders((ctx: Context) => ctx.path === BOARD || ctx.path.startsWith(`${BOARD}/`)));
  app.use(failures(log, deps.answerWithinMs));
  app.use(notFound());
  const apiCalls = createApiCallReader({ knex });
  app.use(
    createPages<PageDependencies>(PAGES, {
      login: createLogin({ ...checks, sessions }),
      authenticator: createOwnAuthenticator(checks),
      access,
      sessions,
      origin,
      home: BOARD,
      apiCalls,
      finder: deps.finder,
      approvals: deps.approvals,
      risk: deps.risk,
      cases: createCaseReader({ knex }),
      clock,
      onRefused: (refused) => noteRefusal({ knex, clock }, refused),
      outbox: deps.outbox,
      cipher: deps.cipher,
      oidc: deps.oidc,
      federated: createFederatedLogin({ knex, clock, sessions }),
      federatedLogout: createFederatedLogout({ knex, clock }),
    }),
  );
  app.use(boardGuard(BOARD, { knex, clock, log, sessions, access, origin }));
  app.use(bullBoard(BOARD, { queues: deps.queues, names: deps.queueNames, environment: deps.environment }));
  return app;
}

function noteRefusal(
  { knex, clock }: { knex: Knex; clock: Clock },
  { session: { userId: actor, role }, ip: actorIp, route: { method, path } }: RefusedForm,
): Promise<void> {
  return recordAudit(knex, {
    ...{ at: clock.now(), actor, actorIp, action: 'page.send' },
    subject: `route:${method} ${path}`,
    outcome: 'refused',
    detail: { reason: 'role', role },
  });
}

/** A store that has frozen must not keep people before an empty page. Statements end before (`ANSWERING`). */
const ANSWER_WITHIN_MS = 15_000;

function statusOf(error: unknown): number {
  return error instanceof TimeIsOver || isConnectionError(error) || isOutOfTime(error) ? 503 : 500;
}

/**
 * Logs a failure and answers without its reason. (Koa's own answer to an error would drop the security
 * headers.)
 */
function failures(log: Log, withinMs = ANSWER_WITHIN_MS): Middleware {
  return async (ctx, next) => {
    try {
      await within(withinMs, next());
    } catch (error) {
      log.error({ error, path: ctx.path, method: ctx.method }, 'a console request failed');
      if (ctx.path.startsWith(`${BOARD}/api/`)) {
        ctx.status = statusOf(error);
        ctx.body = { error: 'This does not work just now.' };
      } else {
        const main = html`<h1>This does not work just now</h1>
          <p class="note">Please try again shortly. The cause is in the log.</p>`;
        sendPage(ctx, statusOf(error), { title: 'Not now', main });
      }
    }
  };
}
