import type { Knex } from 'knex';

// The list of a user's beneficiaries, and how many were made today: an index that is built while others write. What the
// migration before left to be checked of old rows, without a lock that others wait for.
export const config = { transaction: false };

export async function up(knex: Knex): Promise<void> {
  await knex.raw('drop index concurrently if exists beneficiaries_of_user'); // one that broke off is left behind
  await knex.raw(
    'create index concurrently beneficiaries_of_user on beneficiaries (user_id, created_at, id)',
  );
  await knex.raw('alter table beneficiaries validate constraint beneficiaries_made_by_known');
  // accounts that people named as their own are no payees of theirs
  await knex.raw(`update beneficiaries set made_by = 'kyc'
    where id in (select beneficiary_id from kyc_account_checks) and made_by = 'payout'`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index concurrently if exists beneficiaries_of_user');
  await knex.raw(`alter table beneficiaries drop constraint beneficiaries_made_by_known,
    add constraint beneficiaries_made_by_known check (made_by in ('payout', 'caller', 'kyc')) not valid`);
}
