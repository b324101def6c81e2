import { createFundRequests } from '../domain/funds/fund-requests';
import { createSettlementReader } from '../domain/settlements/read';
import { createStatements } from '../domain/statements/statements';
import { createWalletTransfers, type TransferDependencies } from '../domain/transfers/transfers';
import { createWalletReader } from '../domain/wallets/read';

/** What users have and move: balances, statements, and money between wallets. */
export function createWallets(deps: TransferDependencies) {
  return {
    wallets: createWalletReader(deps),
    fundRequests: createFundRequests(deps),
    settlements: createSettlementReader(deps),
    statements: createStatements(deps),
    walletTransfers: createWalletTransfers(deps),
  };
}
