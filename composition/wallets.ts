import { createWalletTransfers, type TransferDependencies } from '../domain/transfers/transfers';
import { createWalletReader } from '../domain/wallets/read';

/** What users have and move: balances, statements, and money between wallets. */
export function createWallets(deps: TransferDependencies) {
  return {
    wallets: createWalletReader(deps),
    walletTransfers: createWalletTransfers(deps),
  };
}
