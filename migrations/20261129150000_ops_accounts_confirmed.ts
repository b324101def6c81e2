import type { Knex } from 'knex';

// Two accounts are two persons only if no person makes the second alone: an ops account that an admin made
// neither proposes nor decides until another admin has confirmed it. Those that are here already, and the first
// two of a platform, have no maker.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table users
      add column made_by uuid references users (id), -- of an ops account that an admin made
      add column confirmed_by uuid references users (id),
      add column has_first_password boolean not null default false, -- its maker knows it
      add constraint users_made_are_ops check (made_by is null or kind = 'ops'),
      add constraint users_confirmed_were_made check (confirmed_by is null or made_by is not null),
      add constraint users_confirmed_with_own_password check (confirmed_by is null or not has_first_password),
      add constraint users_confirmed_by_another check (confirmed_by <> made_by and confirmed_by <> id);

    create function users_made_by_admins() returns trigger language plpgsql as $$
    begin
      if not exists (select from users where id = coalesce(new.confirmed_by, new.made_by)
        and kind = 'ops' and status = 'active' and role = 'admin' and (made_by is null or confirmed_by is not null))
      then
        raise exception 'only an active, confirmed admin makes and confirms ops accounts'
          using errcode = '23514', constraint = 'users_made_by_admins', table = 'users';
      end if;
      return new;
    end $$;
    create trigger users_made_by_admins before insert on users for each row
      when (new.made_by is not null) execute function users_made_by_admins();
    create trigger users_begin_unconfirmed before insert on users for each row
      when (new.confirmed_by is not null) execute function refuse_change();
    create trigger users_confirmed_by_admins before update of confirmed_by on users for each row
      when (new.confirmed_by is not null) execute function users_made_by_admins();
    create trigger users_maker_stays before update on users for each row
      when (new.made_by is distinct from old.made_by
        or (old.confirmed_by is not null and new.confirmed_by is distinct from old.confirmed_by))
      execute function refuse_change();
  `);
  await knex.raw(approvalsByOps('and (made_by is null or confirmed_by is not null)'));
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(approvalsByOps(''));
  await knex.raw(`
    drop trigger users_made_by_admins on users;
    drop trigger users_begin_unconfirmed on users;
    drop trigger users_confirmed_by_admins on users;
    drop trigger users_maker_stays on users;
    drop function users_made_by_admins();
    alter table users drop column has_first_password, drop column confirmed_by, drop column made_by;
  `);
}

const approvalsByOps = (isConfirmed: string): string => `
  create or replace function approvals_by_ops() returns trigger language plpgsql as $$
  begin
    if not exists (
      select from users where id = coalesce(new.decided_by, new.proposed_by)
        and kind = 'ops' and status = 'active' and role in ('operator', 'admin') ${isConfirmed})
    then
      raise exception 'only an active, confirmed ops account that is no viewer proposes and decides'
        using errcode = '23514', constraint = 'approvals_by_ops', table = 'approvals';
    end if;
    return new;
  end $$`;
