import type { Knex } from 'knex';

// What a payout is compared with: those to the same beneficiary, the newest first, of callers whom the rule binds. Of
// others nothing is in the index. Built while others write.
export const config = { transaction: false };

export async function up(knex: Knex): Promise<void> {
  await knex.raw('drop index concurrently if exists payouts_compared'); // one that broke off is left behind
  await knex.raw(
    'create index concurrently payouts_compared on payouts (beneficiary_id, transaction_id) where is_compared',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index concurrently if exists payouts_compared');
}
