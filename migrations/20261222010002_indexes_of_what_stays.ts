import type { Knex } from 'knex';

// The indexes of transactions are on what stays until they end: until then a row is written anew on its own page, and
// no index with it (HOT). Half of a page is left free for that. What is learned on the way, the UTR and the provider's
// id, is found by the outcomes that told of it, which are written once.
//
// Programs of before look for the old columns and would read the whole table: they cannot work with this.
export const config = { transaction: false };

const OPEN = "state in ('accepted', 'held', 'dispatched', 'refund_pending', 'in_review')";
const ENDED = "state in ('succeeded', 'failed', 'reversed', 'refunded')";

type Indexes = Readonly<Record<string, string>>;

const INDEXES: Indexes = {
  transactions_due: 'transactions (due_from) where due_from is not null', // re-drive loop
  transactions_polled: 'transactions (poll_from) where poll_from is not null', // poll claim loop
  // what is under way, and held and available of a wallet
  transactions_open: 'transactions (wallet_id, id) where ended_as is null',
  // lists of what has ended: written once in the life of a transaction, when it ends
  transactions_ended: 'transactions (user_id, service, ended_as, id) where ended_as is not null',
  transactions_turnaround: 'transactions (expected_by) where ended_as is null and overdue_at is null', // its loop
  // searches and callbacks by the provider's id, and by the UTR
  transaction_outcomes_provider_reference:
    'transaction_outcomes (provider_reference) where provider_reference is not null',
  transaction_outcomes_utr: 'transaction_outcomes (utr) where utr is not null',
};
const OF_BEFORE: Indexes = {
  transactions_due: 'transactions (due_at) where due_at is not null',
  transactions_polled: 'transactions (next_poll_at) where next_poll_at is not null',
  transactions_open: `transactions (wallet_id, id) where ${OPEN}`,
  transactions_ended: `transactions (user_id, service, state, id) where ${ENDED}`,
  transactions_turnaround: `transactions (expected_by) where overdue_at is null and ${OPEN}`,
  transaction_outcomes_provider_reference: `transaction_outcomes (provider_reference)
    where provider_reference is not null and source <> 'dispatch'`,
  transactions_of_utr: 'transactions (utr) where utr is not null',
  transactions_provider_reference: `transactions (provider, provider_reference)
    where provider_reference is not null and service <> 'payout'`,
};

export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table transactions set (fillfactor = 50)');
  await replace(knex, OF_BEFORE, INDEXES);
  await knex.raw("update schema_floor set needs = '20261222010002_indexes_of_what_stays'");
}

export async function down(knex: Knex): Promise<void> {
  await replace(knex, INDEXES, OF_BEFORE);
  await knex.raw('alter table transactions set (fillfactor = 70)');
  await knex.raw("update schema_floor set needs = '20261129174000_balances_move_with_transfers'");
}

/** First all that is new, beside the work of others, and then the old ones go: at no time is one missing. */
async function replace(knex: Knex, old: Indexes, next: Indexes): Promise<void> {
  for (const [name, of] of Object.entries(next)) {
    await knex.raw(`drop index concurrently if exists ${name}_next`); // one that broke off is left behind
    await knex.raw(`create index concurrently ${name}_next on ${of}`);
  }
  for (const name of Object.keys(old)) await knex.raw(`drop index concurrently if exists ${name}`);
  for (const name of Object.keys(next)) await knex.raw(`alter index ${name}_next rename to ${name}`);
}
