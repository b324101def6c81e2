import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import { MAX_OFFENDERS, notChecked, type Check, type CheckGroup, type Finding, type Offender } from './check';

/** P3: what was answered with 202 is there. Only who sent the requests knows what was answered, so the ids come in from outside. */

/** Where each service keeps what its transactions need beyond their own row. */
const DETAILS = [
  ['payout', 'payouts'],
  ['bbps', 'bbps_payments'],
  ['recharge', 'recharges'],
] as const;

const whole: Check = {
  promise: 'P3',
  name: 'accepted-whole',
  what: 'each stored transaction is stored whole',
  over: 'transactions',
  offenders: `${DETAILS.map(
    ([service, table]) => `
    select 'transaction ' || t.id, 'has no row of its ${service}' from transactions t where t.service = '${service}' and not exists (select from ${table} d where d.transaction_id = t.id)
    union all select '${service} ' || d.transaction_id, 'has no row of its transaction' from ${table} d where not exists (select from transactions t where t.id = d.transaction_id and t.service = '${service}')`,
  ).join(' union all ')}
    union all select 'transaction ' || t.id, 'has no row of its money transfer' from transactions t where t.service = 'dmt' and not exists (select from dmt_transfers d where d.transaction_id = t.id)
    union all select 'money transfer ' || d.transaction_id, case when t.id is null then 'has no row of its transaction' else format('speaks of %s paise, its transaction of %s', d.amount_paise, t.amount_paise) end
      from dmt_transfers d left join transactions t on t.id = d.transaction_id where t.id is null or t.amount_paise <> d.amount_paise
    union all select 'transaction ' || t.id, 'has no row of its AEPS order' from transactions t where t.service = 'aeps' and not exists (select from aeps_withdrawals w where w.transaction_id = t.id)
    union all select 'aeps_withdrawal ' || w.transaction_id, 'has no row of its transaction' from aeps_withdrawals w where not exists (select from transactions t where t.id = w.transaction_id)`,
};

export const ACCEPTED: readonly CheckGroup[] = [{ checks: [whole] }];

const stored = {
  promise: 'P3',
  name: 'accepted-stored',
  what: 'what was answered with 202 is stored',
} as const;

/** Ids are UUIDs of transactions, or of requests of several, whose 202 somebody has seen. */
export async function findAccepted(
  trx: Knex.Transaction,
  ids: readonly string[] | undefined,
): Promise<Finding> {
  if (ids === undefined || ids.length === 0) return notChecked(stored, 'needs the accepted ids');
  const unique = [...new Set(ids)];
  const missing = await rows<{ id: string }>(
    trx,
    `select n.id from unnest(?::uuid[]) as n(id) where not exists (select from transactions t where t.id = n.id)
    and not exists (select from transactions t where t.request_id = n.id and t.request_id <> t.id) order by n.id`,
    [unique],
  );
  const offenders = missing
    .slice(0, MAX_OFFENDERS)
    .map(({ id }): Offender => ({ id: `transaction ${id}`, detail: 'was accepted and is not stored' }));
  return { ...stored, result: { rowsChecked: unique.length, violations: missing.length, offenders } };
}
