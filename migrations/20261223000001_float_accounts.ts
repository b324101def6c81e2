import type { Knex } from 'knex';

/** The floats are asked for every few seconds, and are a handful among the accounts of all users. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`create index ledger_accounts_floats on ledger_accounts (code) where code like 'float:%'`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index ledger_accounts_floats');
}
