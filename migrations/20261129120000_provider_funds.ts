import type { Knex } from 'knex';

// A provider may fail a payment because our account with it holds too little. That is nobody's failure but ours: the
// payment is sent again as a new attempt. What the provider says of the balance stands in a row, so that every
// process knows when there is money again. And a provider may collect its fees later than it charges them.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table transaction_outcomes
      add column provider_fee_owed boolean, -- the fee was charged and not taken with the amount
      add constraint transaction_outcomes_fee_owed_has_fee check (provider_fee_owed is null or provider_fee_paise is not null),
      drop constraint transaction_outcomes_decision_known,
      add constraint transaction_outcomes_decision_known check (decision in ('apply', 'queue_after', 'repeat',
        'stale', 'note', 'retry', 'ask_again', 'case')),
      add constraint transaction_outcomes_retry_is_of_failure check (decision <> 'retry' or kind = 'failed');

    alter table provider_policies
      -- gaps between the tries of a payment that failed for our balance; the last one repeats
      add column funds_retry_ms integer[] not null default '{60000,120000,300000,600000,900000}',
      add constraint provider_policies_funds_retry_positive
        check (cardinality(funds_retry_ms) > 0 and 0 < all (funds_retry_ms));

    create table provider_balances (
      provider text primary key,
      amount_paise bigint not null,
      available_paise bigint not null, -- below zero when the account is overdrawn
      refreshed_at timestamptz not null, -- when the provider knew it
      read_at timestamptz not null,
      constraint provider_balances_not_from_the_future check (refreshed_at <= read_at + interval '1 day')
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table provider_balances;
    alter table provider_policies drop column funds_retry_ms;
    alter table transaction_outcomes drop column provider_fee_owed,
      drop constraint transaction_outcomes_retry_is_of_failure,
      drop constraint transaction_outcomes_decision_known,
      add constraint transaction_outcomes_decision_known check (decision in ('apply', 'queue_after', 'repeat',
        'stale', 'note', 'ask_again', 'case'));
  `);
}
