import type { Knex } from 'knex';
import type { CallLog } from '../domain/api-log/port';
import type { Connector, ConnectorRegistry } from '../domain/connectors';
import { SERVICES } from '../domain/provider/service-name';
import type { Policies } from '../domain/policies/policies';
import type { Clock } from '../platform/clock';
import { defined } from '../platform/defined';
import type { Log } from '../platform/logger';
import { onCollect, type Metrics } from '../platform/metrics';
import { createRateLimit } from '../platform/rate-limit';
import type { BreakerSettings } from '../providers/call-guard';
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
    /** Callers wait for the calls of this process, but for those that were admitted. */
    isDesk: boolean;
    /** Other than their own; for tests. */
    breaker: Partial<BreakerSettings> | undefined;
    /** Beside those of the configuration; for tests. */
    connectors: readonly Connector[];
  },
): ConnectorRegistry {
  const registry = createProviderRegistry(
    config.providers,
    {
      clock: deps.clock,
      log: deps.log,
      callLog: deps.callLog,
      ...defined({ breaker: deps.breaker }),
      metrics: {
        called: (provider, operation, result, elapsedMs) => {
          deps.metrics.providerCalls.inc({ provider, call: operation, answer: result });
          deps.metrics.providerSeconds.observe({ provider, call: operation }, elapsedMs / 1_000);
        },
        refused: (provider, operation, why) =>
          deps.metrics.providerCalls.inc({ provider, call: operation, answer: why }),
        unlistedStatus: (provider) =>
          deps.metrics.providerCalls.inc({ provider, call: 'status', answer: 'unlisted' }),
        breakerChanged: (provider, state) =>
          deps.log.warn({ provider, state }, 'the circuit breaker changed'),
      },
      boundsOf: (provider) => {
        const { connectTimeoutMs, totalTimeoutMs, maxInFlight, deskPercent } =
          deps.policies.provider(provider);
        return {
          timeouts: { connectMs: connectTimeoutMs, totalMs: totalTimeoutMs },
          maxInFlight,
          ...(deps.isDesk
            ? { deskInFlight: Math.max(1, Math.floor((maxInFlight * deskPercent) / 100)) }
            : {}),
          limiter: createRateLimit({
            knex: deps.knex,
            key: provider,
            perSecond: () => deps.policies.provider(provider).ratePerSecond,
            deskPercent: () => deps.policies.provider(provider).deskPercent,
          }),
        };
      },
    },
    deps.connectors,
  );
  watchBreakers(registry, deps.metrics);
  return registry;
}

/** Whether calls are made is read when somebody asks, for each service that a provider offers. */
function watchBreakers(registry: ConnectorRegistry, { providerAvailable }: Metrics): void {
  const connectors = registry.names().map((name) => registry.get(name));
  onCollect(providerAvailable, () => {
    for (const connector of connectors)
      for (const service of SERVICES.filter((name) => connector[name] !== undefined))
        providerAvailable.set({ provider: connector.name, service }, connector.available(service) ? 1 : 0);
  });
}
