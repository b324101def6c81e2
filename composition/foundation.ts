import type { Knex } from 'knex';
import type { Connector } from '../domain/connectors';
import { systemClock, type Clock } from '../platform/clock';
import {
  ANSWERING,
  OF_A_PROCESS,
  GROWING_TABLES,
  LONG_WORK_MS,
  makeKnex,
  makeListsKnex,
  type DatabaseOptions,
} from '../platform/database';
import { systemIds } from '../platform/ids';
import { createKillPoints } from '../platform/kill-points';
import { thisBuild } from '../platform/build';
import { createAccessLog, silentAccessLog, type AccessLog } from '../platform/access-log';
import { createLog, type Log } from '../platform/logger';
import { createMetrics, onCollect, type Metrics } from '../platform/metrics';
import { checkRedis, createQueues, type QueueSettings } from '../platform/queue';
import type { BreakerSettings } from '../providers/call-guard';
import { createTestClock } from '../platform/test-clock';
import { createWake } from '../platform/wake';
import { redactedConfig, type Config } from './config';
import { createDocumentStore } from './documents';
import type { DomainDependencies } from './domain';

export interface CompositionOverrides {
  clock?: Clock;
  log?: Log;
  accessLog?: AccessLog;
  /** Connectors beside those of the configuration; for tests. */
  connectors?: readonly Connector[];
  /** When the circuit breakers of providers open; for tests. */
  breaker?: Partial<BreakerSettings>;
  /** Which provider carries out a service; for tests. */
  routes?: DomainDependencies['routes'];
  /** Other time limits of the statements; for tests. */
  database?: Omit<DatabaseOptions, 'max' | 'applicationName'>;
}

/** Production has the real clock, and nothing in it reads another; its rehearsal has one that can be moved. */
function hasTestClock(
  { environment, isRehearsal }: Pick<Config, 'environment' | 'isRehearsal'>,
  { clock }: CompositionOverrides,
): boolean {
  return clock === undefined && (environment === 'development' || isRehearsal);
}

/**
 * Statements that take long: of the night as many as it does steps and makes reports at a time, and one; of the console
 * one, since people who have a day reconciled wait for each other anyhow.
 */
const LONG_CONNECTIONS: Readonly<Record<string, number>> = { nightly: 6, ops: 1 };

/** Processes whose statements read whole tables. */
const WHOLE_TABLES: ReadonlySet<string> = new Set(['nightly', 'ops', 'restore']);

/** Processes that people and programs wait for. */
const ANSWERS: ReadonlySet<string> = new Set(['api', 'ops']);

export type Foundation = ReturnType<typeof foundationOf>;

/** What every process stands on; it knows nothing of money. */
export function foundationOf(processName: string, config: Config, overrides: CompositionOverrides) {
  const ids = systemIds;
  const log = overrides.log ?? createLog({ process: processName, level: config.logLevel });
  log.info({ config: redactedConfig(config) }, 'configuration');
  const metrics = createMetrics(processName, { ...thisBuild() });
  const accessLog = overrides.accessLog ?? accessLogOf(processName, config, { overrides, metrics });
  const killPoints = createKillPoints({ process: processName, file: config.killPoints });
  const share = listConnections(processName, config.databaseConnections);
  const applicationName = `munim-${processName}`;
  const knex = makeKnex(config.databaseUrl, {
    ...(ANSWERS.has(processName) ? ANSWERING : {}),
    max: config.databaseConnections - share,
    applicationName,
    ...overrides.database,
    session: {
      ...OF_A_PROCESS,
      ...(WHOLE_TABLES.has(processName) ? {} : GROWING_TABLES),
      ...overrides.database?.session,
    },
  });
  const lists = share === 0 ? knex : makeListsKnex(config.databaseUrl, { max: share, applicationName });
  const longMax = LONG_CONNECTIONS[processName];
  const long =
    longMax === undefined
      ? knex
      : makeKnex(config.databaseUrl, {
          ...{ max: longMax, applicationName, statementMs: LONG_WORK_MS, session: OF_A_PROCESS },
        });
  const testClock = hasTestClock(config, overrides)
    ? createTestClock({ knex, onError: (error) => log.debug({ error }, 'the clock was not read') })
    : undefined;
  const clock = overrides.clock ?? testClock ?? systemClock;
  watchPool(knex, metrics);
  const queueSettings = queueSettingsOf(config);
  const queues = createQueues(queueSettings, { log });
  if (config.redisUrl !== undefined)
    void checkRedis(config.redisUrl).then(
      (warning) => {
        if (warning !== undefined) log.warn({ warning }, 'Redis is not set up as the queues need it');
      },
      () => undefined,
    );
  const wake = createWake({
    queues,
    log,
    metrics: {
      woken: (queue, jobs) => metrics.wakeJobs.inc({ queue }, jobs),
      missed: (queue, count) => metrics.wakeMissedRows.inc({ queue }, count),
    },
  });
  const onError = (error: unknown): void => log.warn({ error }, 'a background read failed');
  return {
    blobs: createDocumentStore(config.documents),
    clock,
    testClock,
    ids,
    log,
    accessLog,
    metrics,
    killPoints,
    knex,
    lists,
    long,
    queues,
    queueSettings,
    wake,
    onError,
  };
}

/** Processes that answer lists; of their connections every third is for those alone. */
const LISTING: ReadonlySet<string> = new Set(['api', 'ops']);

/** How many of a process's connections read lists and nothing else; 0: its few lists are read like the rest. */
export function listConnections(processName: string, connections: number): number {
  return LISTING.has(processName) ? Math.max(1, Math.floor(connections / 3)) : 0;
}

interface Pool {
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
}

/** The connections of the process, as they stand when somebody asks. */
function watchPool(knex: Knex, { databasePool }: Metrics): void {
  const { pool } = knex.client as { pool: Pool };
  onCollect(databasePool, () => {
    databasePool.set({ state: 'used' }, pool.numUsed());
    databasePool.set({ state: 'free' }, pool.numFree());
    databasePool.set({ state: 'waited_for' }, pool.numPendingAcquires());
  });
}

/** Redis when there is a URL, else PostgreSQL. */
export function queueSettingsOf(
  config: Pick<Config, 'redisUrl' | 'databaseUrl' | 'queuePrefix'>,
): QueueSettings {
  return {
    backend: config.redisUrl === undefined ? 'postgres' : 'redis',
    redisUrl: config.redisUrl,
    databaseUrl: config.databaseUrl,
    prefix: config.queuePrefix,
  };
}

/** Requests are written where the process writes its log; a test that has a log of its own gets none. */
function accessLogOf(
  process: string,
  { logLevel }: Config,
  { overrides, metrics }: { overrides: CompositionOverrides; metrics: Metrics },
): AccessLog {
  if (overrides.log !== undefined) return silentAccessLog;
  return createAccessLog({ process, level: logLevel, onDropped: () => metrics.accessLogDropped.inc() });
}
