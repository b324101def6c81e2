import type http from 'node:http';
import { startAdminServer } from '../platform/admin-server';
import { compose } from '../platform/composition';
import { loadConfig } from '../platform/config';
import { exitWithParent } from '../platform/parent-watch';
import { onShutdown } from '../platform/shutdown';
import { createWaiting } from '../domain/transactions/waiting';
import { createApi } from './app';
import { createApiServer } from './server';

async function main(): Promise<void> {
  exitWithParent();
  const c = await compose('api', loadConfig());
  const waiting = createWaiting({ databaseUrl: c.config.databaseUrl, onError: (error) => c.log.warn({ error }, 'the listening connection broke; it is opened again') });
  const respond = createApi({ ...c, waiting, trustedProxyHops: c.config.trustedProxyHops }).callback();
  const handler = (req: http.IncomingMessage, res: http.ServerResponse): void => { void respond(req, res); };
  const server = createApiServer({ handler, ids: c.ids, tls: c.config.tls });
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
