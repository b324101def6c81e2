import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- From where a key may be used; null is from anywhere. An empty list would be a key that opens nothing.
    alter table api_keys add column allowed_from cidr[],
      add constraint api_keys_allowed_from_some check (cardinality(allowed_from) between 1 and 50);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table api_keys drop column allowed_from');
}
