import type { Knex } from 'knex';

export const config = { transaction: false };

export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table confirmations validate constraint confirmations_action_known');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table confirmations drop constraint confirmations_action_known,
      add constraint confirmations_action_known
        check (action in ('payout', 'transfer', 'dmt', 'bbps', 'recharge', 'data_copy')) not valid;
  `);
}
