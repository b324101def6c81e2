import type { Knex } from 'knex';

// The permission to use a service is called by its name, which may have digits.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table permissions drop constraint permissions_name_form,
      add constraint permissions_name_form check (name ~ '^[a-z][a-z0-9_]*\\.[a-z][a-z_]*$')
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table permissions drop constraint permissions_name_form,
      add constraint permissions_name_form check (name ~ '^[a-z][a-z_]*\\.[a-z][a-z_]*$')
  `);
}
