import type { TransactionId, AccountId, UserId } from '../ids/ids';
import type { ServiceName } from '../provider/service-name';
import type { Paise } from '../../platform/money';
import type { Transfer } from '../ledger/journal';
import type { Effect } from '../lifecycle/decide';
import type { Earnings } from './commission';

/** The facts of a transaction on which its postings depend; none ever changes. Amounts in paise. */
export interface TransactionFacts {
  id: TransactionId;
  userId: UserId;
  service: ServiceName;
  provider: string;
  /** The wallet's ledger account. */
  accountId: AccountId;
  amountPaise: Paise;
  /** Our fee, and the tax on it. */
  feePaise: Paise;
  taxPaise: Paise;
  /**
   * What passes to the provider as a whole on top of the amount (the charge of a money transfer, a biller's
   * convenience fee), taxes included.
   */
  chargePaise: Paise;
  /** It pays what a user has earned to their bank account: its fee is that of settlements. */
  isSettlement?: boolean;
}

/** What the provider charges us and pays us beside the amount. */
export interface ProviderMoney {
  /** The provider's fee at the success, and the tax on it. */
  feePaise: Paise;
  taxPaise: Paise;
  /** It collects them later: our float still has them, and we owe them. */
  areFeesOwed: boolean;
  /** What it states or, where it states nothing, what was agreed. */
  told: Earnings;
  /** What earlier effects posted of that and did not give back. */
  posted: Earnings;
  /** Where an earlier effect posted our fee: it is given back from there. */
  feeIncome?: AccountId | undefined;
}

/** The transfers that a service adds to the shared lifecycle. An empty list posts nothing. */
export interface ServiceRules {
  /** After a failure it is asked about again, as after a success. */
  readonly asksAfterFailure?: true;
  hold(facts: TransactionFacts): Promise<Transfer[]>;
  release(facts: TransactionFacts): Promise<Transfer[]>;
  effect(effect: Effect, facts: TransactionFacts, provider: ProviderMoney): Promise<Transfer[]>;
}

export type ServiceRegistry = Readonly<Partial<Record<ServiceName, ServiceRules>>>;
