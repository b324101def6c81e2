import type { Knex } from 'knex';
import type { CallLog } from '../domain/api-log/port';
import type { Connector, ConnectorRegistry } from '../domain/connectors';
import type { Policies } from '../domain/policies/policies';
import type { Clock } from '../platform/clock';
import type { Log } from '../platform/logger';
import type { Metrics } from '../platform/metrics';
import { createRateLimit } from '../platform/rate-limit';
import { createProviderRegistry } from '../providers/registry';
import type { Config } from './config';

/** Connectors of the configured providers, within the limits of their policy rows. */
export function createConnectors(
  config: Pick<Config, 'providers'>,
  deps: {
    knex: Knex;
    clock: Clock;
    log: Log;
    metrics: Metrics;
    policies: Policies;
    callLog: CallLog;
    /** Beside those of the configuration; for tests. */
    connectors: readonly Connector[];
  },
): ConnectorRegistry {
  return createProviderRegistry(
    config.providers,
    {
      clock: deps.clock,
      log: deps.log,
      callLog: deps.callLog,
      metrics: {
        called: (provider, operation, result) =>
          deps.metrics.providerCalls.inc({ provider, call: operation, answer: result }),
        refused: (provider, operation, why) =>
          deps.metrics.providerCalls.inc({ provider, call: operation, answer: why }),
        unlistedStatus: (provider) =>
          deps.metrics.providerCalls.inc({ provider, call: 'status', answer: 'unlisted' }),
        breakerChanged: (provider, state) =>
          deps.log.warn({ provider, state }, 'the circuit breaker changed'),
      },
      boundsOf: (provider) => {
        const { connectTimeoutMs, totalTimeoutMs, maxInFlight } = deps.policies.provider(provider);
        return {
          timeouts: { connectMs: connectTimeoutMs, totalMs: totalTimeoutMs },
          maxInFlight,
          limiter: createRateLimit({
            knex: deps.knex,
            key: provider,
            perSecond: () => deps.policies.provider(provider).ratePerSecond,
          }),
        };
      },
    },
    deps.connectors,
  );
}
