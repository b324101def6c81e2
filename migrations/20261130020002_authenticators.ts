import type { Knex } from 'knex';

// Staff sign in with the code of an authenticator besides their password (TOTP, RFC 6238), once they have set one up.
// A step of its clock is good once; recovery codes take its place when the telephone is lost.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table ops_authenticators (
      user_id uuid primary key references users (id),
      secret_sealed text not null,
      made_at timestamptz not null,
      confirmed_at timestamptz, -- null: set up and never used, so not asked for
      last_step bigint, -- the newest step of 30 seconds that was used
      constraint ops_authenticators_sealed check (secret_sealed like 'v1.%'),
      constraint ops_authenticators_confirmed_by_a_step check ((confirmed_at is null) = (last_step is null))
    );
    -- a step that was used is used for ever, as long as the secret is the same
    create trigger ops_authenticators_steps_rise before update of last_step on ops_authenticators for each row
      when (new.last_step <= old.last_step) execute function refuse_change();

    create table ops_recovery_codes (
      code_hash bytea primary key, -- SHA-256 of 80 random bits
      user_id uuid not null references users (id),
      made_at timestamptz not null,
      used_at timestamptz,
      constraint ops_recovery_codes_hash_is_sha256 check (octet_length(code_hash) = 32)
    );
    create index ops_recovery_codes_of_user on ops_recovery_codes (user_id);
    create trigger ops_recovery_codes_once before update on ops_recovery_codes for each row
      when (old.used_at is not null or new.code_hash <> old.code_hash or new.user_id <> old.user_id)
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table ops_recovery_codes; drop table ops_authenticators;');
}
