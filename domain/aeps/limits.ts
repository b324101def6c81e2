import type { UserId } from '../ids/ids';
import type { Knex } from 'knex';
import { businessDate } from '../../platform/clock';
import { execute, rows } from '../../platform/database';
import { DomainError, fieldError } from '../errors/errors';
import { AEPS_ERRORS } from './errors';
import { formatRupees, MAX_AMOUNT_PAISE, type Paise } from '../../platform/money';
import { lockLimitsForUpdate } from '../ledger/rows';
import { requireAmount, type AmountRefusal } from '../policies/amounts';
import type { Policies } from '../policies/policies';
import type { AepsKind, AepsOrder } from './request';

/**
 * The limits of a customer, reserved under a lock when a transaction begins and given back when it fails
 * (settle gives back the counter; the day's count leaves out failed transactions).
 */
export interface CustomerLimits {
  limitKey: string;
  limitCapPaise: Paise;
  dayCap: number | null;
}

/**
 * Throws DomainError AEPS_AMOUNT_OUT_OF_RANGE. Source: NPCI 2022, 10,000 rupees a transaction; rows in
 * amount_limits. Cash comes in whole rupees.
 */
export function checkAmount(
  order: Pick<AepsOrder, 'kind' | 'amountPaise'>,
  policies: Policies,
  at: Date,
): void {
  const { kind, amountPaise } = order;
  const refusal: AmountRefusal = {
    error: AEPS_ERRORS.AEPS_AMOUNT_OUT_OF_RANGE,
    notInForce: 'this is not in force',
  };
  const isCash = kind === 'withdrawal';
  const limit = requireAmount(
    policies,
    { service: 'aeps', mode: kind, amountPaise, at },
    isCash ? { ...refusal, outside: wholeRupees } : refusal,
  );
  if (isCash && amountPaise % 100n !== 0n)
    throw fieldError(
      refusal.error,
      '#/amount',
      wholeRupees(formatRupees(limit.minPaise), formatRupees(limit.maxPaise)),
    );
}

function wholeRupees(from: string, to: string): string {
  return `the amount must be from ${from} to ${to}, in whole rupees`;
}

/**
 * The customer's counter for the month, over all agents, which is also the lock under which the day is
 * counted.
 */
export function limitsOf(
  kind: AepsKind,
  customerRef: Buffer,
  deps: { policies: Policies; customerDayCount: number },
  at: Date,
): CustomerLimits {
  const month = businessDate(at).slice(0, 7);
  return {
    limitKey: `aeps_${kind}:${customerRef.toString('hex')}:${month}`,
    limitCapPaise: deps.policies.periodCap(`aeps_${kind}`, 'month', at) ?? MAX_AMOUNT_PAISE,
    dayCap: kind === 'withdrawal' ? deps.customerDayCount : null,
  };
}

/**
 * Reserves for a transaction that is already stored, in the same database transaction. Throws DomainError
 * AEPS_CUSTOMER_LIMIT.
 */
export async function reserve(
  trx: Knex.Transaction,
  limits: CustomerLimits,
  order: AepsOrder,
  of: { id: string; userId: UserId; customerRef: Buffer; businessDate: string },
): Promise<void> {
  const counter = (
    await lockLimitsForUpdate(trx, [
      { key: limits.limitKey, capPaise: limits.limitCapPaise, amountPaise: order.amountPaise },
    ])
  ).get(limits.limitKey)!;
  // The remainder is not told: it would reveal the customer's transactions at other counters.
  if (counter.usedPaise + order.amountPaise > limits.limitCapPaise)
    throw new DomainError(AEPS_ERRORS.AEPS_CUSTOMER_LIMIT, {
      detail:
        `a customer may have ${formatRupees(limits.limitCapPaise)} in a month, and this would be more; ` +
        'try a smaller amount, or next month',
    });
  await execute(trx, 'update limit_counters set used_paise = used_paise + ?, cap_paise = ? where key = ?', [
    order.amountPaise,
    limits.limitCapPaise,
    limits.limitKey,
  ]);
  if (limits.dayCap === null) return;
  // A separate statement after the lock, so that it sees every transaction that began before.
  const [day] = await rows<{ count: number }>(
    trx,
    `
    select count(*)::int as count from aeps_withdrawals w join transactions t on t.id = w.transaction_id
    where w.user_id = ? and w.customer_ref = ? and w.business_date = ?::date and w.kind = 'withdrawal'
      and w.transaction_id <> ? and t.state not in ('failed', 'reversed', 'refunded')`,
    [of.userId, of.customerRef, of.businessDate, of.id],
  );
  if (day!.count >= limits.dayCap)
    throw new DomainError(AEPS_ERRORS.AEPS_CUSTOMER_LIMIT, {
      detail: `a customer has ${limits.dayCap} withdrawals with an agent on a day; the next is for tomorrow`,
    });
}
