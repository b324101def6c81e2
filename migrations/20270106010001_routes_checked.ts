import type { Knex } from 'knex';

// What the migration before left to be checked of old rows, without a lock that others wait for.
export const config = { transaction: false };

export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table transactions validate constraint transactions_route_length');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table transactions drop constraint transactions_route_length,
      add constraint transactions_route_length check (length(route) between 1 and 300) not valid;
  `);
}
