import type { Knex } from 'knex';

// Which services a user may use. Each is asked for, and switched on by staff; one that is not used for as long as the
// policy says falls asleep, and needs a new look at the person before it is switched on again. A user that begins as
// active has every service.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    lock table users in share row exclusive mode; -- nobody is added meanwhile, and everybody is read
    create table user_services (
      user_id uuid not null,
      service text not null, -- of \`services\`
      state text not null,
      state_at timestamptz not null,
      used_on date,     -- known to be used on that day or later; while it is active, looked at again when it is old
      asleep_at timestamptz, -- when it last fell asleep
      constraint user_services_state_known check (state in ('requested', 'active', 'dormant', 'suspended')),
      constraint user_services_active_is_watched check (state <> 'active' or used_on is not null),
      constraint user_services_dormant_since check (state <> 'dormant' or asleep_at is not null)
    );
    insert into user_services (user_id, service, state, state_at, used_on)
      select u.id, s.name, 'active', now(), current_date from users u cross join services s where u.kind = 'app';
    alter table user_services -- keys last: rows are compared with the users at once, not one by one
      add constraint user_services_pkey primary key (user_id, service),
      add constraint user_services_user_id_fkey foreign key (user_id) references users (id);
    -- the loop that looks for services that nobody uses
    create index user_services_to_look_at on user_services (used_on) where state = 'active';

    create function users_begin_with_services() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
    begin
      insert into user_services (user_id, service, state, state_at, used_on)
        select new.id, name, 'active', now(), current_date from services;
      return null;
    end $$;
    revoke execute on function users_begin_with_services() from public;
    create trigger users_begin_with_services after insert on users for each row
      when (new.kind = 'app' and new.stage = 'active') execute function users_begin_with_services();

    create table dormancy_policies (
      service text not null,
      in_force_from date not null,
      months integer, -- calendar months without a customer's transaction; null: it never falls asleep
      source text not null,
      constraint dormancy_policies_pkey primary key (service, in_force_from),
      constraint dormancy_policies_months_some check (months between 1 and 120)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table dormancy_policies;
    drop trigger users_begin_with_services on users;
    drop function users_begin_with_services();
    drop table user_services;
  `);
}
