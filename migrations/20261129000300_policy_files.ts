import type { Knex } from 'knex';

// Prices, limits and timings are no part of the schema: they come from the files of `policies/`, each applied
// once. Until here migrations inserted the first of them. Where those rows are, their files count as applied;
// of each file one table is looked at, since a migration inserted all of its rows or none.
const FIRST_FILES = [
  ['20261101_payout', "select from service_policies where service = 'payout'"],
  ['20261125_providers', "select from provider_policies where provider in ('eko', 'setu')"],
  ['20261125_dmt', "select from service_policies where service = 'dmt'"],
  ['20261125_bbps', "select from service_policies where service = 'bbps'"],
  ['20261125_recharge', "select from service_policies where service = 'recharge'"],
  ['20261125_aeps', "select from service_policies where service = 'aeps'"],
  ['20261125_api_log', 'select from api_log_policies'],
  ['20261125_otp_limits', 'select from otp_limits'],
] as const;

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table policy_files (
      name text primary key, -- without the extension
      applied_at timestamptz not null default now(),
      constraint policy_files_name_form check (name ~ '^[0-9]{8}_[a-z0-9_]+$')
    );
  `);
  for (const [name, rows] of FIRST_FILES)
    await knex.raw(`insert into policy_files (name) select '${name}' where exists (${rows})`);
}

/** Throws Error when a later file was applied: on the way up again it would be taken for one that was not. */
export async function down(knex: Knex): Promise<void> {
  const first = FIRST_FILES.map(([name]) => name);
  const later = await knex('policy_files').whereNotIn('name', first).first('name');
  if (later !== undefined) throw new Error('later policies were applied: there is no way back but a restore');
  await knex.raw('drop table policy_files');
}
