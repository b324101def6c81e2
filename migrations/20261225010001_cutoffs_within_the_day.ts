import type { Knex } from 'knex';

// A cut-off is an instant of its day, to the minute: 24:00 is of the next one, and its batch could not be opened.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table settlement_rules add constraint settlement_rules_cutoffs_of_day check (time '24:00' <> all (cutoffs)
      and array_position(cutoffs, null) is null);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table settlement_rules drop constraint settlement_rules_cutoffs_of_day');
}
