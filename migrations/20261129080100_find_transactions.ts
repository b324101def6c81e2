import type { Knex } from 'knex';

// Staff look for a transaction by what a customer says: by the UTR, and by the mobile number of the sender of
// a transfer.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index transactions_of_utr on transactions (utr) where utr is not null; -- the page /ops/find
    create index dmt_transfers_of_sender on dmt_transfers (sender_id, transaction_id); -- the page /ops/find
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index transactions_of_utr; drop index dmt_transfers_of_sender;');
}
