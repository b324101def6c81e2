import type { Knex } from 'knex';

// During an upgrade programs of before and after run on one schema. A program refuses to start on a schema
// that is behind it. On one that is ahead it runs, unless `needs` names a migration that it does not know: a
// migration that programs of before cannot work with (a column that is gone, a rule that they break) sets
// `needs` to its own name.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table schema_floor (
      is_only boolean primary key default true,
      needs text not null, -- the newest migration that a program must know
      constraint schema_floor_one_row check (is_only),
      constraint schema_floor_needs_form check (needs ~ '^[0-9]{14}_[a-z0-9_]+$')
    );
    insert into schema_floor (needs) values ('20261129080000_schema_floor');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table schema_floor');
}
