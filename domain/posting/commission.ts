import type { AccountId } from '../ids/ids';
import type { Paise } from '../../platform/money';
import type { Transfer } from '../ledger/journal';
import type { Effect } from '../lifecycle/decide';

/**
 * What a provider pays us for a transaction, and what it took on top of the charge that we passed on. It comes
 * and goes with the money that the provider moves, whatever the effect does to the customer: what it keeps of
 * the transaction's money it has paid commission for, and with the money it takes the commission back.
 */
export interface Earnings {
  /** Before TDS. */
  commissionPaise: Paise;
  tdsPaise: Paise;
  /** The charge that the provider states, less the one that we passed on; below zero if it took less. */
  chargeDifferencePaise: Paise;
}

/** Whether a wallet pays for the service, or is paid. */
type Flow = 'debit' | 'credit';

export interface EarningAccounts {
  /** Where the provider moves the money: our float with it, or what it owes us. */
  provider: AccountId;
  commissionIncome: AccountId;
  tdsReceivable: AccountId;
  suspense: AccountId;
}

export const NO_EARNINGS: Earnings = { commissionPaise: 0n, tdsPaise: 0n, chargeDifferencePaise: 0n };

/** After these effects the provider has the money of a service that a wallet pays for. */
const PROVIDER_HAS_IT: ReadonlySet<Effect> = new Set([
  'success',
  'late_success',
  'refund_due',
  'refund_due_after_success',
  'refund_withdrawn',
  'review_success',
  'late_success_confirmed',
  'late_success_borne',
]);
/** After these it owes us the money of a service that pays a wallet. */
const PROVIDER_OWES_IT: ReadonlySet<Effect> = new Set([
  'success',
  'late_success',
  'refund_withdrawn',
  'review_success',
  'late_success_confirmed',
]);

/** The effects after which a provider's commission is ours, by the flow of the service. */
export const EARNED_AFTER: Readonly<Record<Flow, ReadonlySet<Effect>>> = {
  debit: PROVIDER_HAS_IT,
  credit: PROVIDER_OWES_IT,
};

/**
 * The transfers that lead from what earlier effects have posted to what is right after this one. `told` is what
 * the provider has stated or, where it has not, what was agreed. Commission less TDS: provider -> income; TDS:
 * tax receivable -> income; another charge than ours: suspense -> provider, for a person to look at. What is
 * given back has the opposite direction and a code that ends in `_reversed`.
 */
export function earningTransfers(
  effect: Effect,
  flow: Flow,
  a: EarningAccounts,
  { told, posted }: { told: Earnings; posted: Earnings },
): Transfer[] {
  const due = EARNED_AFTER[flow].has(effect) ? told : NO_EARNINGS;
  const net = (e: Earnings): Paise => e.commissionPaise - e.tdsPaise;
  return [
    ...signed(a.provider, a.commissionIncome, net(due) - net(posted), 'commission'),
    ...signed(a.tdsReceivable, a.commissionIncome, due.tdsPaise - posted.tdsPaise, 'commission_tds'),
    ...signed(
      a.suspense,
      a.provider,
      due.chargeDifferencePaise - posted.chargeDifferencePaise,
      'charge_difference',
    ),
  ];
}

/** One transfer; of a negative amount its reverse, of nothing none. */
function signed(debit: AccountId, credit: AccountId, amountPaise: Paise, code: string): Transfer[] {
  if (amountPaise === 0n) return [];
  return amountPaise > 0n
    ? [{ debitAccountId: debit, creditAccountId: credit, amountPaise, code }]
    : [
        {
          debitAccountId: credit,
          creditAccountId: debit,
          amountPaise: -amountPaise,
          code: `${code}_reversed`,
        },
      ];
}

/** True where no commission is known or posted, so that no account of one is needed. */
export function isNothingEarned({ told, posted }: { told: Earnings; posted: Earnings }): boolean {
  return [told, posted].every(
    (e) => e.commissionPaise === 0n && e.tdsPaise === 0n && e.chargeDifferencePaise === 0n,
  );
}
