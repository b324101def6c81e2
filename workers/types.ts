import type { CallbackProcessor } from '../domain/callbacks/process';
import type { Poller } from '../domain/dispatch/poll';
import type { Sender } from '../domain/dispatch/send';
import type { Holds } from '../domain/posting/hold';
import type { Settler } from '../domain/posting/settle';
import { queueName } from '../jobs';
import type { Liveness, Pulse } from '../platform/liveness';
import { createQueueWorker, type QueueSettings, type QueueWorker } from '../platform/queue';
import { createCallbackJobProcessor } from './callbacks/process';
import { createSendProcessor } from './dispatch/send';
import { createHoldProcessor } from './ledger/hold';
import { createSettleProcessor } from './ledger/settle';
import { startLoop, type Loop } from './loop';
import { LOOPS, type LoopDependencies } from './maintenance/loops';
import { createReportProcessor, driveReports, expireFiles, type ReportDependencies } from './nightly/reports';
import { driveNights, measureNights, type NightLoopDependencies } from './nightly/loop';
import { settleToday, type SettlementLoopDependencies } from './nightly/settlements';
import { createNightProcessor } from './nightly/step';
import { createPollProcessor } from './polling/poll';
import type { ProcessorDependencies } from './processor';

/** The types of worker process, one for each failure domain, and what each of them runs. */
export type WorkerDependencies = ProcessorDependencies &
  Omit<LoopDependencies, 'providers'> &
  NightLoopDependencies &
  SettlementLoopDependencies &
  ReportDependencies & {
    queueSettings: QueueSettings;
    providers: { names(): readonly string[] };
    holds: Holds;
    settler: Settler;
    sender: Sender;
    poller: Poller;
    callbackProcessor: CallbackProcessor;
    config: { concurrency: number };
    /** Ends a process whose loops and workers hang. */
    liveness?: Liveness;
  };

/** A round may have several statements, and each ends within 20 s. */
const LONGEST_ROUND_MS = 60_000;
/**
 * Jobs that wait for their provider cost nothing; as long as there is room for more, the job of another user is begun
 * beside them (domain/dispatch/send-lines.ts).
 */
const SEND_JOBS = 512;
/** Steps of a night that a process does side by side; most of them wait for the database. */
const NIGHT_JOBS = 3;
/** A cut-off is met within a minute. */
const SETTLEMENT_MS = 60_000;
/** Nobody waits for a night but the next step. */
const NIGHT_MS = 1_000;
/** Reports that a process makes side by side: each has a connection for its snapshot. */
const REPORT_JOBS = 2;
const REPORT_MS = 1_000;
const EXPIRY_MS = 60_000;
const NIGHT_MEASURE_MS = 10_000;
const NO_PULSE: Pulse = { beat: () => undefined, end: () => undefined };

type Process = Parameters<typeof createQueueWorker>[2];
type Part = QueueWorker | Loop;

const START: Readonly<Record<string, (d: WorkerDependencies) => Part[]>> = {
  ledger: (d) => [
    worker(d, queueName('hold'), createHoldProcessor(d)),
    worker(d, queueName('settle'), createSettleProcessor(d)),
  ],
  dispatch: (d) =>
    perProvider(d, (p) =>
      worker(d, queueName('send', p), createSendProcessor(d), Math.max(d.config.concurrency, SEND_JOBS)),
    ),
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
    return LOOPS.map((loop) => timerLoop(d, loop, () => loop.run(deps)));
  },
  nightly: (d) => [
    worker(d, queueName('night'), createNightProcessor(d), NIGHT_JOBS),
    timerLoop(d, { name: 'night', everyMs: NIGHT_MS }, () => driveNights(d)),
    timerLoop(d, { name: 'night-measure', everyMs: NIGHT_MEASURE_MS }, () => measureNights(d)),
    timerLoop(d, { name: 'settlement', everyMs: SETTLEMENT_MS }, () => settleToday(d)),
    worker(d, queueName('report'), createReportProcessor(d), REPORT_JOBS),
    timerLoop(d, { name: 'reports', everyMs: REPORT_MS }, () => driveReports(d)),
    timerLoop(d, { name: 'report-files', everyMs: EXPIRY_MS }, () => expireFiles(d)),
    {
      stop: async () => {
        d.night.stop();
        d.reports.stop();
      },
    },
  ],
};

export const WORKER_TYPES: readonly string[] = Object.keys(START);

function worker(
  d: WorkerDependencies,
  queue: string,
  process: Process,
  concurrency = d.config.concurrency,
): QueueWorker {
  return createQueueWorker(d.queueSettings, queue, process, {
    concurrency,
    pulse: (turning) => d.liveness?.watch(queue, turning) ?? NO_PULSE,
    log: d.log,
  });
}

function timerLoop(
  { liveness, log }: WorkerDependencies,
  { name, everyMs }: { name: string; everyMs: number },
  round: () => Promise<boolean>,
): Loop {
  const pulse = liveness?.watch(name, { longestMs: everyMs + LONGEST_ROUND_MS });
  return startLoop({ name, everyMs, log, pulse }, round);
}

function perProvider(d: WorkerDependencies, start: (provider: string) => QueueWorker): QueueWorker[] {
  return d.providers.names().map(start);
}

/** Starts the workers or loops of a type. Throws if the type does not exist. */
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
