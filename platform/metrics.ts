import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { nightMetrics, type NightMetrics } from './night-metrics';

/**
 * Numbers of a process, for Prometheus. Label values come from closed sets: a queue, a job, a code; never an
 * id.
 */
export interface Metrics extends NightMetrics {
  registry: Registry;
  jobs: Counter<'job' | 'outcome'>;
  jobRows: Counter<'job'>;
  jobSeconds: Histogram<'job'>;
  wakeJobs: Counter<'queue'>;
  wakeMissedRows: Counter<'queue'>;
  httpRequests: Counter<'route' | 'method' | 'status'>;
  httpSeconds: Histogram<'route'>;
  keyAddressRefused: Counter<never>;
  ledgerBatch: Histogram<never>;
  ledgerBatchSeconds: Histogram<never>;
  redriven: Counter<'job'>;
  loopPaused: Counter<'queue'>;
  callbacks: Counter<'provider' | 'verdict'>;
  providerCalls: Counter<'provider' | 'call' | 'answer'>;
  waiters: Gauge<never>;
  accessLogDropped: Counter<never>;
  requestsRefused: Counter<'class' | 'why'>;
  callLogDropped: Counter<'why'>;
  restoreOpen: Gauge<never>;
  restoreToAsk: Gauge<never>;
  providerSeconds: Histogram<'provider' | 'call'>;
  providerAvailable: Gauge<'provider' | 'service'>;
  databasePool: Gauge<'state'>;
  pending: Gauge<'service' | 'state' | 'age'>;
  oldestPending: Gauge<'service' | 'state'>;
  overdue: Gauge<'service'>;
  undone: Gauge<'job'>;
  oldestUndone: Gauge<'job'>;
  openCases: Gauge<'kind' | 'age'>;
  oldestCase: Gauge<'kind'>;
  toReconfirm: Gauge<'reason'>;
  queueJobs: Gauge<'queue' | 'state'>;
  queueOldest: Gauge<'queue'>;
  float: Gauge<'provider'>;
  providerBalance: Gauge<'provider'>;
  providerBalanceAt: Gauge<'provider'>;
  waitingForFunds: Gauge<'provider' | 'why'>;
  measuredAt: Gauge<never>;
  verifierRows: Counter<'walk'>;
  verifierBusy: Counter<'walk'>;
  verifierLag: Gauge<never>;
  verifierFindings: Gauge<never>;
  verifierLast: Gauge<never>;
  auditUnsigned: Gauge<never>;
  notifications: Counter<'channel' | 'answer'>;
  riskFindings: Counter<'rule'>;
  riskVerdicts: Gauge<'rule' | 'verdict'>;
}

/** `build` is what `munim_build_info` says of the program that runs. */
export function createMetrics(process: string, build: Readonly<Record<string, string>> = {}): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ process });
  const registers = [registry];
  new Gauge({ name: 'munim_up', help: '1 while the process runs', registers }).set(1);
  new Gauge({
    name: 'munim_build_info',
    help: '1, with what runs: version, schema and Node.js',
    labelNames: Object.keys(build),
    registers,
  }).set(build, 1);
  return {
    registry,
    ...jobMetrics(registers),
    ...apiMetrics(registers),
    ...ledgerMetrics(registers),
    ...providerMetrics(registers),
    ...restoreMetrics(registers),
    ...stateMetrics(registers),
    ...fundsMetrics(registers),
    ...verifierMetrics(registers),
    ...notificationMetrics(registers),
    ...riskMetrics(registers),
    ...nightMetrics(registers),
    ...queueMetrics(registers),
  };
}

/** Sets a gauge anew each time that it is read. */
export function onCollect(gauge: Gauge, set: () => void): void {
  (gauge as Gauge & { collect: () => void }).collect = set;
}

