import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- the place of the queues: one row, see platform/queue/backend-row.ts
    create table queue_backend (
      singleton boolean primary key default true,
      backend text not null,
      identity text not null, -- a hash of the place, no secret
      switched_at timestamptz not null default now(),
      constraint queue_backend_one_row check (singleton),
      constraint queue_backend_known check (backend in ('redis', 'postgres'))
    );

    create table ops_sessions (
      token_hash bytea primary key, -- SHA-256 of the cookie: a copy of this table opens nothing
      user_id uuid not null references users (id),
      ip text not null,
      created_at timestamptz not null,
      last_seen_at timestamptz not null,
      expires_at timestamptz not null, -- absolute; the idle limit counts from last_seen_at
      ended_at timestamptz,
      constraint ops_sessions_token_hash_is_sha256 check (octet_length(token_hash) = 32),
      constraint ops_sessions_expire_after_start check (expires_at > created_at)
    );
    create index ops_sessions_user on ops_sessions (user_id); -- ends or clears the sessions of a user

    create table login_attempts (
      key_hash bytea primary key, -- SHA-256 of (account and address) or of the address: no e-mail addresses lie here
      attempts integer not null,
      window_ends_at timestamptz not null,
      constraint login_attempts_key_hash_is_sha256 check (octet_length(key_hash) = 32),
      constraint login_attempts_not_negative check (attempts >= 0)
    );
    create index login_attempts_ended on login_attempts (window_ends_at); -- clears what is over

    create table audit_log (
      id bigint generated always as identity primary key,
      at timestamptz not null default now(),
      actor text not null, -- a user id, or 'anonymous'
      actor_ip text,
      action text not null,
      subject text not null,
      outcome text not null,
      detail jsonb not null default '{}',
      constraint audit_log_outcome_known check (outcome in ('attempted', 'succeeded', 'refused', 'failed')),
      constraint audit_log_detail_is_object check (jsonb_typeof(detail) = 'object'),
      constraint audit_log_action_form check (action ~ '^[a-z][a-z0-9._-]{1,63}$')
    );
    create index audit_log_subject on audit_log (subject, id); -- what happened to a thing
    create index audit_log_actor on audit_log (actor, id); -- what somebody did
    create trigger audit_log_append_only before update
      or delete on audit_log for each row execute function refuse_change();
    create trigger audit_log_no_truncate before truncate on audit_log for each statement
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'drop table audit_log; drop table login_attempts; drop table ops_sessions; drop table queue_backend;',
  );
}
