import http from 'node:http';
import https from 'node:https';
import { createTransactionFinder } from '../domain/services/find';
import { allQueues } from '../jobs';
import { keepCertificate, readCertificate } from '../platform/certificate';
import { startAdminServer } from '../platform/admin-server';
import { compose } from '../composition/compose';
import type { Config } from '../composition/config';
import { startProcess } from '../composition/start-process';
import { onShutdown } from '../platform/shutdown';
import { createConsoleApp } from './app';

/** The `ops` process: the pages for staff, on a port of their own. */
async function main(config: Readonly<Config>): Promise<void> {
  const c = await compose('ops', config);
  const { tls, opsOrigin, opsPort, opsHost, trustedProxyHops, environment } = c.config;
  const respond = createConsoleApp({
    ...c,
    queueNames: allQueues(c.providers.names()),
    origin: opsOrigin,
    trustedProxyHops,
    environment,
    finder: createTransactionFinder(c),
  }).callback();
  const handler = (req: http.IncomingMessage, res: http.ServerResponse): void => {
    void respond(req, res);
  };
  const limits = {
    maxHeaderSize: 16_384,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 10_000,
  };
  const server =
    tls === undefined
      ? http.createServer(limits, handler)
      : https.createServer(
          {
            ...limits,
            ...readCertificate(tls),
            minVersion: 'TLSv1.2',
          },
          handler,
        );
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
