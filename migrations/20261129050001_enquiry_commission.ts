import type { Knex } from 'knex';

// A mini statement moves no money of the customer, but the provider pays us for it. What it pays is kept with the
// enquiry, and posted at once or, if the process died, by the keeper.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table aeps_enquiries
      add column commission_paise bigint,
      add column tds_paise bigint,
      add column posted_at timestamptz,
      add constraint aeps_enquiries_commission_two_sided check ((commission_paise is null) = (tds_paise is null)),
      add constraint aeps_enquiries_tds_within_commission check (tds_paise between 0 and commission_paise),
      add constraint aeps_enquiries_posted_has_commission check (posted_at is null or commission_paise > 0);
    -- what the keeper posts
    create index aeps_enquiries_to_post on aeps_enquiries (started_at) where commission_paise > 0 and posted_at is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table aeps_enquiries drop column posted_at, drop column commission_paise, drop column tds_paise;
  `);
}
