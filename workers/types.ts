import type { AepsKeeper } from '../domain/aeps/keeper';
import type { ComplaintKeeper } from '../domain/bbps/complaint-keeper';
import type { CallbackProcessor } from '../domain/callbacks/process';
import type { Poller } from '../domain/dispatch/poll';
import type { Sender } from '../domain/dispatch/send';
import type { Holds } from '../domain/posting/hold';
import type { Settler } from '../domain/posting/settle';
import { queueName } from '../jobs';
import { createQueueWorker, type QueueSettings, type QueueWorker } from '../platform/queue';
import { createCallbackJobProcessor } from './callbacks/process';
import { createSendProcessor } from './dispatch/send';
import { createHoldProcessor } from './ledger/hold';
import { createSettleProcessor } from './ledger/settle';
import { startLoop, type Loop } from './loop';
import type { MoneyTransfer } from '../domain/dmt/money-transfer';
import { eraseOtps } from './maintenance/otp-eraser';
import { pruneApiLog } from './maintenance/api-log-pruner';
import { keepAeps } from './maintenance/aeps-keeper';
import { keepComplaints } from './maintenance/complaint-keeper';
import { claimPolls, type PollClaimerDependencies } from './maintenance/poll-claimer';
import { redrive, type RedriverDependencies } from './maintenance/redriver';
import { raiseTurnaround } from './maintenance/turnaround';
import { createPollProcessor } from './polling/poll';
import type { ProcessorDependencies } from './processor';

/** The types of worker process: one for each failure domain. What each of them runs is said here and nowhere else. */
export type WorkerDependencies = ProcessorDependencies &
  Omit<RedriverDependencies & PollClaimerDependencies, 'providers'> & {
    aeps: { keeper: AepsKeeper };
    bbps: { complaintKeeper: ComplaintKeeper };
    queueSettings: QueueSettings;
    providers: { names(): readonly string[] };
    holds: Holds;
    settler: Settler;
    sender: Sender;
    poller: Poller;
    callbackProcessor: CallbackProcessor;
    moneyTransfer: Pick<MoneyTransfer, 'otpExpiry'>;
    config: { concurrency: number };
  };

/** How often the loops look. A wake-up that was lost waits for this at the least, an inquiry at the most. */
const LOOP_MS = 500;
/** A full round is followed by the next at once. */
const SLOW_MS = 60_000;
/** What is counted in minutes and days is looked at less often. */
const KEEP_MS = 5_000;

type Process = Parameters<typeof createQueueWorker>[2];
type Part = QueueWorker | Loop;

const START: Readonly<Record<string, (d: WorkerDependencies) => Part[]>> = {
  ledger: (d) => [
    worker(d, queueName('hold'), createHoldProcessor(d)),
    worker(d, queueName('settle'), createSettleProcessor(d)),
  ],
  dispatch: (d) => perProvider(d, (p) => worker(d, queueName('send', p), createSendProcessor(d))),
  callbacks: (d) =>
    perProvider(d, (p) =>
      worker(
        d,
        queueName('callback', p),
        createCallbackJobProcessor({ ...d, callbacks: d.callbackProcessor }),
      ),
    ),
  polling: (d) => perProvider(d, (p) => worker(d, queueName('poll', p), createPollProcessor(d))),
  maintenance: (d) => {
    const deps = { ...d, providers: d.providers.names() };
    return [
      startLoop('redrive', LOOP_MS, d.log, () => redrive(deps)),
      startLoop('poll-claim', LOOP_MS, d.log, () => claimPolls(deps)),
      startLoop('otp-erase', LOOP_MS, d.log, () => eraseOtps({ ...d, ...d.moneyTransfer })),
      startLoop('api-log-prune', SLOW_MS, d.log, () => pruneApiLog(deps)),
      startLoop('aeps-keep', KEEP_MS, d.log, () => keepAeps(deps)),
      startLoop('complaint-keep', KEEP_MS, d.log, () => keepComplaints(deps)),
      startLoop('turnaround', SLOW_MS, d.log, () => raiseTurnaround(deps)),
    ];
  },
};

export const WORKER_TYPES: readonly string[] = Object.keys(START);

function worker(d: WorkerDependencies, queue: string, process: Process): QueueWorker {
  return createQueueWorker(
    d.queueSettings,
    queue,
    process,
    { concurrency: d.config.concurrency },
    { log: d.log },
  );
}

function perProvider(d: WorkerDependencies, start: (provider: string) => QueueWorker): QueueWorker[] {
  return d.providers.names().map(start);
}

/** Starts the workers or loops of a type. Throws when there is no such type. */
export function startWorkers(type: string, deps: WorkerDependencies): { stop(): Promise<void> } {
  const start = START[type];
  if (start === undefined)
    throw new Error(`there is no worker type of that name; there are ${WORKER_TYPES.join(', ')}`);
  const parts = start(deps);
  return {
    async stop() {
      await Promise.all(parts.map((part) => ('close' in part ? part.close() : part.stop())));
    },
  };
}
