import type { Knex } from 'knex';

// The page /ops/find, by a mobile number: of whichever user, and so without asking for each of them.
export const config = { transaction: false };

const INDEXES: Readonly<Record<string, string>> = {
  recharges_of_mobile: 'recharges (mobile_fingerprint, transaction_id)',
  dmt_senders_of_mobile: 'dmt_senders (mobile_fingerprint)',
};

export async function up(knex: Knex): Promise<void> {
  for (const [name, of] of Object.entries(INDEXES)) {
    await knex.raw(`drop index concurrently if exists ${name}`); // one that broke off is left behind, and not valid
    await knex.raw(`create index concurrently ${name} on ${of}`);
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const name of Object.keys(INDEXES)) await knex.raw(`drop index concurrently if exists ${name}`);
}
