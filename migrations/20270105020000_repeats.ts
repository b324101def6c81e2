import type { Knex } from 'knex';

// An order of somebody whom a row binds, that looks like one of moments ago, is refused unless it says that it is meant.
// A payout says whether it is one that later ones are compared with.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table repeat_rules (
      service text not null,
      profile text not null,
      in_force_from date not null,
      binds text not null,
      window_s integer not null, -- 0: nothing is refused
      source text not null,
      constraint repeat_rules_pkey primary key (service, profile, in_force_from),
      constraint repeat_rules_service_known check (service in ('payout', 'dmt')),
      constraint repeat_rules_profile_known check (profile in ('production', 'development')),
      constraint repeat_rules_binds_known check (binds in ('nobody', 'signed_in', 'everybody')),
      constraint repeat_rules_window check (window_s between 0 and 86400),
      constraint repeat_rules_source_said check (length(trim(source)) > 0)
    );
    alter table payouts add column is_compared boolean not null default false;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table payouts drop column is_compared;
    update policy_files set applied_at = '-infinity' where name = '20270105_repeats';
    drop table repeat_rules;
  `);
}
