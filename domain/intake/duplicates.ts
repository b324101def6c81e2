import type { Knex } from 'knex';
import { execute } from '../../platform/database';
import type { DomainError } from '../errors/errors';
import type { NewRequest } from './accepted-rows';

/**
 * A soft rule against paying the same thing twice: a later order that looks like an earlier one is refused,
 * unless its caller says that it is meant.
 */
export interface DuplicateRule<D> {
  /**
   * Two orders that could be duplicates have a key in common. A chance collision only makes two orders wait for
   * each other.
   */
  keysOf(details: D): readonly bigint[];
  /** True where a repeat is meant, or the rule is switched off. Later orders are still compared with it. */
  isExempt(details: D): boolean;
  /** What a caller is told whose order looks like `earlier`, which is stored in the same insert. */
  refusalBeside(details: D, earlier: D): DomainError | undefined;
  /** What callers are told because of orders that are committed, by their place in the list. */
  refusalsOfStored(trx: Knex.Transaction, list: readonly D[]): Promise<ReadonlyMap<number, DomainError>>;
}

/**
 * Makes the rule exact: `admit` of a service. Orders with the same key take the same lock and only then, in a
 * separate statement, look for committed duplicates. So of two at the same instant, under different
 * idempotency keys and in different processes, one is told of the other.
 */
export function refuseDuplicates<D>(rule: DuplicateRule<D>) {
  return async (
    trx: Knex.Transaction,
    list: readonly NewRequest<D>[],
  ): Promise<(DomainError | undefined)[]> => {
    const details = list.map((request) => request.transactions[0]!.details);
    await lockInOrder(trx, [...new Set(details.flatMap((d) => rule.keysOf(d)))]);
    const stored = await rule.refusalsOfStored(trx, details);
    const kept = new Map<bigint, D[]>();
    return details.map((d, i) => {
      const key = rule.keysOf(d)[0]!; // one process gives its keys in one order
      const earlier = kept.get(key) ?? [];
      const refusal = rule.isExempt(d) ? undefined : (stored.get(i) ?? besideAny(rule, d, earlier));
      if (refusal === undefined) kept.set(key, [...earlier, d]);
      return refusal;
    });
  };
}

function besideAny<D>(rule: DuplicateRule<D>, details: D, earlier: readonly D[]): DomainError | undefined {
  for (const one of earlier) {
    const refusal = rule.refusalBeside(details, one);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Until the end of the database transaction. In one order, so that no two inserts wait for each other. */
export async function lockInOrder(trx: Knex.Transaction, keys: readonly bigint[]): Promise<void> {
  await execute(
    trx,
    'select pg_advisory_xact_lock(k) from (select k from unnest(?::int8[]) as k order by k) as sorted',
    [keys],
  );
}

/** A key of `DuplicateRule` from a digest. */
export function keyOfDigest(digest: Buffer): bigint {
  return digest.subarray(0, 8).readBigInt64BE();
}
