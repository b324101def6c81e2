import type { Knex } from 'knex';

// Programs of partners, which get access tokens by client credentials (RFC 6749, 4.4).
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table oauth_clients (
      id uuid primary key,
      user_id uuid not null references users (id),
      name text not null,
      scopes text[] not null, -- the most that its tokens may do
      allowed_from cidr[], -- null is from anywhere
      made_at timestamptz not null,
      revoked_at timestamptz,
      constraint oauth_clients_name_short check (length(name) between 2 and 80),
      constraint oauth_clients_scopes_not_empty check (cardinality(scopes) > 0),
      constraint oauth_clients_allowed_from_some check (cardinality(allowed_from) between 1 and 50)
    );
    create index oauth_clients_user on oauth_clients (user_id); -- the programs of a user
    create trigger oauth_clients_revoked_stay before update on oauth_clients for each row
      when (old.revoked_at is not null or old.user_id <> new.user_id) execute function refuse_change();

    create table oauth_client_secrets (
      id uuid primary key,
      client_id uuid not null references oauth_clients (id),
      secret_hash bytea not null,
      made_at timestamptz not null,
      revoked_at timestamptz,
      constraint oauth_client_secrets_hash_unique unique (secret_hash),
      constraint oauth_client_secrets_hash_is_sha256 check (octet_length(secret_hash) = 32)
    );
    create index oauth_client_secrets_client on oauth_client_secrets (client_id) where revoked_at is null;

    create table revoked_tokens (
      token_id uuid primary key, -- its jti
      ends_at timestamptz not null -- the row says nothing after that
    );
    create index revoked_tokens_over on revoked_tokens (ends_at); -- deletes what is over
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table revoked_tokens; drop table oauth_client_secrets; drop table oauth_clients;');
}
