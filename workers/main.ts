import { compose } from '../composition/compose';
import { loadConfig } from '../composition/config';
import { startAdminServer } from '../platform/admin-server';
import { exitWithParent } from '../platform/parent-watch';
import { onShutdown } from '../platform/shutdown';
import { startWorkers, WORKER_TYPES } from './types';

/** A worker process: `main.js <type>`. Each type may run any number of times, on any number of machines. */
async function main(): Promise<void> {
  const type = process.argv[2] ?? '';
  if (!WORKER_TYPES.includes(type)) throw new Error(`usage: main.js <${WORKER_TYPES.join('|')}>`);
  exitWithParent();
  const c = await compose(type, loadConfig());
  const admin = await startAdminServer({
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

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : 'start failed'}\n`);
  process.exit(1);
});
