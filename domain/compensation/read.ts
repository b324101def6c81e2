import type { Knex } from 'knex';
import { rows } from '../../platform/database';
import type { Paise } from '../../platform/money';
import { pageOf, type Page } from '../../platform/page';
import type { UserId } from '../ids/ids';

/** Compensation for the delay of one transaction on one day. */
export interface CompensationRow {
  transactionId: string;
  day: string;
  amountPaise: Paise;
  /** Who bears it. */
  payer: 'provider' | 'us';
  service: string;
  provider: string;
  userId: UserId;
  journalId: string;
}

export interface CompensationFilter {
  day?: string | undefined;
  transactionId?: string | undefined;
  limit: number;
  /** The position that the page before gave. */
  after?: string | undefined;
}

export interface Compensations {
  /** The newest days first. */
  list(filter: CompensationFilter): Promise<Page<CompensationRow>>;
}

export const createCompensations = ({ knex }: { knex: Knex }): Compensations => ({
  async list({ day, transactionId, limit, after }) {
    const [lastDay, last] = after?.split(' ') ?? [];
    const found = await rows<CompensationRow>(
      knex,
      `select c.transaction_id as "transactionId", c.business_date::text as day, c.amount_paise as "amountPaise",
        c.payer, t.service, t.provider, t.user_id as "userId", c.journal_id as "journalId"
      from tat_compensations c join transactions t on t.id = c.transaction_id
      where (:day::date is null or c.business_date = :day::date)
        and (:transaction::uuid is null or c.transaction_id = :transaction::uuid)
        and (:lastDay::date is null
          or (c.business_date, c.transaction_id) < (:lastDay::date, :last::uuid))
      order by c.business_date desc, c.transaction_id desc limit :limit`,
      {
        ...{ day: day ?? null, transaction: transactionId ?? null, limit: limit + 1 },
        ...{ lastDay: lastDay ?? null, last: last ?? null },
      },
    );
    return pageOf(found, limit, (one) => `${one.day} ${one.transactionId}`);
  },
});
