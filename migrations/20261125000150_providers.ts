import type { Knex } from 'knex';

// The providers of the agent's counter: how a callback that repeats only the provider's own reference finds
// its transaction.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- callback to attempt
    create index dispatch_attempts_provider_reference on dispatch_attempts (provider, provider_reference)
      where provider_reference is not null;
    -- callback to transaction
    create index transactions_provider_reference on transactions (provider, provider_reference)
      where provider_reference is not null and service <> 'payout';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from provider_policies where provider in ('eko', 'setu');
    drop index transactions_provider_reference;
    drop index dispatch_attempts_provider_reference;
  `);
}