/** Adds the numbers of Node.js itself. Once for each process: what counts them keeps counting until it ends. */
export function addRuntimeMetrics({ registry }: Metrics): void {
  collectDefaultMetrics({ register: registry });
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
    keyAddressRefused: new Counter({
      name: 'munim_key_address_refused_total',
      help: 'Requests with a good API key from an address from which it may not be used',
      registers,
    }),
    httpSeconds: new Histogram({
      name: 'munim_http_seconds',
      help: 'Time to answer',
      labelNames: ['route'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 25],
      registers,
    }),
    accessLogDropped: new Counter({
      name: 'munim_access_log_dropped_total',
      help: 'Lines of requests that were dropped, because they were not taken in time',
      registers,
    }),
    requestsRefused: new Counter({
      name: 'munim_requests_refused_total',
      help: 'Requests beyond what one caller may use up, by class of route and by what was used up',
      labelNames: ['class', 'why'],
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
    providerSeconds: new Histogram({
      name: 'munim_provider_seconds',
      help: 'Time that a provider took to answer a call',
      labelNames: ['provider', 'call'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60],
      registers,
    }),
    providerAvailable: new Gauge({
      name: 'munim_provider_available',
      help: '1 while calls are made, 0 while the circuit breaker is open',
      labelNames: ['provider', 'service'],
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

/** What stands in the database. The maintenance process measures it; of several, take the largest value. */
function stateMetrics(registers: Registry[]) {
  return {
    databasePool: new Gauge({
      name: 'munim_database_pool_connections',
      help: 'Connections of the process to the database: used, free; and who waits for one',
      labelNames: ['state'],
      registers,
    }),
    pending: new Gauge({
      name: 'munim_transactions_pending',
      help: 'Transactions that are not final, by state and by age since they were accepted',
      labelNames: ['service', 'state', 'age'],
      registers,
    }),
    oldestPending: new Gauge({
      name: 'munim_transactions_pending_oldest_seconds',
      help: 'Age of the oldest transaction that is not final',
      labelNames: ['service', 'state'],
      registers,
    }),
    overdue: new Gauge({
      name: 'munim_transactions_overdue',
      help: 'Transactions that are not final past the end of their turnaround',
      labelNames: ['service'],
      registers,
    }),
    undone: new Gauge({
      name: 'munim_undone_rows',
      help: 'Rows with work that is to be done now',
      labelNames: ['job'],
      registers,
    }),
    oldestUndone: new Gauge({
      name: 'munim_undone_oldest_seconds',
      help: 'How long the work that waits longest has waited',
      labelNames: ['job'],
      registers,
    }),
    openCases: new Gauge({
      name: 'munim_cases_open',
      help: 'Cases that people have to look at, by age',
      labelNames: ['kind', 'age'],
      registers,
    }),
    oldestCase: new Gauge({
      name: 'munim_cases_oldest_seconds',
      help: 'Age of the oldest open case',
      labelNames: ['kind'],
      registers,
    }),
    toReconfirm: new Gauge({
      name: 'munim_beneficiaries_to_reconfirm',
      help: 'Stored beneficiaries whose account has to be asked for anew: its IFSC has ended, or its bank has closed',
      labelNames: ['reason'],
      registers,
    }),
    float: new Gauge({
      name: 'munim_float_paise',
      help: 'What our books say that we have with a provider',
      labelNames: ['provider'],
      registers,
    }),
    measuredAt: new Gauge({
      name: 'munim_measured_timestamp_seconds',
      help: 'When the database was measured last',
      registers,
    }),
  };
}

/** Our money with the providers as they tell it, and who waits for it. The maintenance process asks. */
function fundsMetrics(registers: Registry[]) {
  return {
    providerBalance: new Gauge({
      name: 'munim_provider_balance_paise',
      help: 'What a provider says that we can spend there',
      labelNames: ['provider'],
      registers,
    }),
    providerBalanceAt: new Gauge({
      name: 'munim_provider_balance_timestamp_seconds',
      help: 'When the provider knew that balance',
      labelNames: ['provider'],
      registers,
    }),
    waitingForFunds: new Gauge({
      name: 'munim_waiting_for_funds',
      help: 'Payments that wait for our money at a provider: it failed them, queued them, or queued them though it is there',
      labelNames: ['provider', 'why'],
      registers,
    }),
  };
}

/** The verifier that runs by itself, in the maintenance process. */
function notificationMetrics(registers: Registry[]) {
  return {
    notifications: new Counter({
      name: 'munim_notifications_total',
      help: 'Messages to people, by what their sender answered and what was reported of them later',
      labelNames: ['channel', 'answer'],
      registers,
    }),
  };
}

function verifierMetrics(registers: Registry[]) {
  return {
    verifierRows: new Counter({
      name: 'munim_verifier_rows_total',
      help: 'Rows that the verifier has looked at, by the part of the tables',
      labelNames: ['walk'],
      registers,
    }),
    verifierBusy: new Counter({
      name: 'munim_verifier_busy_seconds_total',
      help: 'Time that its steps took; beside the rows, its speed',
      labelNames: ['walk'],
      registers,
    }),
    verifierLag: new Gauge({
      name: 'munim_verifier_lag_seconds',
      help: 'Age of the begin of the last pass that was finished: everything was looked at since',
      registers,
    }),
    verifierFindings: new Gauge({
      name: 'munim_verifier_findings',
      help: 'Rows for which a check does not hold; each has a case',
      registers,
    }),
    verifierLast: new Gauge({
      name: 'munim_verifier_last_pass_violations',
      help: 'What the last pass that was finished has found',
      registers,
    }),
    auditUnsigned: new Gauge({
      name: 'munim_audit_unsigned_seconds',
      help: 'Age of the oldest row of the audit log that no signed head covers',
      registers,
    }),
  };
}

/** What the rules of risk have found; the maintenance process looks. */
function riskMetrics(registers: Registry[]) {
  return {
    riskFindings: new Counter({
      name: 'munim_risk_findings_total',
      help: 'Cases that a rule of risk has opened',
      labelNames: ['rule'],
      registers,
    }),
    riskVerdicts: new Gauge({
      name: 'munim_risk_findings',
      help: 'Findings of thirty days by what became of them: open, false_alarm, suspicious, or closed by themselves',
      labelNames: ['rule', 'verdict'],
      registers,
    }),
  };
}

/** Depth of the queues; the maintenance process measures it. */
function queueMetrics(registers: Registry[]) {
  return {
    queueJobs: new Gauge({
      name: 'munim_queue_jobs',
      help: 'Jobs in a queue',
      labelNames: ['queue', 'state'],
      registers,
    }),
    queueOldest: new Gauge({
      name: 'munim_queue_oldest_seconds',
      help: 'How long the job that waits longest has waited',
      labelNames: ['queue'],
      registers,
    }),
  };
}
