import type { AccountId } from '../ids/ids';
import { accountCode, type AccountDirectory } from '../ledger/accounts';
import type { ServiceRules, TransactionFacts } from '../posting/service-rules';
import { aepsTransfers, type AepsAccounts } from './recipes';

/** What the shared lifecycle needs to know of AEPS: nothing is held or released, and effects are posted by the recipes of recipes.ts. */
export function createAepsRules(deps: { accounts: AccountDirectory }): ServiceRules {
  async function accountsOf(facts: TransactionFacts): Promise<AepsAccounts> {
    const id = (code: string): Promise<AccountId> => deps.accounts.id(code);
    const [receivable, suspense, feeIncome, gstPayable, providerFee, gstInput] = await Promise.all([
      id(accountCode.receivable(facts.provider, 'aeps')),
      id(accountCode.suspense(facts.provider)),
      id(accountCode.feeIncome(facts.service)),
      id(accountCode.gstPayable()),
      id(accountCode.providerFee(facts.provider)),
      id(accountCode.gstInput()),
    ]);
    return { wallet: facts.accountId, receivable, suspense, feeIncome, gstPayable, providerFee, gstInput };
  }
  return {
    hold: () => Promise.resolve([]),
    release: () => Promise.resolve([]),
    effect: async (effect, facts, provider) =>
      aepsTransfers(effect, await accountsOf(facts), {
        ...facts,
        providerFeePaise: provider.feePaise,
        providerTaxPaise: provider.taxPaise,
      }),
  };
}
