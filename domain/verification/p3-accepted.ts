import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import {
  MAX_OFFENDERS,
  notChecked,
  type Check,
  type CheckGroup,
  type Finding,
  type Offender,
} from '../promises/check';
import type { ServiceDefinition } from '../service-definition/definition';

/**
 * P3: a transaction that was answered with 202 is stored. Only the sender of the requests knows what was
 * answered, so the ids come from outside.
 */

/** Each transaction has its detail row, and each detail row its transaction. */
export function acceptedChecks(services: readonly ServiceDefinition[]): readonly CheckGroup[] {
  const whole: Check = {
    promise: 'P3',
    name: 'accepted-whole',
    what: 'each stored transaction is stored whole',
    slice: 'transactions',
    over: 'transactions',
    offenders: services.flatMap(offendersOf).join(' union all '),
  };
  return [{ checks: [whole] }];
}

function offendersOf({ name, details: { table, of, row, amountColumn } }: ServiceDefinition): string[] {
  const offenders = [
    `select 'transaction ' || t.id, 'has no row of its ${of}' from transactions t
      where t.service = '${name}' and not exists (select from ${table} d where d.transaction_id = t.id)`,
    `select '${row} ' || d.transaction_id, 'has no row of its transaction' from ${table} d
      where not exists (select from transactions t where t.id = d.transaction_id and t.service = '${name}')`,
  ];
  if (amountColumn !== undefined)
    offenders.push(`
      select '${row} ' || d.transaction_id,
        format('speaks of %s paise, its transaction of %s', d.${amountColumn}, t.amount_paise)
      from ${table} d join transactions t on t.id = d.transaction_id where t.amount_paise <> d.${amountColumn}`);
  return offenders;
}

const stored = {
  promise: 'P3',
  name: 'accepted-stored',
  what: 'what was answered with 202 is stored',
} as const;

/** `ids` are UUIDs whose 202 was seen: of transactions, or of requests with several transactions. */
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
