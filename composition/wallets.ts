import { isInSubtree } from '../domain/network/subtree';
import type { Network } from '../domain/transfers/network';
import { createWalletTransfers, type TransferDependencies } from '../domain/transfers/transfers';
import { createWalletReader } from '../domain/wallets/read';

const NETWORK: Network = {
  isAbove: async (trx, upper, lower) =>
    upper !== lower && (await isInSubtree(trx, { top: upper, user: lower })),
};

/** What users have and move: balances, statements, and money between wallets. */
export function createWallets(deps: Omit<TransferDependencies, 'network'>, network = NETWORK) {
  return {
    wallets: createWalletReader(deps),
    walletTransfers: createWalletTransfers({ ...deps, network }),
  };
}
