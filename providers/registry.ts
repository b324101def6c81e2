import type { CallLog } from '../domain/api-log/port';
import type { Connector, ProviderRegistry } from '../domain/dispatch/provider-port';
import type { Clock } from '../platform/clock';
import { DomainError } from '../platform/errors';
import type { Log } from '../platform/logger';
import type { BreakerSettings, ProviderMetrics, RateLimit } from './call-guard';
import { createEkoConnector } from './eko/connector';
import { withQuietErrors } from './quiet-errors';
import { createRazorpayxConnector } from './razorpayx/connector';
import { createSetuConnector, type BillpaySettings, type RechargeSettings } from './setu/connector';

/** What each provider needs to be called; a provider without settings is not there. */
export interface ProviderSettings {
  razorpayx?: { baseUrl: string; keyId: string; keySecret: string; webhookSecret: string; previousWebhookSecret?: string; accountNumber: string };
  eko?: { baseUrl: string; developerKey: string; accessKey: string; initiatorId: string; userCode: string; aadhaarKey: string };
  setu?: { billpay?: BillpaySettings; recharge?: RechargeSettings };
}

export interface ProviderDeps {
  clock: Clock;
  log?: Log;
  metrics?: ProviderMetrics;
  /** Where each connector notes its calls, masked. */
  callLog?: CallLog;
  /** Defaults of all calls; policy rows may say otherwise for a single one. */
  timeouts: { connectMs: number; totalMs: number };
  breaker?: Partial<BreakerSettings>;
  maxInFlight?: number;
  /** The share of a provider's rate, by its name. */
  limiter?: (provider: string) => RateLimit | undefined;
}

/** Every connector that is configured, by name, and `more` that were made elsewhere. A new provider is added here (see _template/). */
export function createProviderRegistry(settings: ProviderSettings, deps: ProviderDeps, more: readonly Connector[] = []): ProviderRegistry {
  const { limiter, ...shared } = deps;
  const connectors: Connector[] = [];
  if (settings.razorpayx !== undefined) {
    const limit = limiter?.('razorpayx');
    connectors.push(createRazorpayxConnector({ ...shared, ...settings.razorpayx, ...(limit === undefined ? {} : { limiter: limit }) }));
  }
  if (settings.eko !== undefined) {
    const limit = limiter?.('eko');
    connectors.push(createEkoConnector({ ...shared, ...settings.eko, ...(limit === undefined ? {} : { limiter: limit }) }));
  }
  if (settings.setu !== undefined) {
    const limit = limiter?.('setu');
    connectors.push(createSetuConnector({ ...shared, ...settings.setu, ...(limit === undefined ? {} : { limiter: limit }) }));
  }
  return registryOf([...connectors, ...more]);
}

/** A registry of connectors that were made elsewhere. */
export function registryOf(connectors: readonly Connector[]): ProviderRegistry {
  const byName = new Map(connectors.map((c) => [c.name, withQuietErrors(c)]));
  if (byName.size !== connectors.length) throw new TypeError('two connectors have the same name');
  return {
    get(name) {
      const connector = byName.get(name);
      if (connector === undefined) throw new DomainError('PROVIDER_UNKNOWN');
      return connector;
    },
    has: (name) => byName.has(name),
    names: () => [...byName.keys()],
    async close() { await Promise.all(connectors.map((c) => c.close())); },
  };
}
