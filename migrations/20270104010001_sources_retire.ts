import type { Knex } from 'knex';

// From this day on no file of the source is awaited: a night of that day or later goes on without one. A file that comes
// all the same is imported and judged as ever.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table recon_sources add column retired_from date,
      add constraint recon_sources_retired_in_its_time check (retired_from between '2026-01-01' and '2999-12-31');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table recon_sources drop column retired_from');
}
