import type { ProviderPolicy } from './policies';

/** The time limits of one call to a provider, ms. */
export function timeoutsOf(policy: ProviderPolicy): { connectMs: number; totalMs: number } {
  return { connectMs: policy.connectTimeoutMs, totalMs: policy.totalTimeoutMs };
}
