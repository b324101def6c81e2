import type { Knex } from 'knex';

// What was tied to an ops account is untied by two persons, and stays known: who was untied ties itself to no account
// again. A provider says that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0); each of its words
// is taken once.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table ops_identities
      add column untied_at timestamptz,
      add column untied_by uuid references approvals (id),
      add column told_at timestamptz, -- its owner, by e-mail
      drop constraint ops_identities_one_for_each_account,
      add constraint ops_identities_untied_two_sided check ((untied_at is null) = (untied_by is null)),
      add constraint ops_identities_told_of_untying check (told_at is null or untied_at is not null);
    create unique index ops_identities_one_for_each_account on ops_identities (user_id, issuer) where untied_at is null;
    create index ops_identities_to_tell on ops_identities (untied_at) where untied_at is not null and told_at is null;
    drop trigger ops_identities_stay on ops_identities;
    create trigger ops_identities_stay before delete or truncate on ops_identities for each statement
      execute function refuse_change();
    create trigger ops_identities_facts_stay before update on ops_identities for each row
      when ((old.issuer, old.subject, old.user_id, old.tied_at) is distinct from
          (new.issuer, new.subject, new.user_id, new.tied_at)
        or old.untied_at is not null
          and (old.untied_at, old.untied_by) is distinct from (new.untied_at, new.untied_by)
        or old.told_at is not null and new.told_at is distinct from old.told_at)
      execute function refuse_change();

    alter table ops_sessions add column oidc_session text; -- its id at the provider
    create index ops_sessions_of_provider on ops_sessions (issuer, oidc_session)
      where ended_at is null and oidc_session is not null; -- ends those that ended there

    create table oidc_logouts (
      issuer text not null,
      jti_hash bytea not null, -- SHA-256: a provider may write what it likes
      expires_at timestamptz not null, -- from then on the token itself is too old
      constraint oidc_logouts_pkey primary key (issuer, jti_hash),
      constraint oidc_logouts_is_sha256 check (octet_length(jti_hash) = 32)
    );
    create index oidc_logouts_over on oidc_logouts (expires_at); -- deletes those of before
  `);
}

/** Throws Error where one was untied: it would be tied again. */
export async function down(knex: Knex): Promise<void> {
  const [untied] = (
    await knex.raw<{ rows: object[] }>('select from ops_identities where untied_at is not null limit 1')
  ).rows;
  if (untied !== undefined) throw new Error('identities were untied: there is no way back but a restore');
  await knex.raw(`
    drop table oidc_logouts;
    drop index ops_sessions_of_provider;
    alter table ops_sessions drop column oidc_session;
    drop trigger ops_identities_facts_stay on ops_identities;
    drop trigger ops_identities_stay on ops_identities;
    create trigger ops_identities_stay before update or delete or truncate on ops_identities for each statement
      execute function refuse_change();
    drop index ops_identities_to_tell; drop index ops_identities_one_for_each_account;
    alter table ops_identities
      drop constraint ops_identities_told_of_untying,
      drop constraint ops_identities_untied_two_sided,
      drop column told_at, drop column untied_by, drop column untied_at,
      add constraint ops_identities_one_for_each_account unique (user_id, issuer);
  `);
}
