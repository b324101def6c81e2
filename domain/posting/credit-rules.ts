import type { AccountId } from '../ids/ids';
import { accountCode, type AccountDirectory } from '../ledger/accounts';
import type { ServiceName } from '../provider/service-name';
import { creditEffectTransfers, type CreditAccounts } from './credit-recipes';
import { earningsOf } from './earning-rules';
import type { ServiceRules, TransactionFacts } from './service-rules';

/** The rules of a service whose wallet is paid: nothing is held or released, and effects are posted by the shared recipes. */
export function createCreditRules(
  service: ServiceName,
  deps: { accounts: AccountDirectory },
  { isProviderFeeKept = false }: { isProviderFeeKept?: boolean } = {},
): ServiceRules {
  async function accountsOf(facts: TransactionFacts): Promise<CreditAccounts> {
    const id = (code: string): Promise<AccountId> => deps.accounts.id(code);
    const [receivable, suspense, feeIncome, gstPayable, providerFee, gstInput] = await Promise.all([
      id(accountCode.receivable(facts.provider, service)),
      id(accountCode.suspense(facts.provider)),
      id(accountCode.feeIncome(service)),
      id(accountCode.gstPayable()),
      id(accountCode.providerFee(facts.provider)),
      id(accountCode.gstInput()),
    ]);
    return { wallet: facts.accountId, receivable, suspense, feeIncome, gstPayable, providerFee, gstInput };
  }
  return {
    hold: () => Promise.resolve([]),
    release: () => Promise.resolve([]),
    effect: async (effect, facts, money) => {
      const accounts = await accountsOf(facts);
      const earnings = { account: accounts.receivable, money };
      return [
        ...creditEffectTransfers(effect, accounts, {
          ...facts,
          service,
          providerFeePaise: money.feePaise,
          providerTaxPaise: money.taxPaise,
          isProviderFeeKept,
        }),
        ...(await earningsOf({ ...deps, flow: 'credit' }, effect, facts, earnings)),
      ];
    },
  };
}
