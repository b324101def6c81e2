import type { Knex } from 'knex';

// What the migration before left to be checked of old rows, without a lock that others wait for.
export const config = { transaction: false };

export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table payouts validate constraint payouts_cap_of_a_rule');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`alter table payouts drop constraint payouts_cap_of_a_rule,
    add constraint payouts_cap_of_a_rule check (new_cap_paise is null or new_for_s is not null) not valid`);
}
