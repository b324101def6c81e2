import type { Knex } from 'knex';

// Whoever is signed in confirms money transfers, bills and recharges too, from the amounts that their rules say. The
// check of confirmations knows more actions than before; old rows are checked in the next migration, without a lock that
// others wait for.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table step_up_rules drop constraint step_up_rules_confirmed_where_asked;
    alter table confirmations drop constraint confirmations_action_known,
      add constraint confirmations_action_known
        check (action in ('payout', 'transfer', 'dmt', 'bbps', 'recharge', 'data_copy')) not valid;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from confirmations where action not in ('payout', 'transfer', 'data_copy');
    delete from step_up_rules where pin_from_paise is not null and action not in ('payout', 'transfer', 'data_copy');
    update policy_files set applied_at = '-infinity' where name = '20261201_orders_confirmed';
    alter table confirmations drop constraint confirmations_action_known,
      add constraint confirmations_action_known check (action in ('payout', 'transfer', 'data_copy'));
    alter table step_up_rules
      add constraint step_up_rules_confirmed_where_asked
        check (pin_from_paise is null or action in ('payout', 'transfer', 'data_copy'));
  `);
}
