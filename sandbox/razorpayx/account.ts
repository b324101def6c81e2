/**
 * The account that pays (docs: x/account-types, x/manage-teams/billing, x/payouts/queued/balance-threshold,
 * api/x/account-validation/balance-fetch). A Lite account is Razorpay's own: its balance is always known, and a
 * payout takes its fee along. A current account (or an escrow account) is at a partner bank: Razorpay refreshes
 * its balance now and then, so the bank may hold less than Razorpay believes; and fees are collected apart.
 */
import type { Statement } from './statement';

export const ACCOUNT_TYPES = ['current_account', 'razorpayx_lite'] as const;
export type AccountType = (typeof ACCOUNT_TYPES)[number];

export interface AccountSettings {
  /** A payout that would leave less than this is queued, although the money is there. */
  thresholdPaise: bigint;
  /** How old Razorpay's knowledge of the balance becomes before it is refreshed; 0: it is always fresh. */
  refreshMs: number;
  /** The docs show both forms: a debit of the amount alone, and one with the fee. */
  isFeeInDebit: boolean;
  /** The bank takes the money of payouts that then fail, and gives it back later. */
  isDebitedBeforeFailure: boolean;
}

export interface Account {
  readonly type: AccountType;
  readonly settings: Readonly<AccountSettings>;
  change(settings: Partial<AccountSettings>): void;
  /** What a payout takes out of the account. */
  debitOf(amountPaise: bigint, feesPaise: bigint): bigint;
  /** The balance as Razorpay knows it, and since when (unix ms). */
  known(): { balancePaise: bigint; refreshedAtMs: number };
  /** True if Razorpay sends the payout on; otherwise it is queued. */
  sendsOn(amountPaise: bigint, debitPaise: bigint): boolean;
  /** True if the bank holds too little, whatever Razorpay believes. */
  isShort(debitPaise: bigint): boolean;
  /** Money that came or (below zero) went without Razorpay. */
  movedElsewhere(paise: bigint): void;
  /** Razorpay asks the bank for the balance. */
  refresh(): void;
}

export function createAccount(
  type: AccountType,
  { statement, nowMs }: { statement: Readonly<Statement>; nowMs: () => number },
): Account {
  const settings: AccountSettings = {
    thresholdPaise: 0n,
    refreshMs: 0,
    isFeeInDebit: type === 'razorpayx_lite',
    isDebitedBeforeFailure: false,
  };
  let unseenPaise = 0n; // what came, less what went, since the balance was refreshed
  let refreshedAtMs = nowMs();

  function refresh(): void {
    unseenPaise = 0n;
    refreshedAtMs = nowMs();
  }
  function known(): { balancePaise: bigint; refreshedAtMs: number } {
    if (type === 'razorpayx_lite' || nowMs() - refreshedAtMs >= settings.refreshMs) refresh();
    return { balancePaise: statement.balancePaise - unseenPaise, refreshedAtMs };
  }

  return {
    type,
    settings,
    change(changed) {
      known(); // what was due to be refreshed until now is
      Object.assign(settings, changed);
    },
    debitOf: (amountPaise, feesPaise) => amountPaise + (settings.isFeeInDebit ? feesPaise : 0n),
    known,
    sendsOn(amountPaise, debitPaise) {
      const { balancePaise } = known();
      return balancePaise >= debitPaise && balancePaise - amountPaise >= settings.thresholdPaise;
    },
    isShort: (debitPaise) => statement.balancePaise < debitPaise,
    movedElsewhere(paise) {
      unseenPaise += paise;
    },
    refresh,
  };
}
