import type http from 'node:http';
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
import { createConsoleServer } from './server';

/** The `ops` process: the pages for staff, on a port of their own. */
async function main(config: Readonly<Config>): Promise<void> {
  const c = await compose('ops', config);
  const { tls, opsOrigin, opsPort, opsHost, environment, messaging, oidc } = c.config;
  const operations = await createOperations({
    ...c,
    profile: config.policyProfile,
    sessionMs: ABSOLUTE_LIMIT_MS,
  });
  const respond = createConsoleApp({
    ...c,
    approvals: operations.approvals,
    risk: operations.risk,
    reconciliation: operations.reconciliation,
    queueNames: allQueues(c.providers.names()),
    origin: opsOrigin,
    trustedProxies: proxiesOf(c.config),
    environment,
    finder: createTransactionFinder(c),
    outbox: messaging.outboxDir === undefined ? undefined : createOutbox(messaging.outboxDir),
    oidc: oidc && createOidcClient({ ...oidc, redirectUri: `${opsOrigin}${COMPANY_CALLBACK}` }),
  }).callback();
  const handler = (req: http.IncomingMessage, res: http.ServerResponse): void => {
    void respond(req, res);
  };
  const server = createConsoleServer(handler, tls);
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
