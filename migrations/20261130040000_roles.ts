import type { Knex } from 'knex';

// Roles and what each may do are rows. The database itself refuses a role that is meant to look and may change
// something, and one that may both propose and decide in an area without being meant for a firm of few people.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table roles (
      name text primary key,
      kind text not null, -- of the users who have it
      summary text not null,
      only_reads boolean not null default false,
      both_halves boolean not null default false, -- may propose and decide in one area; never of the same proposal
      constraint roles_name_form check (name ~ '^[a-z][a-z_]{1,39}$'),
      constraint roles_kind_known check (kind in ('app', 'ops')),
      constraint roles_kind_unique unique (name, kind), -- for the users
      constraint roles_facts_unique unique (name, kind, only_reads, both_halves) -- for what they may do
    );

    create table permissions (
      name text primary key,
      area text generated always as (split_part(name, '.', 1)) stored,
      does text not null,
      constraint permissions_name_form check (name ~ '^[a-z][a-z_]*\\.[a-z][a-z_]*$'),
      constraint permissions_does_known check (does in ('read', 'change', 'propose', 'decide')),
      constraint permissions_halves_named check (does not in ('propose', 'decide') or split_part(name, '.', 2) = does),
      constraint permissions_facts_unique unique (name, area, does)
    );

    create table role_permissions (
      role text not null,
      kind text not null,
      only_reads boolean not null,
      both_halves boolean not null,
      permission text not null,
      area text not null,
      does text not null,
      reach text not null, -- whose things
      constraint role_permissions_pkey primary key (role, permission),
      constraint role_permissions_of_role foreign key (role, kind, only_reads, both_halves)
        references roles (name, kind, only_reads, both_halves) on update cascade,
      constraint role_permissions_of_permission foreign key (permission, area, does)
        references permissions (name, area, does) on update cascade,
      constraint role_permissions_reach_known check (reach in ('own', 'subtree', 'all')),
      -- staff have no things of their own, and nobody else reaches everybody's
      constraint role_permissions_all_is_for_staff check ((kind = 'ops') = (reach = 'all')),
      constraint role_permissions_readers_read check (not only_reads or does = 'read')
    );
    create unique index role_permissions_one_half on role_permissions (role, area)
      where does in ('propose', 'decide') and not both_halves;

    insert into roles (name, kind, summary, only_reads, both_halves) values
      ('viewer', 'ops', 'looks; also whoever has not been confirmed yet', true, false),
      ('auditor', 'ops', 'looks at everything, the record of what people did too', true, false),
      ('support', 'ops', 'answers customers; makes the first review of a KYC record', false, false),
      ('ops', 'ops', 'keeps the work going; proposes what moves money', false, false),
      ('finance', 'ops', 'decides what others propose about money', false, false),
      ('admin', 'ops', 'people, roles, keys and the platform; no money', false, true),
      ('operator', 'ops', 'ops and finance in one, for a firm of few people', false, true),
      ('founder', 'ops', 'an admin that nobody made: everything, until there are others', false, true),
      -- of a user of an app it is the type, unless it was given another
      ('white_label', 'app', 'has a network of its own under its own name', false, false),
      ('api_partner', 'app', 'calls the API by itself', false, false),
      ('master_distributor', 'app', 'serves the distributors below', false, false),
      ('distributor', 'app', 'serves the retailers below', false, false),
      ('field_staff', 'app', 'looks after the retailers below', false, false),
      ('retailer', 'app', 'serves customers', false, false),
      ('sub_merchant', 'app', 'serves customers for a partner or a retailer', false, false);

    alter table users drop constraint users_role_known;
    alter table users add constraint users_role_of_kind foreign key (role, kind) references roles (name, kind)
      not valid;
    alter table users validate constraint users_role_of_kind;
    -- nobody is given it: it is what an admin without a maker is
    alter table users add constraint users_founder_is_not_given check (role <> 'founder');

    -- The role that a user has now. An account that waits for its confirmation looks; an admin that nobody made is
    -- one of the first two, before whom there was nobody to share the work with.
    create function role_of(u users) returns text language sql stable as $$
      select case
        when u.kind = 'app' then coalesce(u.role, u.type)
        when u.made_by is not null and u.confirmed_by is null then 'viewer'
        when u.role = 'admin' and u.made_by is null then 'founder'
        else u.role end
    $$;

    create or replace function users_made_by_admins() returns trigger language plpgsql as $$
    begin
      if not exists (select from users u
        join role_permissions p on p.role = role_of(u) and p.permission = 'staff.write'
        where u.id = coalesce(new.confirmed_by, new.made_by) and u.status = 'active')
      then
        raise exception 'only an active, confirmed account that is permitted staff.write makes and confirms ops accounts'
          using errcode = '23514', constraint = 'users_made_by_admins', table = 'users';
      end if;
      return new;
    end $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    create or replace function users_made_by_admins() returns trigger language plpgsql as $$
    begin
      if not exists (select from users where id = coalesce(new.confirmed_by, new.made_by)
        and kind = 'ops' and status = 'active' and role = 'admin' and (made_by is null or confirmed_by is not null))
      then
        raise exception 'only an active, confirmed admin makes and confirms ops accounts'
          using errcode = '23514', constraint = 'users_made_by_admins', table = 'users';
      end if;
      return new;
    end $$;
    drop function role_of(users);
    alter table users drop constraint users_founder_is_not_given;
    alter table users drop constraint users_role_of_kind;
    alter table users add constraint users_role_known check (role in ('viewer', 'operator', 'admin'));
    drop table role_permissions; drop table permissions; drop table roles;
  `);
}
