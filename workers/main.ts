import { compose } from '../composition/compose';
import type { Config } from '../composition/config';
import { startProcess } from '../composition/start-process';
import { startAdminServer } from '../platform/admin-server';
import { onShutdown } from '../platform/shutdown';
import { StartFault } from '../platform/start-fault';
import { startWorkers, WORKER_TYPES } from './types';

/** A worker process: `main.js <type>`. Each type may run any number of times, on any number of machines. */
const type = process.argv[2] ?? '';

async function main(config: Readonly<Config>): Promise<void> {
  if (!WORKER_TYPES.includes(type))
    throw new StartFault(
      `There is no worker of the type ${JSON.stringify(type)}: name one of ${WORKER_TYPES.join(', ')}.`,
    );
  const c = await compose(type, config);
  const admin = await startAdminServer({
    host: c.config.adminHost,
    log: c.log,
    port: c.config.adminPort,
    health: c.health,
    metrics: c.metrics,
    killPoints: c.killPoints,
  });
  let workers: ReturnType<typeof startWorkers> | undefined;
  onShutdown(c.log, async () => {
    await workers?.stop();
    await admin.close();
    await c.close();
  });
  await c.admitted();
  workers = startWorkers(type, c);
  c.log.info({ type, adminPort: admin.port, backend: c.queues.backend }, 'ready to work');
}

startProcess(type === '' ? 'worker' : type, main);
