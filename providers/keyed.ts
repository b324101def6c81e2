import type { CallLog } from '../domain/api-log/port';
import type { Connector } from '../domain/connectors';
import type { Clock } from '../platform/clock';
import type { Log } from '../platform/logger';
import type { BreakerSettings, ProviderMetrics, RateLimit } from './call-guard';

/** What a connector of a keyed provider is made from: its settings (providers/keyed-settings.ts) and what all connectors get. */
export interface KeyedConnectorOptions {
  baseUrl: string;
  apiKey: string;
  callbackSecret: string;
  clock: Clock;
  timeouts: { connectMs: number; totalMs: number };
  log?: Log;
  metrics?: ProviderMetrics;
  callLog?: CallLog;
  breaker?: Partial<BreakerSettings>;
  maxInFlight?: number;
  limiter?: RateLimit;
}

/** How each keyed provider's connector is made. `npm run new:provider` adds a line; a test compares the names with those of the settings. */
export const KEYED_CONNECTORS: Readonly<Record<string, (options: KeyedConnectorOptions) => Connector>> = {};
