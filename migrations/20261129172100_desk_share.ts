import type { Knex } from 'knex';

// Of a provider's rate, calls made while a caller waits have a share of their own. Both tables are small.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table rate_limits
      add column desk_points integer not null default 0,
      add column desk_until bigint not null default 0; -- ms since the epoch: until then the desk is open
    alter table provider_policies
      add column desk_percent integer not null default 60, -- of rate and concurrent calls, at most
      add constraint provider_policies_desk_percent_range check (desk_percent between 1 and 90);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table provider_policies drop column desk_percent;
    alter table rate_limits drop column desk_points, drop column desk_until;
  `);
}
