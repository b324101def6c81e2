import type { Knex } from 'knex';

// Staff who sign in at the OpenID provider of their company. Who they are there is tied once to an ops account that
// admins have made; rules may say which role a claim gives.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table ops_identities (
      issuer text not null,
      subject text not null,
      user_id uuid not null references users (id),
      tied_at timestamptz not null,
      constraint ops_identities_pkey primary key (issuer, subject),
      constraint ops_identities_one_for_each_account unique (user_id, issuer)
    );
    create trigger ops_identities_stay before update or delete or truncate on ops_identities for each statement
      execute function refuse_change();

    create table oidc_role_rules (
      claim text not null, -- a text, or a list of texts one of which is the value
      value text not null,
      in_force_from date not null,
      role text references roles (name), -- null: the rule is over from that day on
      rank integer not null default 0, -- of several that fit, the lowest counts
      constraint oidc_role_rules_pkey primary key (claim, value, in_force_from),
      constraint oidc_role_rules_not_empty check (claim <> '' and value <> ''),
      constraint oidc_role_rules_founder_is_not_given check (role <> 'founder')
    );

    alter table ops_sessions add column issuer text; -- the provider that signed its user in; null: by password
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'alter table ops_sessions drop column issuer; drop table oidc_role_rules; drop table ops_identities;',
  );
}
