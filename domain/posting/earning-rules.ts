import type { AccountId } from '../ids/ids';
import { accountCode, type AccountDirectory } from '../ledger/accounts';
import type { Transfer } from '../ledger/journal';
import type { Effect } from '../lifecycle/decide';
import { earningTransfers, isNothingEarned } from './commission';
import type { ProviderMoney, TransactionFacts } from './service-rules';

/** The part of an effect that concerns the provider's commission; `account` is where the provider pays it. */
export async function earningsOf(
  { accounts, flow }: { accounts: AccountDirectory; flow: 'debit' | 'credit' },
  effect: Effect,
  { provider, service }: TransactionFacts,
  { account, money }: { account: AccountId; money: ProviderMoney },
): Promise<Transfer[]> {
  if (isNothingEarned(money)) return []; // most providers of payouts pay none, and need no accounts for it
  const [commissionIncome, tdsReceivable, suspense] = await Promise.all([
    accounts.id(accountCode.commissionIncome(provider, service)),
    accounts.id(accountCode.tdsReceivable(provider)),
    accounts.id(accountCode.suspense(provider)),
  ]);
  return earningTransfers(
    effect,
    flow,
    { provider: account, commissionIncome, tdsReceivable, suspense },
    money,
  );
}
