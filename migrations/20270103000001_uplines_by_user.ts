import type { Knex } from 'knex';

// Which chains a user stands in, asked when the user is closed: an index in the place of a look at all chains.
export async function up(knex: Knex): Promise<void> {
  await knex.raw('create index uplines_of_user on uplines using gin (user_ids)');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index uplines_of_user');
}
