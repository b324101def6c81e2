import type { Knex } from 'knex';

// RBI counts three months, not 90 days (RBI/2025-26/63). The column of days stays for programs of before.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table aeps_timings add column dormant_after_months integer not null default 3,
      add constraint aeps_timings_dormant_after_months_some check (dormant_after_months between 1 and 120);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table aeps_timings drop column dormant_after_months');
}
