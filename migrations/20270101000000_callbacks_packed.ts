import type { Knex } from 'knex';

// The bytes of a callback are packed before they are sealed. Programs of before would take what is packed for what the
// provider sent, and open a case about it.
export async function up(knex: Knex): Promise<void> {
  await knex.raw("update schema_floor set needs = '20270101000000_callbacks_packed'");
}

/** What was stored packed and is not processed yet stays so: a program that knows it has to read it first. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw("update schema_floor set needs = '20261222010002_indexes_of_what_stays'");
}
