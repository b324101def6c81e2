/** What a transaction may have moved, said once more and plainly: by its state, not by its recipes. */
import assert from 'node:assert/strict';
import type { Transfer } from '../../../domain/ledger/journal';
import type { DebitAccounts } from '../../../domain/posting/debit-recipes';
import type { Effect } from '../../../domain/lifecycle/decide';
import type { State } from '../../../domain/lifecycle/lifecycle';

/**
 * A payout costs the provider's fee; a transfer costs its charge, and may wait for a refund; a withdrawal is
 * paid by another bank, has no hold, and somebody waits for it.
 */
export type Kind = 'payout' | 'transfer' | 'withdrawal';
export interface Money {
  kind: Kind;
  wallet: bigint;
  amountPaise: bigint;
  feePaise: bigint;
  taxPaise: bigint;
  chargePaise: bigint;
  earned: { commissionPaise: bigint; tdsPaise: bigint };
}
interface Known {
  effect: Effect;
  fees: { providerFeePaise: bigint; providerTaxPaise: bigint };
}

const NOTHING: ReadonlySet<State> = new Set(['accepted', 'failed', 'reversed', 'refunded']);

/**
 * Throws unless the journals of a transaction come to what its state says: nothing for what ended without
 * effect; once between wallet and provider for a success; on suspense, and not in the agent's wallet, for a
 * withdrawal that was found too late.
 */
export function moneyIsRight(
  state: State,
  f: Money,
  { posted, transfers }: { posted: readonly Known[]; transfers: readonly Transfer[] },
  accounts: Omit<DebitAccounts, 'wallet'>,
): void {
  const net = new Map<bigint, bigint>();
  for (const { debitAccountId, creditAccountId, amountPaise } of transfers) {
    net.set(debitAccountId, (net.get(debitAccountId) ?? 0n) - amountPaise);
    net.set(creditAccountId, (net.get(creditAccountId) ?? 0n) + amountPaise);
  }
  const on = (account: bigint, paise: bigint, what: string): void => {
    assert.equal(net.get(account) ?? 0n, paise, `${what} of a ${f.kind} that is ${state}`);
  };
  const isOwed = f.kind === 'withdrawal';
  const provider = isOwed ? accounts.receivable : accounts.float;
  const earnedPaise = f.earned.commissionPaise - f.earned.tdsPaise;
  const feesOf = (effect: Effect): bigint => {
    const fees = posted.find((k) => k.effect === effect)?.fees;
    return fees === undefined ? 0n : fees.providerFeePaise + fees.providerTaxPaise;
  };
  // A success that is refunded by the customer's consent, and not undone as a whole: what the provider charged for it stays spent.
  const isFeeSpent =
    !isOwed &&
    state === 'refunded' &&
    posted.at(-1)?.effect === 'refund' &&
    posted.some((k) => k.effect === 'success');
  if (isFeeSpent) {
    on(f.wallet, 0n, 'wallet');
    on(provider, feesOf('success'), "the provider's side");
    on(
      accounts.providerFee,
      -posted.find((k) => k.effect === 'success')!.fees.providerFeePaise,
      'the expense',
    );
  } else if (NOTHING.has(state))
    for (const [account, paise] of net)
      assert.equal(paise, 0n, `account ${account} of a ${f.kind} that is ${state}`);
  if (state === 'succeeded') {
    on(
      f.wallet,
      isOwed ? f.amountPaise : -(f.amountPaise + f.feePaise + f.taxPaise + f.chargePaise),
      'wallet',
    );
    on(
      provider,
      (isOwed ? -f.amountPaise : f.amountPaise + f.chargePaise) + feesOf('success') - earnedPaise,
      "the provider's side",
    );
    for (const account of [
      accounts.clearing,
      accounts.refundPayable,
      accounts.suspense,
      ...(isOwed ? [] : [accounts.receivable]),
    ])
      on(account, 0n, `account ${account}`);
  }
  if (state === 'in_review' && posted.at(-1)?.effect === 'late_success') {
    on(f.wallet, 0n, 'wallet');
    on(accounts.suspense, isOwed ? f.amountPaise : -(f.amountPaise + f.chargePaise), 'suspense');
    on(
      provider,
      (isOwed ? -f.amountPaise : f.amountPaise + f.chargePaise) + feesOf('late_success') - earnedPaise,
      "the provider's side",
    );
  }
}
