import type { Policies, ProviderPolicy } from '../../domain/policies/policies';
import { percentOf } from '../../platform/money';

const MINUTE = 60_000;

/** What domain.md asks of a provider in production; the rows of the migration are compared with it. */
export const PRODUCTION_PROVIDER: ProviderPolicy = {
  connectTimeoutMs: 4_000,
  totalTimeoutMs: 30_000,
  sendWindowMs: 20_000,
  pollScheduleMs: [
    15_000,
    30_000,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    20 * MINUTE,
    30 * MINUTE,
    60 * MINUTE,
  ],
  pollForMs: 86_400_000,
  notFoundWindowMs: 15 * MINUTE,
  notFoundInquiries: 3,
  recheckSuccessMs: [86_400_000, 259_200_000],
  maxInFlight: 64,
  ratePerSecond: 10,
  deskPercent: 60,
  fundsRetryMs: [MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE],
};

/** Policies without a database: the first rows of the migration, spelled out. */
export function fixedPolicies(over: Partial<Policies> = {}): Policies {
  const limits: Record<string, { minPaise: bigint; maxPaise: bigint }> = {
    IMPS: { minPaise: 100n, maxPaise: 50_000_000n },
    NEFT: { minPaise: 100n, maxPaise: 1_000_000_000_000n },
    RTGS: { minPaise: 20_000_000n, maxPaise: 1_000_000_000_000n },
    UPI: { minPaise: 100n, maxPaise: 10_000_000n },
  };
  return {
    provider: () => PRODUCTION_PROVIDER,
    service: () => ({ expireAfterMs: 30 * MINUTE, turnaroundDays: 1 }),
    price: () => ({ feePaise: 500n, taxPaise: percentOf(500n, 1_800n, 'half-up'), providerFeePaise: 300n }),
    charge: (_service, _mode, amountPaise) => ({
      chargePaise: percentOf(amountPaise, 100n, 'half-up'),
      taxWithinPaise: 0n,
    }),
    commission: () => undefined,
    tdsOn: () => undefined,
    amountLimit: (_service, mode) => limits[mode],
    periodCap: () => 500_000_000_000n,
    otpRules: () => [{ by: 'phone', span: 'window', windowMs: 10 * MINUTE, most: 30 }],
    bankStatus: () => undefined,
    bankStatuses: () => new Map(),
    refresh: async () => undefined,
    close: () => undefined,
    ...over,
  };
}
