import { setTimeout } from 'node:timers/promises';
import { keepCertificate } from '../platform/certificate';
import { startAdminServer } from '../platform/admin-server';
import { compose, type Composition } from '../composition/compose';
import type { Config } from '../composition/config';
import { startProcess } from '../composition/start-process';
import { onShutdown } from '../platform/shutdown';
import { createWaiting } from '../domain/transactions/waiting';
import { createApi } from './app';
import { LONGEST_WAIT_S } from './schemas/headers';
import { createApiServer } from './server';
import { createTraffic } from './traffic';

/** Time for a request to record, settle and answer once its provider has answered or may no longer. */
const ANSWER_MS = 5_000;
/** Taken for the longest where the database does not say within a second. */
const USUAL_MS = 60_000;
const LOOK_UP_MS = 1_000;

async function main(config: Readonly<Config>): Promise<void> {
  const c = await compose('api', config);
  const waiting = createWaiting({
    databaseUrl: c.config.databaseUrl,
    onError: (error) => c.log.warn({ error }, 'the listening connection broke; it is opened again'),
  });
  const traffic = createTraffic(
    createApi({ ...c, waiting, trustedProxyHops: c.config.trustedProxyHops }).callback(),
  );
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
      await c.close();
    },
    async () => {
      c.health.leave();
      const longest = Promise.race([
        longestRequestMs(c),
        setTimeout(LOOK_UP_MS, USUAL_MS, { ref: false }),
      ]).catch(() => USUAL_MS);
      const cut = await traffic.leave(
        server,
        longest.then((ms) => ms + ANSWER_MS),
      );
      if (cut > 0) c.log.error({ requests: cut }, 'requests were cut off: they took longer than any should');
    },
  );
  await c.admitted();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(c.config.apiPort, c.config.apiHost, resolve);
  });
  c.log.info({ port: c.config.apiPort, adminPort: admin.port, backend: c.queues.backend }, 'listening');
}

/**
 * The longest that a request may take to be answered: a terminal's deadline, a call to a provider, or what a
 * caller may wait for.
 */
async function longestRequestMs(c: Composition): Promise<number> {
  const { answerWithinMs } = c.aeps.policies.at(c.clock.now());
  return Math.max(
    answerWithinMs,
    LONGEST_WAIT_S * 1_000,
    ...c.providers.names().map((name) => c.policies.provider(name).totalTimeoutMs),
  );
}

startProcess('api', main);
