import type { Knex } from 'knex';

// People sign in with a password, and on a new device with a code besides. A row asks for a code before anybody has
// looked whether there is somebody with that number: so the answer and its time are the same for everybody. A loop
// makes the code, and keeps no more than its keyed digest.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table sign_in_policies (
      profile text not null,
      in_force_from date not null,
      code_s integer not null,             -- how long a code to sign in is good
      change_code_s integer not null,      -- and one for a new password, number or address
      least_characters smallint not null, -- of a password (ASVS 5.0, 6.2.1: 8 at least)
      payouts_rest_s integer not null,     -- after a new password by code, or a new number or address
      constraint sign_in_policies_pkey primary key (profile, in_force_from),
      constraint sign_in_policies_profile_known check (profile in ('production', 'development')),
      constraint sign_in_policies_codes_are_short
        check (code_s between 60 and 600 and change_code_s between 60 and 600), -- ASVS 5.0, 6.5.5
      constraint sign_in_policies_passwords_are_long check (least_characters between 8 and 64),
      constraint sign_in_policies_rest_not_negative check (payouts_rest_s >= 0)
    );

    create table user_passwords (
      user_id uuid primary key references users (id),
      password_hash text not null,
      set_at timestamptz not null,
      constraint user_passwords_argon2id check (password_hash like '$argon2id$%')
    );

    create table sign_in_codes (
      id uuid primary key,
      purpose text not null,
      -- the number or address that asked, as users are found by it: it is counted by this
      login_digest bytea not null,
      other_digest bytea, -- the same under the other key, while a key is replaced
      channel text not null,
      user_id uuid references users (id), -- null: nobody has looked yet, or there is nobody
      address_sealed text,                -- the new number or address; erased with its use
      code_digest bytea,                  -- null: not made yet, or for nobody
      created_at timestamptz not null,
      expires_at timestamptz not null,
      due_at timestamptz,                 -- when the code is to be made
      tries smallint not null default 0,
      used_at timestamptz,
      constraint sign_in_codes_purpose_known check (purpose in ('sign_in', 'password', 'contact')),
      constraint sign_in_codes_channel_known check (channel in ('sms', 'email')),
      constraint sign_in_codes_digests
        check (octet_length(login_digest) = 32 and octet_length(other_digest) = 32 and octet_length(code_digest) = 32),
      constraint sign_in_codes_of_somebody check (code_digest is null or user_id is not null),
      constraint sign_in_codes_address_of_contact check (address_sealed is null or purpose = 'contact'),
      constraint sign_in_codes_address_sealed check (address_sealed like 'v1.%'),
      constraint sign_in_codes_short_lived check (expires_at > created_at),
      constraint sign_in_codes_few_tries check (tries between 0 and 5), -- five guesses, and it is dead for everybody
      constraint sign_in_codes_used_was_tried check (used_at is null or (tries > 0 and code_digest is not null))
    );
    create index sign_in_codes_due on sign_in_codes (due_at) where due_at is not null; -- the loop that makes them
    create index sign_in_codes_over on sign_in_codes (expires_at); -- the loop that deletes them
    -- A code is used once, is not made a second time, and its tries are not given back.
    create trigger sign_in_codes_facts_stay before update on sign_in_codes for each row
      when (new.id <> old.id or new.purpose <> old.purpose or new.login_digest <> old.login_digest
        or new.channel <> old.channel or new.created_at <> old.created_at or new.expires_at <> old.expires_at
        or new.tries < old.tries or (old.used_at is not null and new.used_at is distinct from old.used_at)
        or (old.code_digest is not null and new.code_digest is distinct from old.code_digest)
        or (old.user_id is not null and new.user_id is distinct from old.user_id))
      execute function refuse_change();

    create table payout_rests (
      id uuid primary key,
      user_id uuid not null references users (id),
      reason text not null,
      begun_at timestamptz not null,
      until_at timestamptz not null,
      constraint payout_rests_reason_known check (reason in ('password', 'contact')),
      constraint payout_rests_in_order check (begun_at <= until_at)
    );
    create index payout_rests_of_user on payout_rests (user_id, until_at); -- with each look at a session
    create trigger payout_rests_stay before update or delete or truncate on payout_rests for each statement
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'drop table payout_rests; drop table sign_in_codes; drop table user_passwords; drop table sign_in_policies;',
  );
}
