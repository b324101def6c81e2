import type { Knex } from 'knex';

// Each way that money leaves a wallet has a rule: whether it is confirmed, and whether it rests after somebody may have
// taken the account over.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table step_up_rules
      add column rests boolean not null default true, -- for sessions, while a row of payout_rests runs
      drop constraint step_up_rules_action_known,
      add constraint step_up_rules_action_known
        check (action in ('payout', 'transfer', 'dmt', 'bbps', 'recharge')),
      -- of the others nothing asks for a confirmation: a row must not say that something does
      add constraint step_up_rules_confirmed_where_asked
        check (pin_from_paise is null or action in ('payout', 'transfer'));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from step_up_rules where action not in ('payout', 'transfer');
    alter table step_up_rules
      drop column rests,
      drop constraint step_up_rules_confirmed_where_asked,
      drop constraint step_up_rules_action_known,
      add constraint step_up_rules_action_known check (action in ('payout', 'transfer'));
  `);
}
