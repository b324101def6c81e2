import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { Paise } from '../../platform/money';

export interface HeldAtEnd {
  id: bigint;
  code: string;
  type: string;
  /** Credits less debits at the end of the day. */
  balancePaise: Paise;
  /** The newest day up to then on which it moved. */
  movedOn: string;
}

/**
 * What accounts held at the end of a day, in the order of their ids, after the one that is given. Of a day that is not
 * closed yet it is the last closed one before it.
 */
export const heldAtEnd = (
  db: Knex,
  { day, after, limit }: { day: string; after: bigint; limit: number },
): Promise<HeldAtEnd[]> =>
  rows<HeldAtEnd>(
    db,
    `select a.id, a.code, a.type, s.credits_paise - s.debits_paise as "balancePaise", s.business_date::text as "movedOn"
    from ledger_accounts a cross join lateral (
      select debits_paise, credits_paise, business_date from balance_snapshots
      where account_id = a.id and business_date <= :day::date order by business_date desc limit 1) s
    where a.id > :after order by a.id limit :limit`,
    { day, after, limit },
  );
