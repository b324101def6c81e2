import type { Knex } from 'knex';

// Three statements of the night read all that there ever was for what is open: movements that nobody has booked (their
// rows, in the order of keys), and delays that ended since a day. Both indexes hold what is open, or seldom: rows leave
// the first when they are booked, and a delay is an exception.
export const config = { transaction: false };

export async function up(knex: Knex): Promise<void> {
  await knex.raw('drop index concurrently if exists recon_rows_to_book');
  await knex.raw(`
    create index concurrently recon_rows_to_book on recon_rows (source_id, row_key)
    where journal_id is null and (part = 'fees' or part in ('credit', 'debit') and (state = 'open' or rule = 11))`);
  await knex.raw('drop index concurrently if exists tat_delays_stopped');
  await knex.raw(
    'create index concurrently tat_delays_stopped on tat_delays (stopped_on) where stopped_on is not null',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index recon_rows_to_book');
  await knex.raw('drop index tat_delays_stopped');
}
