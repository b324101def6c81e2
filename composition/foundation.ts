import type { Connector } from '../domain/connectors';
import { systemClock, type Clock } from '../platform/clock';
import { makeKnex } from '../platform/database';
import { systemIds } from '../platform/ids';
import { createKillPoints } from '../platform/kill-points';
import { createLog, type Log } from '../platform/logger';
import { createMetrics } from '../platform/metrics';
import { checkRedis, createQueues, type QueueSettings } from '../platform/queue';
import { createWake } from '../platform/wake';
import { redactedConfig, type Config } from './config';

export interface CompositionOverrides {
  clock?: Clock;
  log?: Log;
  /** Connectors beside those of the configuration; for tests. */
  connectors?: readonly Connector[];
}

/** What every process stands on; it knows nothing of money. */
export function foundationOf(processName: string, config: Config, overrides: CompositionOverrides) {
  const clock = overrides.clock ?? systemClock;
  const ids = systemIds;
  const log = overrides.log ?? createLog({ process: processName, level: config.logLevel });
  log.info({ config: redactedConfig(config) }, 'configuration');
  const metrics = createMetrics(processName);
  const killPoints = createKillPoints({ process: processName, file: config.killPoints });
  const knex = makeKnex(config.databaseUrl, {
    max: config.databaseConnections,
    applicationName: `munim-${processName}`,
  });
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
  return { clock, ids, log, metrics, killPoints, knex, queues, queueSettings, wake, onError };
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
