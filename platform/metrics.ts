import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * Numbers of a process, for Prometheus. Label values come from closed sets: a queue, a job, a code; never an
 * id.
 */
export interface Metrics {
  registry: Registry;
  jobs: Counter<'job' | 'outcome'>;
  jobRows: Counter<'job'>;
  jobSeconds: Histogram<'job'>;
  wakeJobs: Counter<'queue'>;
  wakeMissedRows: Counter<'queue'>;
  httpRequests: Counter<'route' | 'method' | 'status'>;
  httpSeconds: Histogram<'route'>;
  ledgerBatch: Histogram<never>;
  ledgerBatchSeconds: Histogram<never>;
  redriven: Counter<'job'>;
  loopPaused: Counter<'queue'>;
  callbacks: Counter<'provider' | 'verdict'>;
  providerCalls: Counter<'provider' | 'call' | 'answer'>;
  waiters: Gauge<never>;
  callLogDropped: Counter<'why'>;
  restoreOpen: Gauge<never>;
  restoreToAsk: Gauge<never>;
}

export function createMetrics(process: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ process });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    ...jobMetrics(registers),
    ...apiMetrics(registers),
    ...ledgerMetrics(registers),
    ...providerMetrics(registers),
    ...restoreMetrics(registers),
  };
}

/** Jobs, and the wake-ups that lead to them. */
function jobMetrics(registers: Registry[]) {
  return {
    jobs: new Counter({
      name: 'munim_jobs_total',
      help: 'Jobs processed',
      labelNames: ['job', 'outcome'],
      registers,
    }),
    jobRows: new Counter({
      name: 'munim_job_rows_total',
      help: 'Rows that jobs named',
      labelNames: ['job'],
      registers,
    }),
    jobSeconds: new Histogram({
      name: 'munim_job_seconds',
      help: 'Time to process a job',
      labelNames: ['job'],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    wakeJobs: new Counter({
      name: 'munim_wake_jobs_total',
      help: 'Jobs added after a commit',
      labelNames: ['queue'],
      registers,
    }),
    wakeMissedRows: new Counter({
      name: 'munim_wake_missed_rows_total',
      help: 'Rows left to their re-drive because the queue was away',
      labelNames: ['queue'],
      registers,
    }),
    redriven: new Counter({
      name: 'munim_redriven_rows_total',
      help: 'Overdue rows queued again',
      labelNames: ['job'],
      registers,
    }),
    loopPaused: new Counter({
      name: 'munim_redrive_paused_total',
      help: 'Rounds in which a queue had a backlog of its own',
      labelNames: ['queue'],
      registers,
    }),
  };
}

/** Requests of callers, and callers that wait. */
function apiMetrics(registers: Registry[]) {
  return {
    httpRequests: new Counter({
      name: 'munim_http_requests_total',
      help: 'Requests answered',
      labelNames: ['route', 'method', 'status'],
      registers,
    }),
    httpSeconds: new Histogram({
      name: 'munim_http_seconds',
      help: 'Time to answer',
      labelNames: ['route'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 25],
      registers,
    }),
    waiters: new Gauge({
      name: 'munim_waiting_callers',
      help: 'Callers that wait for a transaction',
      registers,
    }),
  };
}

/** The ledger's group commits. */
function ledgerMetrics(registers: Registry[]) {
  return {
    ledgerBatch: new Histogram({
      name: 'munim_ledger_batch_postings',
      help: 'Postings in one database transaction',
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000],
      registers,
    }),
    ledgerBatchSeconds: new Histogram({
      name: 'munim_ledger_batch_seconds',
      help: 'Time of one database transaction of the ledger',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
      registers,
    }),
  };
}

/** Calls to providers, their callbacks, and the log of both. */
function providerMetrics(registers: Registry[]) {
  return {
    callbacks: new Counter({
      name: 'munim_callbacks_total',
      help: 'Callbacks received',
      labelNames: ['provider', 'verdict'],
      registers,
    }),
    providerCalls: new Counter({
      name: 'munim_provider_calls_total',
      help: 'Calls to providers',
      labelNames: ['provider', 'call', 'answer'],
      registers,
    }),
    callLogDropped: new Counter({
      name: 'munim_call_log_dropped_total',
      help: 'Notes of the API log that were dropped, because too many waited or the database did not take them',
      labelNames: ['why'],
      registers,
    }),
  };
}

/** Set by the maintenance process. */
function restoreMetrics(registers: Registry[]) {
  return {
    restoreOpen: new Gauge({
      name: 'munim_restore_open',
      help: '1 while a restore is open: transactions from before it wait for the answer of their provider',
      registers,
    }),
    restoreToAsk: new Gauge({
      name: 'munim_restore_transactions_to_ask',
      help: 'Transactions of the open restore that are still to be asked about',
      registers,
    }),
  };
}
