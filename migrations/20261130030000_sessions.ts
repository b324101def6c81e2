import type { Knex } from 'knex';

// People who are signed in: the devices that they use, a session for each sign-in, and the keys that their access
// tokens are signed with.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table token_policies (
      profile text not null,
      in_force_from date not null,
      access_s integer not null,           -- how long an access token is good
      refresh_idle_s integer not null,     -- a session that is not renewed for so long is over
      session_s integer not null,          -- and it is over after so long in any case
      key_signs_s integer not null,        -- a signing key is followed by the next after so long
      key_shown_before_s integer not null, -- and is published so long before it signs
      constraint token_policies_pkey primary key (profile, in_force_from),
      constraint token_policies_profile_known check (profile in ('production', 'development')),
      constraint token_policies_short_access check (access_s between 30 and 3600),
      constraint token_policies_in_order
        check (access_s < refresh_idle_s and refresh_idle_s <= session_s and key_shown_before_s < key_signs_s
          and access_s < key_signs_s and key_shown_before_s >= 60)
    );

    create table token_keys (
      id uuid primary key, -- the kid of the tokens
      number integer not null, -- 1, 2, …: two processes that make the next one at once make one
      public_key bytea not null,
      private_sealed text not null,
      made_at timestamptz not null,
      signs_from timestamptz not null,
      constraint token_keys_number_unique unique (number),
      constraint token_keys_number_counts check (number > 0),
      constraint token_keys_public_is_ed25519 check (octet_length(public_key) = 32),
      constraint token_keys_made_before_use check (made_at <= signs_from)
    );

    create table user_devices (
      id uuid primary key,
      user_id uuid not null references users (id),
      token_hash bytea not null, -- SHA-256 of what the device keeps: a copy of this table is no device
      name text not null, -- as the app calls it
      first_seen_at timestamptz not null,
      last_seen_at timestamptz not null,
      forgotten_at timestamptz,
      constraint user_devices_of_user_unique unique (id, user_id),
      constraint user_devices_token_unique unique (token_hash),
      constraint user_devices_token_is_sha256 check (octet_length(token_hash) = 32),
      constraint user_devices_name_short check (length(name) between 1 and 80),
      constraint user_devices_seen_in_order check (first_seen_at <= last_seen_at)
    );
    create index user_devices_user on user_devices (user_id, id); -- the devices of a user

    create table user_sessions (
      id uuid primary key,
      user_id uuid not null references users (id),
      device_id uuid not null,
      methods text[] not null, -- how the user showed who they are (RFC 8176)
      ip text not null,
      started_at timestamptz not null,
      family_hash bytea not null,  -- SHA-256 of the part of the refresh token that stays
      refresh_hash bytea not null, -- and of the part that is new each time
      refreshes integer not null default 0,
      refreshed_at timestamptz not null,
      refresh_until timestamptz not null,
      ends_at timestamptz not null,
      ended_at timestamptz,
      end_reason text,
      constraint user_sessions_device_of_user foreign key (device_id, user_id)
        references user_devices (id, user_id),
      constraint user_sessions_methods_known
        check (cardinality(methods) > 0 and methods <@ array['pwd', 'otp', 'sms', 'pin', 'fed']),
      constraint user_sessions_hashes_are_sha256
        check (octet_length(family_hash) = 32 and octet_length(refresh_hash) = 32),
      constraint user_sessions_times_in_order
        check (started_at <= refreshed_at and refresh_until <= ends_at and started_at < ends_at),
      constraint user_sessions_end_has_a_reason check ((ended_at is null) = (end_reason is null)),
      constraint user_sessions_end_reason_known check (end_reason in
        ('signed_out', 'revoked', 'reused', 'device_forgotten', 'credentials_changed', 'disabled'))
    ) with (fillfactor = 80); -- a refresh changes no index
    create index user_sessions_open on user_sessions (user_id, id) where ended_at is null; -- the list, and ending them all
    create index user_sessions_of_device on user_sessions (device_id) where ended_at is null;
    create index user_sessions_over on user_sessions (ends_at); -- deletes what is over

    create trigger user_sessions_ended_stays before update on user_sessions for each row
      when (old.ended_at is not null) execute function refuse_change();
    create trigger user_sessions_whose_stays before update on user_sessions for each row
      when ((old.user_id, old.device_id, old.methods, old.started_at, old.family_hash, old.ends_at)
        is distinct from (new.user_id, new.device_id, new.methods, new.started_at, new.family_hash, new.ends_at))
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'drop table user_sessions; drop table user_devices; drop table token_keys; drop table token_policies;',
  );
}
