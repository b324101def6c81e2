import type { Paise } from '../../platform/money';
import type { Transfer } from '../ledger/journal';
import type { Effect } from './decide';

/** The facts of a transaction that its postings depend on; none of them ever changes. */
export interface TransactionFacts {
  id: string;
  service: string;
  provider: string;
  accountId: bigint;
  amountPaise: Paise;
  feePaise: Paise;
  taxPaise: Paise;
}

/** What a service (payout, later DMT, BBPS …) adds to the shared lifecycle: which accounts move. */
export interface ServiceRules {
  hold(facts: TransactionFacts): Promise<Transfer[]>;
  release(facts: TransactionFacts): Promise<Transfer[]>;
  effect(effect: Effect, facts: TransactionFacts, provider: { feePaise: Paise; taxPaise: Paise }): Promise<Transfer[]>;
}

export type ServiceRegistry = Readonly<Record<string, ServiceRules>>;
