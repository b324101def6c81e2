import type { Knex } from 'knex';

// What is under way, by its id alone. Each change of a transaction writes its indexes anew: with the state in the key
// every entry went to another page, and the key was half as long again. A user has few of them under way at a time.
export const config = { transaction: false };

const OPEN = "state in ('accepted', 'held', 'dispatched', 'refund_pending', 'in_review')";

export async function up(knex: Knex): Promise<void> {
  await replace(knex, 'wallet_id, id');
}

export async function down(knex: Knex): Promise<void> {
  await replace(knex, 'wallet_id, service, state, id');
}

async function replace(knex: Knex, columns: string): Promise<void> {
  await knex.raw('drop index concurrently if exists transactions_open_next'); // one that broke off is left behind
  await knex.raw(
    `create index concurrently transactions_open_next on transactions (${columns}) where ${OPEN}`,
  );
  await knex.raw('drop index concurrently if exists transactions_open');
  await knex.raw('alter index transactions_open_next rename to transactions_open');
}
