import type { Connector, ConnectorRegistry } from '../domain/connectors';
import { DomainError } from '../domain/errors/errors';
import type { CallSettings } from './caller';
import type { ProviderDefinition } from './definition';
import { PROVIDERS, type ProvidersConfig } from './list';
import { withQuietErrors } from './quiet-errors';

export interface ProviderDeps extends Pick<
  CallSettings,
  'clock' | 'log' | 'metrics' | 'callLog' | 'breaker'
> {
  /** The limits on calls to a provider, by its name. */
  boundsOf: (provider: string) => CallBounds;
}

/** The time-outs of a provider's calls, how many are made at a time, and its share of a rate. */
export type CallBounds = Pick<CallSettings, 'timeouts' | 'maxInFlight' | 'deskInFlight' | 'limiter'>;

/** Every connector that is configured, by name, and `more` that were made elsewhere. */
export function createProviderRegistry(
  config: ProvidersConfig,
  { boundsOf, ...shared }: ProviderDeps,
  more: readonly Connector[] = [],
): ConnectorRegistry {
  const definitions = Object.entries(PROVIDERS as Record<string, ProviderDefinition<object>>);
  const connectors = definitions.flatMap(([name, definition]) => {
    const settings = (config as Record<string, object | undefined>)[name];
    return settings === undefined ? [] : [definition.connect({ ...shared, ...boundsOf(name), ...settings })];
  });
  return registryOf([...connectors, ...more].map(withQuietErrors));
}

/** A registry of connectors that were made elsewhere. */
export function registryOf(connectors: readonly Connector[]): ConnectorRegistry {
  const byName = new Map(connectors.map((c) => [c.name, c]));
  if (byName.size !== connectors.length) throw new TypeError('two connectors have the same name');
  return {
    get(name) {
      const connector = byName.get(name);
      if (connector === undefined) throw new DomainError('PROVIDER_UNKNOWN');
      return connector;
    },
    has: (name) => byName.has(name),
    names: () => [...byName.keys()],
    async close() {
      await Promise.all(connectors.map((c) => c.close()));
    },
  };
}
