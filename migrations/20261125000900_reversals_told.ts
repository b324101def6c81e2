import type { Knex } from 'knex';

// A callback that is not signed may say that the money came back. It is not believed; it stays on the row
// until the provider has answered.
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table transactions add column reversal_told_at timestamptz;');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table transactions drop column reversal_told_at;');
}
