import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { startAdminServer } from '../platform/admin-server';
import { compose } from '../platform/composition';
import { loadConfig } from '../platform/config';
import { exitWithParent } from '../platform/parent-watch';
import { onShutdown } from '../platform/shutdown';
import { createWaiting } from '../domain/transactions/waiting';
import { createApi } from './app';

async function main(): Promise<void> {
  exitWithParent();
  const c = await compose('api', loadConfig());
  const waiting = createWaiting({ databaseUrl: c.config.databaseUrl, onError: (error) => c.log.warn({ error }, 'the listening connection broke; it is opened again') });
  const respond = createApi({ ...c, waiting, trustedProxyHops: c.config.trustedProxyHops }).callback();
  const handler = (req: http.IncomingMessage, res: http.ServerResponse): void => { void respond(req, res); };
  const limits = { maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 30_000 };
  const { tls } = c.config;
  const server = tls === undefined ? http.createServer(limits, handler) : https.createServer({ ...limits, cert: fs.readFileSync(tls.certFile), key: fs.readFileSync(tls.keyFile), minVersion: 'TLSv1.2' }, handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(c.config.apiPort, c.config.apiHost, resolve);
  });
  const admin = await startAdminServer({ port: c.config.adminPort, health: c.health, metrics: c.metrics, killPoints: c.killPoints });
  c.log.info({ port: c.config.apiPort, adminPort: admin.port, backend: c.queues.backend }, 'listening');
  onShutdown(c.log, async () => {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 5_000).unref();
    });
    await admin.close();
    await waiting.close();
    await c.close();
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : 'start failed'}\n`);
  process.exit(1);
});
