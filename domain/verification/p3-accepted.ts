import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { MAX_OFFENDERS, notChecked, type Check, type CheckGroup, type Finding, type Offender } from './check';

/** P3: what was answered with 202 is there. Only who sent the requests knows what was answered, so the ids come in from outside. */

const whole: Check = {
  promise: 'P3', name: 'accepted-whole', what: 'each stored transaction is stored whole', over: 'transactions',
  offenders: `
    select 'transaction ' || t.id, 'has no row of its payout' from transactions t where t.service = 'payout' and not exists (select from payouts p where p.transaction_id = t.id)
    union all select 'transaction ' || t.id, 'has no row of its AEPS order' from transactions t where t.service = 'aeps' and not exists (select from aeps_withdrawals w where w.transaction_id = t.id)
    union all select 'aeps_withdrawal ' || w.transaction_id, 'has no row of its transaction' from aeps_withdrawals w where not exists (select from transactions t where t.id = w.transaction_id)
    union all select 'payout ' || p.transaction_id, 'has no row of its transaction' from payouts p where not exists (select from transactions t where t.id = p.transaction_id)`,
};

export const ACCEPTED: readonly CheckGroup[] = [{ checks: [whole] }];

const stored = { promise: 'P3', name: 'accepted-stored', what: 'what was answered with 202 is stored' } as const;

/** Ids are UUIDs of transactions whose 202 somebody has seen. */
export async function findAccepted(trx: Knex.Transaction, ids: readonly string[] | undefined): Promise<Finding> {
  if (ids === undefined || ids.length === 0) return notChecked(stored, 'needs the accepted ids');
  const unique = [...new Set(ids)];
  const missing = await rows<{ id: string }>(trx, 'select n.id from unnest(?::uuid[]) as n(id) where not exists (select from transactions t where t.id = n.id) order by n.id', [unique]);
  const offenders = missing.slice(0, MAX_OFFENDERS).map(({ id }): Offender => ({ id: `transaction ${id}`, detail: 'was accepted and is not stored' }));
  return { ...stored, result: { rowsChecked: unique.length, violations: missing.length, offenders } };
}
