import { accountCode, type AccountDirectory } from '../ledger/accounts';
import type { ServiceRules, TransactionFacts } from '../transactions/service-rules';
import { effectTransfers, holdTransfers, releaseTransfers, type PayoutAccounts } from './recipes';

/** The payout's rules for the shared lifecycle. */
export function createPayoutRules(deps: { accounts: AccountDirectory }): ServiceRules {
  async function accountsOf(facts: TransactionFacts): Promise<PayoutAccounts> {
    const id = (code: string): Promise<bigint> => deps.accounts.id(code);
    const [clearing, float, feeIncome, gstPayable, providerFee, gstInput, suspense] = await Promise.all([
      id(accountCode.clearing('payout')), id(accountCode.float(facts.provider)), id(accountCode.feeIncome('payout')), id(accountCode.gstPayable()),
      id(accountCode.providerFee(facts.provider)), id(accountCode.gstInput()), id(accountCode.suspense(facts.provider)),
    ]);
    return { wallet: facts.accountId, clearing, float, feeIncome, gstPayable, providerFee, gstInput, suspense };
  }
  const none = { providerFeePaise: 0n, providerTaxPaise: 0n };
  return {
    hold: async (facts) => holdTransfers(await accountsOf(facts), { ...facts, ...none }),
    release: async (facts) => releaseTransfers(await accountsOf(facts), { ...facts, ...none }),
    effect: async (effect, facts, provider) => effectTransfers(effect, await accountsOf(facts), { ...facts, providerFeePaise: provider.feePaise, providerTaxPaise: provider.taxPaise }),
  };
}
