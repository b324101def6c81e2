import type { CallLog } from '../domain/api-log/port';
import type { Connector } from '../domain/connectors';
import type { ConnectorRegistry } from '../domain/connectors';
import type { Clock } from '../platform/clock';
import { DomainError } from '../domain/errors/errors';
import type { Log } from '../platform/logger';
import type { BreakerSettings, ProviderMetrics, RateLimit } from './call-guard';
import { createEkoConnector } from './eko/connector';
import { KEYED_CONNECTORS } from './keyed';
import type { KeyedProviders } from './keyed-settings';
import { withQuietErrors } from './quiet-errors';
import { createRazorpayxConnector } from './razorpayx/connector';
import { createSetuConnector, type BillpaySettings, type RechargeSettings } from './setu/connector';

/** What each provider needs to be called; a provider without settings is not there. */
export interface ProviderSettings {
  keyed?: KeyedProviders;
  razorpayx?: {
    baseUrl: string;
    keyId: string;
    keySecret: string;
    webhookSecret: string;
    previousWebhookSecret?: string;
    accountNumber: string;
  };
  eko?: {
    baseUrl: string;
    developerKey: string;
    accessKey: string;
    initiatorId: string;
    userCode: string;
    aadhaarKey: string;
  };
  setu?: { billpay?: BillpaySettings; recharge?: RechargeSettings };
}

export interface ProviderDeps {
  clock: Clock;
  log?: Log;
  metrics?: ProviderMetrics;
  /** Where each connector notes its calls, masked. */
  callLog?: CallLog;
  breaker?: Partial<BreakerSettings>;
  /** What a provider may be asked at a time, by its name. */
  boundsOf: (provider: string) => CallBounds;
}

export interface CallBounds {
  /** Defaults of its calls; a single one may say otherwise. */
  timeouts: { connectMs: number; totalMs: number };
  maxInFlight?: number;
  /** The share of a provider's rate. */
  limiter?: RateLimit;
}

/** Every connector that is configured, by name, and `more` that were made elsewhere. `npm run new:provider` adds one (docs/adding-a-provider.md). */
export function createProviderRegistry(
  settings: ProviderSettings,
  deps: ProviderDeps,
  more: readonly Connector[] = [],
): ConnectorRegistry {
  const { boundsOf, ...shared } = deps;
  const connectors: Connector[] = [];
  if (settings.razorpayx !== undefined)
    connectors.push(createRazorpayxConnector({ ...shared, ...boundsOf('razorpayx'), ...settings.razorpayx }));
  if (settings.eko !== undefined)
    connectors.push(createEkoConnector({ ...shared, ...boundsOf('eko'), ...settings.eko }));
  if (settings.setu !== undefined)
    connectors.push(createSetuConnector({ ...shared, ...boundsOf('setu'), ...settings.setu }));
  for (const [name, own] of Object.entries(settings.keyed ?? {}))
    connectors.push(KEYED_CONNECTORS[name]!({ ...shared, ...boundsOf(name), ...own }));
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
