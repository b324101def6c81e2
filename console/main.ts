import { ABSOLUTE_LIMIT_MS } from '../domain/auth/sessions';
import { createTransactionFinder } from '../domain/services/find';
import { allQueues } from '../jobs';
import { keepCertificate } from '../platform/certificate';
import { startAdminServer } from '../platform/admin-server';
import { compose } from '../composition/compose';
import { createOperations } from '../composition/operations';
import type { Config } from '../composition/config';
import { startProcess } from '../composition/start-process';
import { proxiesOf } from '../platform/http/client-address';
import { createOutbox } from '../platform/outbox';
import { onShutdown } from '../platform/shutdown';
import { createOidcClient } from '../platform/oidc';
import { COMPANY_CALLBACK } from './company-login';
import { createConsoleApp } from './app';
import { createAdminApi, ADMIN_API } from '../api/admin/app';
import { createStaffDoor } from '../api/admin/staff';
import { timeLimitsOf } from '../api/middleware/time-limit';
import { createLimits } from '../composition/limits';
import { createCursors } from '../domain/errors/cursor';
import { createConsoleServer, splitAt } from './server';

/** The `ops` process: the pages and the API for staff, on a port of their own. */
async function main(config: Readonly<Config>): Promise<void> {
  const c = await compose('ops', config);
  const cursors = createCursors(config.cursorKey);
  const { tls, opsOrigin, opsPort, opsHost, environment, messaging, oidc } = c.config;
  const operations = await createOperations({
    ...c,
    profile: config.policyProfile,
    sessionMs: ABSOLUTE_LIMIT_MS,
    cursors,
  });
  const limits = await createLimits(c);
  const staffApi = createAdminApi({
    ...{ ...c, ...operations, cursors, limits, trustedProxies: proxiesOf(c.config) },
    timeLimits: timeLimitsOf(c),
    staff: createStaffDoor({ ...c, sessions: operations.sessions, origin: opsOrigin }),
  }).callback();
  const respond = createConsoleApp({
    ...c,
    approvals: operations.approvals,
    risk: operations.risk,
    queueNames: allQueues(c.providers.names()),
    origin: opsOrigin,
    trustedProxies: proxiesOf(c.config),
    environment,
    finder: createTransactionFinder(c),
    outbox: messaging.outboxDir === undefined ? undefined : createOutbox(messaging.outboxDir),
    oidc: oidc && createOidcClient({ ...oidc, redirectUri: `${opsOrigin}${COMPANY_CALLBACK}` }),
  }).callback();
  const server = createConsoleServer(splitAt(ADMIN_API, staffApi, respond), tls);
  const stopLooking = keepCertificate(server, tls, c);
  const admin = await startAdminServer({
    host: c.config.adminHost,
    log: c.log,
    port: c.config.adminPort,
    health: c.health,
    metrics: c.metrics,
    killPoints: c.killPoints,
  });
  onShutdown(c.log, async () => {
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeIdleConnections();
      setTimeout(() => {
        server.closeAllConnections();
      }, 2_000).unref();
    });
    stopLooking();
    await admin.close();
    operations.close();
    await limits.close();
    await c.close();
  });
  await c.admitted();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(opsPort, opsHost, resolve);
  });
  c.log.info({ port: opsPort, adminPort: admin.port, backend: c.queues.backend }, 'listening');
}

startProcess('ops', main);
