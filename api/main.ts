import { createTurns, type TurnsOptions } from '../platform/http/turns';
import { proxiesOf } from '../platform/http/client-address';
import { keepCertificate } from '../platform/certificate';
import { startAdminServer } from '../platform/admin-server';
import { compose } from '../composition/compose';
import { createLimits } from '../composition/limits';
import type { Config } from '../composition/config';
import { startProcess } from '../composition/start-process';
import { onShutdown } from '../platform/shutdown';
import { createWaiting, endedOf } from '../domain/transactions/waiting';
import { createApi } from './app';
import { isCallback } from './middleware/request';
import { longestMs, timeLimitsOf } from './middleware/time-limit';
import { createApiServer } from './server';
import { createTraffic } from './traffic';

/** Connections that wait to be taken: many apps come back at once when the network does. The system may allow less. */
const BACKLOG = 4_096;
/**
 * As in the lines before scarce places, whoever waits longer than this is better told so. What was accepted ends by
 * callbacks: they do not wait for new requests.
 */
const TURNS: TurnsOptions = {
  most: 4,
  lateMs: 5_000,
  lineOf: (req) => String(isCallback(req)),
  callerOf: (req) => req.headers.authorization ?? req.socket.remoteAddress ?? '',
};

async function main(config: Readonly<Config>): Promise<void> {
  const c = await compose('api', config);
  const limits = await createLimits(c);
  const waiting = createWaiting({
    databaseUrl: c.config.databaseUrl,
    places: () => limits.rules.share('waits'),
    ended: (ids) => endedOf(c.knex, ids),
    onError: (error) => c.log.warn({ error }, 'the listening connection broke; it is opened again'),
  });
  const timeLimits = timeLimitsOf(c);
  const turns = createTurns(TURNS);
  const api = createApi({
    ...c,
    isLate: (req) => turns.isLate(req),
    limits,
    waiting,
    trustedProxies: proxiesOf(c.config),
    timeLimits,
    showsDocs: c.config.environment !== 'production',
  });
  const traffic = createTraffic(turns.inTurns(api.callback()));
  const server = createApiServer({
    handler: traffic.handler,
    ids: c.ids,
    accessLog: c.accessLog,
    tls: c.config.tls,
  });
  const stopLooking = keepCertificate(server, c.config.tls, c);
  const admin = await startAdminServer({
    host: c.config.adminHost,
    log: c.log,
    port: c.config.adminPort,
    health: c.health,
    metrics: c.metrics,
    killPoints: c.killPoints,
  });
  onShutdown(
    c.log,
    async () => {
      stopLooking();
      await admin.close();
      await waiting.close();
      await limits.close();
      await c.close();
    },
    async () => {
      c.health.leave();
      const cut = await traffic.leave(server, Promise.resolve(longestMs(timeLimits)));
      if (cut > 0) c.log.error({ requests: cut }, 'requests were cut off: they took longer than any should');
    },
  );
  await c.admitted();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: c.config.apiPort, host: c.config.apiHost, backlog: BACKLOG }, resolve);
  });
  c.log.info({ port: c.config.apiPort, adminPort: admin.port, backend: c.queues.backend }, 'listening');
}

startProcess('api', main);
