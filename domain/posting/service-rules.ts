import type { AccountId, UserId } from '../ids/ids';
import type { ServiceName } from '../provider/service-name';
import type { Paise } from '../../platform/money';
import type { Transfer } from '../ledger/journal';
import type { Effect } from '../lifecycle/decide';

/** The facts of a transaction that its postings depend on; none of them ever changes. Amounts in paise. */
export interface TransactionFacts {
  id: string;
  userId: UserId;
  service: ServiceName;
  provider: string;
  /** The wallet's ledger account. */
  accountId: AccountId;
  amountPaise: Paise;
  /** Our fee, and the tax on it. */
  feePaise: Paise;
  taxPaise: Paise;
  /** What is passed on whole to the provider on top of the amount (a remittance's charge, a biller's convenience fee), taxes included. */
  chargePaise: Paise;
}

/** What a service adds to the shared lifecycle: which accounts move. An empty list posts nothing. */
export interface ServiceRules {
  hold(facts: TransactionFacts): Promise<Transfer[]>;
  release(facts: TransactionFacts): Promise<Transfer[]>;
  /** `provider`: what the provider charged at the success, without and as tax. */
  effect(
    effect: Effect,
    facts: TransactionFacts,
    provider: { feePaise: Paise; taxPaise: Paise },
  ): Promise<Transfer[]>;
}

export type ServiceRegistry = Readonly<Partial<Record<ServiceName, ServiceRules>>>;
