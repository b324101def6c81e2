import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { allQueues } from '../jobs';
import { startAdminServer } from '../platform/admin-server';
import { compose } from '../composition/compose';
import { loadConfig } from '../composition/config';
import { exitWithParent } from '../platform/parent-watch';
import { onShutdown } from '../platform/shutdown';
import { createConsoleApp } from './app';

/** The `ops` process: the pages for staff, on a port of their own. */
async function main(): Promise<void> {
  exitWithParent();
  const c = await compose('ops', loadConfig());
  const { tls, opsOrigin, opsPort, opsHost, trustedProxyHops, environment } = c.config;
  const respond = createConsoleApp({
    ...c,
    queueNames: allQueues(c.providers.names()),
    origin: opsOrigin,
    trustedProxyHops,
    environment,
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
            cert: fs.readFileSync(tls.certFile),
            key: fs.readFileSync(tls.keyFile),
            minVersion: 'TLSv1.2',
          },
          handler,
        );
  const admin = await startAdminServer({
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

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : 'start failed'}\n`);
  process.exit(1);
});
