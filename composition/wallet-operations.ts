import type { Knex } from 'knex';
import type { Access } from '../domain/access/access';
import { createDisputeDesk } from '../domain/disputes/desk';
import { createDisputeActions } from '../domain/disputes/endings';
import { createFundRequestActions, createFundRequestDesk } from '../domain/funds/fund-request-actions';
import { createReceipts } from '../domain/funds/receipts';
import { createFunds } from '../domain/funds/funds';
import type { AccountDirectory } from '../domain/ledger/accounts';
import { createAnswerActions } from '../domain/settlements/answer-actions';
import { createSettlementAnswers } from '../domain/settlements/answers';
import { createEndActions, createSettlementEnds } from '../domain/settlements/ends';
import { createFileActions, createSettlementFiles } from '../domain/settlements/files';
import { createSettlementDesk } from '../domain/settlements/read';
import { createTaxDesk } from '../domain/remittances/desk';
import { createRemittances } from '../domain/remittances/remit';
import { createControlActions } from '../domain/wallet-controls/control-actions';
import { createWalletControls } from '../domain/wallet-controls/controls';
import { createCommissionOperations } from './commissions';
import type { FieldCipher } from '../platform/encryption';
import type { Clock } from '../platform/clock';
import type { Ids } from '../platform/ids';

/** What staff do about money in wallets, and about commission, which comes into them: alone, and by proposals. */
export function createWalletOperations(deps: {
  knex: Knex;
  clock: Clock;
  ids: Ids;
  access: Access;
  accounts: AccountDirectory;
  cipher?: FieldCipher | undefined;
}) {
  const commissions = createCommissionOperations(deps);
  return {
    actions: {
      ...createFunds(deps),
      ...createReceipts(deps),
      ...createFileActions(deps),
      ...createAnswerActions(deps),
      ...createEndActions(deps),
      ...createRemittances(deps),
      ...createFundRequestActions(deps),
      ...createControlActions(deps),
      ...createDisputeActions(deps),
      ...commissions.actions,
    },
    desk: {
      fundRequests: createFundRequestDesk(deps),
      walletControls: createWalletControls(deps),
      disputes: createDisputeDesk(deps),
      taxes: createTaxDesk(deps),
      settlements: {
        ...createSettlementDesk(deps),
        ...createSettlementFiles(deps),
        ...createSettlementAnswers(deps),
        ...createSettlementEnds(deps),
      },
      ...commissions.desk,
    },
  };
}
