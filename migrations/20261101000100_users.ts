import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception 'rows of % may not be changed this way (% refused by %)', tg_table_name, tg_op,
        tg_name using errcode = '23514', constraint = tg_name, table = tg_table_name;
    end $$;

    create table users (
      id uuid primary key,
      kind text not null,
      name text not null,
      email text,
      password_hash text,
      role text,
      status text not null default 'active',
      created_at timestamptz not null default now(),
      constraint users_kind_known check (kind in ('app', 'ops')),
      constraint users_status_known check (status in ('active', 'disabled')),
      constraint users_email_unique unique (email),
      constraint users_email_lower_case check (email = lower(email)),
      constraint users_role_known check (role in ('viewer', 'operator', 'admin')),
      constraint users_ops_have_a_login check ((kind = 'ops') = (email is not null
        and password_hash is not null and role is not null))
    );

    create table api_keys (
      id uuid primary key,
      user_id uuid not null references users (id),
      prefix text not null,
      secret_hash bytea not null,
      scopes text[] not null,
      created_at timestamptz not null default now(),
      expires_at timestamptz,
      revoked_at timestamptz,
      last_used_on date,
      constraint api_keys_secret_hash_unique unique (secret_hash),
      constraint api_keys_secret_hash_is_sha256 check (octet_length(secret_hash) = 32),
      constraint api_keys_scopes_not_empty check (cardinality(scopes) > 0)
    );
    create index api_keys_user on api_keys (user_id); -- the keys of a user
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table api_keys; drop table users; drop function refuse_change();');
}
