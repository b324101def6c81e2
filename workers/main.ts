import { compose, type Composition } from '../platform/composition';
import { loadConfig } from '../platform/config';
import { startAdminServer } from '../platform/admin-server';
import { exitWithParent } from '../platform/parent-watch';
import { createQueueWorker, type QueueWorker } from '../platform/queue';
import { onShutdown } from '../platform/shutdown';
import { queueName } from '../jobs';
import { createCallbackJobProcessor } from './callbacks/process';
import { createSendProcessor } from './dispatch/send';
import { createHoldProcessor } from './ledger/hold';
import { createSettleProcessor } from './ledger/settle';
import { startLoop, type Loop } from './loop';
import { claimPolls } from './maintenance/poll-claimer';
import { redrive } from './maintenance/redriver';
import { createPollProcessor } from './polling/poll';

/** A worker process: `main.js <type>`. One type for each failure domain; each may run any number of times. */
const LOOP_MS = 250;

type Part = QueueWorker | Loop;

const TYPES: Readonly<Record<string, (c: Composition) => Part[]>> = {
  ledger: (c) => [
    worker(c, queueName('hold'), createHoldProcessor(c)),
    worker(c, queueName('settle'), createSettleProcessor(c)),
  ],
  dispatch: (c) => c.providers.names().map((p) => worker(c, queueName('send', p), createSendProcessor(c))),
  callbacks: (c) => c.providers.names().map((p) => worker(c, queueName('callback', p), createCallbackJobProcessor({ ...c, callbacks: c.callbackProcessor }))),
  polling: (c) => c.providers.names().map((p) => worker(c, queueName('poll', p), createPollProcessor(c))),
  maintenance: (c) => {
    const deps = { ...c, providers: c.providers.names() };
    return [startLoop('redrive', LOOP_MS, c.log, () => redrive(deps)), startLoop('poll-claim', LOOP_MS, c.log, () => claimPolls(deps))];
  },
};

function worker(c: Composition, queue: string, process: Parameters<typeof createQueueWorker>[2]): QueueWorker {
  return createQueueWorker(c.queueSettings, queue, process, { concurrency: c.config.concurrency }, { log: c.log });
}

async function main(): Promise<void> {
  const type = process.argv[2] ?? '';
  const start = TYPES[type];
  if (start === undefined) throw new Error(`usage: main.js <${Object.keys(TYPES).join('|')}>`);
  exitWithParent();
  const c = await compose(type, loadConfig());
  const parts = start(c);
  const admin = await startAdminServer({ port: c.config.adminPort, health: c.health, metrics: c.metrics, killPoints: c.killPoints });
  c.log.info({ type, adminPort: admin.port, backend: c.queues.backend }, 'ready to work');
  onShutdown(c.log, async () => {
    await Promise.all(parts.map((part) => ('close' in part ? part.close() : part.stop())));
    await admin.close();
    await c.close();
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : 'start failed'}\n`);
  process.exit(1);
});
