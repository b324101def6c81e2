import type { Knex } from 'knex';

// A complaint whose answer was lost is looked up at the provider. Not there so long after it was raised, it
// is closed, and may be raised again.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table bbps_policies add column complaint_absent_ms integer not null default 1800000,
      add constraint bbps_policies_complaint_absent check (complaint_absent_ms >= complaint_ask_gap_ms);
    update bbps_policies set complaint_absent_ms = 10000 where profile = 'development';
    alter table bbps_policies alter column complaint_absent_ms drop default;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table bbps_policies drop column complaint_absent_ms;');
}
