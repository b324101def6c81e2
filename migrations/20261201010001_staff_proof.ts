import type { Knex } from 'knex';

// Staff show their second factor again before they make a key, take an export or see a personal value.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table ops_sessions add column proved_at timestamptz; -- when its user last showed a second factor

    create table staff_proof_rules (
      action text not null,
      profile text not null,
      in_force_from date not null,
      within_s integer, -- so long a code is good for the action; null: none is asked for
      source text not null,
      constraint staff_proof_rules_pkey primary key (action, profile, in_force_from),
      constraint staff_proof_rules_profile_known check (profile in ('production', 'development')),
      constraint staff_proof_rules_action_known check (action in ('key', 'export', 'unmask')),
      constraint staff_proof_rules_short check (within_s between 30 and 3600)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table staff_proof_rules; alter table ops_sessions drop column proved_at;');
}
