import type { ProviderFunds } from '../../domain/driving/provider-funds';
import type { Metrics } from '../../platform/metrics';

export interface FundsWatcherDependencies {
  metrics: Metrics;
  providerFunds: { watch(): Promise<ProviderFunds> };
}

/** One round: reads the balances of the providers that tell them, and who waits for money. */
export async function watchProviderFunds({
  metrics,
  providerFunds,
}: FundsWatcherDependencies): Promise<boolean> {
  const { balances, waiting } = await providerFunds.watch();
  for (const { provider, availablePaise, refreshedAt } of balances) {
    metrics.providerBalance.set({ provider }, Number(availablePaise));
    metrics.providerBalanceAt.set({ provider }, refreshedAt.getTime() / 1_000);
  }
  metrics.waitingForFunds.reset();
  for (const { provider, why, count } of waiting) metrics.waitingForFunds.set({ provider, why }, count);
  return false;
}
