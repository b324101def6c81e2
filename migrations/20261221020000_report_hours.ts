import type { Knex } from 'knex';

// By when the report of a day must have come; after that its being missing is a case.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table recon_terms add column report_hours smallint not null default 10,
      add constraint recon_terms_report_hours check (report_hours between 1 and 96);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table recon_terms drop column report_hours');
}
