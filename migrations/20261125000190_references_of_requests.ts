import type { Knex } from 'knex';

// A reference names a request (requests_reference_unique); the parts of one share it.
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table transactions drop constraint transactions_reference_unique');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'alter table transactions add constraint transactions_reference_unique unique (user_id, reference)',
  );
}
