import type { Ids } from '../platform/ids';
import { createDisputeKeeper } from '../domain/disputes/keeper';
import { createDisputes } from '../domain/disputes/disputes';
import { createFundRequests } from '../domain/funds/fund-requests';
import { createSettlementReader } from '../domain/settlements/read';
import { createStatements } from '../domain/statements/statements';
import { createWalletTransfers, type TransferDependencies } from '../domain/transfers/transfers';
import { createWalletReader } from '../domain/wallets/read';

/** What users have and move: balances, statements, and money between wallets. */
export function createWallets(deps: TransferDependencies & { ids: Ids }) {
  return {
    wallets: createWalletReader(deps),
    fundRequests: createFundRequests(deps),
    disputes: createDisputes(deps),
    disputeKeeper: createDisputeKeeper(deps),
    settlements: createSettlementReader(deps),
    statements: createStatements(deps),
    walletTransfers: createWalletTransfers(deps),
  };
}
