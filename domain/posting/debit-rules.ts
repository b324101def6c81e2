import { accountId } from '../ids/ids';
import { accountCode, type AccountDirectory } from '../ledger/accounts';
import { effectTransfers, holdTransfers, releaseTransfers, type DebitAccounts } from './debit-recipes';
import { earningsOf } from './earning-rules';
import type { ServiceName } from '../provider/service-name';
import type { ServiceRules, TransactionFacts } from './service-rules';

/** Stands for the account of a customer to whom nothing is owed; no transfer names it. */
const NO_ACCOUNT = accountId(0n);

/** The rules of a service that a wallet pays for: the shared recipes over the service's and the provider's accounts. */
export function createDebitRules(service: ServiceName, deps: { accounts: AccountDirectory }): ServiceRules {
  const shared = ({ provider, isSettlement = false }: TransactionFacts) => ({
    clearing: accountCode.clearing(service),
    float: accountCode.float(provider),
    feeIncome: accountCode.feeIncome(isSettlement ? 'settlement' : service),
    gstPayable: accountCode.gstPayable(),
    providerFee: accountCode.providerFee(provider),
    gstInput: accountCode.gstInput(),
    suspense: accountCode.suspense(provider),
    receivable: accountCode.receivable(provider, 'refund'),
    loss: accountCode.loss(provider),
  });
  async function accountsOf(facts: TransactionFacts, forRefund: boolean): Promise<DebitAccounts> {
    const codes = Object.entries(shared(facts));
    const ids = await Promise.all(
      codes.map(async ([name, code]) => [name, await deps.accounts.id(code)] as const),
    );
    // Each customer has their own; only those who are owed something get one.
    const refundPayable = forRefund
      ? await deps.accounts.id(accountCode.refundPayable(facts.userId))
      : NO_ACCOUNT;
    return {
      ...(Object.fromEntries(ids) as Omit<DebitAccounts, 'wallet' | 'refundPayable'>),
      wallet: facts.accountId,
      refundPayable,
    };
  }
  const none = { providerFeePaise: 0n, providerTaxPaise: 0n };
  return {
    hold: async (facts) => holdTransfers(await accountsOf(facts, false), { ...facts, ...none }),
    release: async (facts) => releaseTransfers(await accountsOf(facts, false), { ...facts, ...none }),
    effect: async (effect, facts, money) => {
      const accounts = {
        ...(await accountsOf(facts, effect.startsWith('refund'))),
        ...(money.feeIncome === undefined ? {} : { feeIncome: money.feeIncome }),
        ...(money.areFeesOwed
          ? { feesOwed: await deps.accounts.id(accountCode.feesOwed(facts.provider)) }
          : {}),
      };
      const earnings = { account: accounts.float, money };
      return [
        ...effectTransfers(effect, accounts, {
          ...facts,
          providerFeePaise: money.feePaise,
          providerTaxPaise: money.taxPaise,
        }),
        ...(await earningsOf({ ...deps, flow: 'debit' }, effect, facts, earnings)),
      ];
    },
  };
}
