import type { Knex } from 'knex';

// The network that users stand in: what kind of business each is, and who is above it. `user_ancestors` holds every
// pair of a user and somebody above (and each user with itself), so that a subtree of any size is one range of an
// index, and "is it below me?" one row. The chain above a user is an immutable row of `uplines`: a transaction keeps
// its number, and so the chain as it was.
//
// Triggers keep all of it, with the rights of their owner: whoever adds or moves a user cannot leave it wrong. A user
// without a type is one that a program of before has made: a business that stands alone and may work at once.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(TYPES);
  await knex.raw(COLUMNS);
  await knex.raw(TREE);
  await knex.raw(PLACES);
  await knex.raw(STAGES);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table user_stages;
    drop trigger users_closed_have_nobody_below on users;
    drop trigger users_stage_moves on users;
    drop trigger users_stage_moved on users;
    drop trigger users_begin_early on users;
    drop trigger users_upline_follows on users;
    drop trigger users_placed on users;
    drop trigger users_moved on users;
    drop trigger users_take_place on users;
    drop trigger users_change_place on users;
    drop function users_closed_have_nobody_below();
    drop function users_stage_moved();
    drop function users_moved();
    drop function users_placed();
    drop function users_take_place();
    drop function upline_below(uuid);
    drop table user_placements;
    drop table user_ancestors;
    alter table users
      drop column type, drop column parent_id, drop column upline_id, drop column stage,
      drop column registration_key, drop column registration_hash, drop column registered_by,
      drop column mobile_sealed, drop column mobile_fingerprint, drop column mobile_hint, drop column mobile_verified_at,
      drop column email_sealed, drop column email_fingerprint, drop column email_hint, drop column email_verified_at,
      drop column language, drop column city, drop column state_code, drop column pin_code, drop column address_sealed;
    drop table uplines;
    drop table user_types;
  `);
}

const TYPES = `
  create table user_types (
    name text primary key,
    rank smallint not null, -- how near to the platform
    stands_alone boolean not null, -- may have nobody above
    below text[] not null, -- under which types it may stand
    constraint user_types_rank_positive check (rank > 0)
  );
  insert into user_types (name, rank, stands_alone, below) values
    ('white_label', 1, true, '{}'),
    ('api_partner', 2, true, '{white_label}'),
    ('master_distributor', 2, true, '{white_label}'),
    ('distributor', 3, true, '{white_label, master_distributor}'),
    ('field_staff', 4, false, '{master_distributor, distributor}'),
    ('retailer', 5, true, '{white_label, master_distributor, distributor, field_staff}'),
    ('sub_merchant', 6, false, '{api_partner, retailer}');
  create trigger user_types_stay before update of name or delete or truncate on user_types for each statement
    execute function refuse_change();

  create table uplines (
    id bigint generated always as identity primary key,
    user_ids uuid[] not null, -- who is above, the nearest first
    types text[] not null,    -- what each of them was
    constraint uplines_unique unique (user_ids, types),
    constraint uplines_somebody check (cardinality(user_ids) between 1 and 9 and cardinality(types) = cardinality(user_ids))
  );
  create trigger uplines_stay before update or delete or truncate on uplines for each statement
    execute function refuse_change();
`;

const STAGE_NAMES =
  "'lead', 'kyc_submitted', 'verified', 'agreement', 'active', 'suspended', 'dormant', 'closed'";

const COLUMNS = `
  alter table users
    add column type text default 'retailer', -- those of before; a default writes no row anew
    add column parent_id uuid references users (id),
    add column upline_id bigint references uplines (id), -- the chain above, as it is now
    add column stage text default 'active',
    add column registered_by uuid references users (id), -- who brought it
    add column registration_key text, -- the key of that request, by which a repeat finds the first
    add column registration_hash bytea,
    add column mobile_sealed text,
    add column mobile_fingerprint bytea,
    add column mobile_hint text,
    add column mobile_verified_at timestamptz,
    add column email_sealed text, -- of users of apps; ops accounts sign in by \`email\`
    add column email_fingerprint bytea,
    add column email_hint text,
    add column email_verified_at timestamptz,
    add column language text not null default 'en', -- of messages
    add column city text,
    add column state_code text, -- as GST numbers the states
    add column pin_code text,
    add column address_sealed text;
  update users set type = null, stage = null where kind <> 'app';
  alter table users
    alter column type drop default,
    alter column stage drop default,
    add constraint users_type_fkey foreign key (type) references user_types (name),
    add constraint users_app_has_a_type check ((kind = 'app') = (type is not null)),
    add constraint users_app_has_a_stage check ((kind = 'app') = (stage is not null)),
    add constraint users_app_has_a_parent check (kind = 'app' or parent_id is null),
    add constraint users_stage_known check (stage in (${STAGE_NAMES})),
    add constraint users_stopped_are_disabled check (stage not in ('suspended', 'closed') or status = 'disabled'),
    add constraint users_not_their_own_parent check (parent_id <> id),
    add constraint users_upline_two_sided check ((parent_id is null) = (upline_id is null)),
    add constraint users_mobile_two_sided check ((mobile_sealed is null) = (mobile_fingerprint is null)
      and (mobile_sealed is null) = (mobile_hint is null) and (mobile_sealed is not null or mobile_verified_at is null)),
    add constraint users_email_two_sided check ((email_sealed is null) = (email_fingerprint is null)
      and (email_sealed is null) = (email_hint is null) and (email_sealed is not null or email_verified_at is null)),
    add constraint users_sealed check (mobile_sealed like 'v1.%' and email_sealed like 'v1.%' and address_sealed like 'v1.%'),
    add constraint users_fingerprints_are_sha256
      check (octet_length(mobile_fingerprint) = 32 and octet_length(email_fingerprint) = 32),
    add constraint users_registration_two_sided check ((registration_key is null) = (registration_hash is null)
      and (registration_key is null or registered_by is not null)),
    add constraint users_registered_once unique (registered_by, registration_key),
    add constraint users_language_known check (language in ('en', 'hi')),
    add constraint users_state_code_form check (state_code ~ '^(0[1-9]|[12][0-9]|3[0-8]|97)$'),
    add constraint users_pin_code_form check (pin_code ~ '^[1-9][0-9]{5}$');
  -- A number is one user's, and free again when that user is closed.
  create unique index users_mobile_unique on users (mobile_fingerprint) where stage <> 'closed';
  create unique index users_email_of_app_unique on users (email_fingerprint) where stage <> 'closed';
  create index users_of_parent on users (parent_id, id) where parent_id is not null; -- those right below a user
`;

// Nobody signs in meanwhile: rows come first, and are compared with the users at once.
const TREE = `
  create table user_ancestors (
    ancestor_id uuid not null,
    user_id uuid not null,
    depth smallint not null, -- 0: the user itself
    type text not null,  -- of the user
    stage text not null, -- of the user
    constraint user_ancestors_depth_of_itself check ((depth = 0) = (ancestor_id = user_id) and depth between 0 and 9)
  );
  insert into user_ancestors select id, id, 0, type, stage from users where kind = 'app';
  alter table user_ancestors
    add constraint user_ancestors_pkey primary key (ancestor_id, user_id), -- the users of a subtree by their age
    add constraint user_ancestors_one_at_each_depth unique (user_id, depth), -- the chain above a user
    add constraint user_ancestors_ancestor_id_fkey foreign key (ancestor_id) references users (id),
    add constraint user_ancestors_user_id_fkey foreign key (user_id) references users (id);
  -- those of a subtree by type and stage, in the same order
  create index user_ancestors_by_type_and_stage on user_ancestors (ancestor_id, type, stage, user_id);

  create table user_placements (
    user_id uuid not null,
    no integer not null,
    parent_id uuid references users (id),
    upline_id bigint references uplines (id),
    from_at timestamptz not null -- until the next
  );
  create trigger user_placements_stay before update or delete or truncate on user_placements for each statement
    execute function refuse_change();
  insert into user_placements (user_id, no, from_at) select id, 1, created_at from users where kind = 'app';
  alter table user_placements
    add constraint user_placements_pkey primary key (user_id, no),
    add constraint user_placements_user_id_fkey foreign key (user_id) references users (id);

  -- Its chain goes up from this parent: found, or made.
  create function upline_below(parent uuid) returns bigint language plpgsql
  security definer set search_path = public, pg_temp as $$
  declare
    above uuid[];
    kinds text[];
    found_id bigint;
  begin
    select array_agg(a.ancestor_id order by a.depth), array_agg(u.type order by a.depth) into above, kinds
      from user_ancestors a join users u on u.id = a.ancestor_id where a.user_id = parent;
    select id into found_id from uplines where user_ids = above and types = kinds;
    if found_id is null then
      insert into uplines (user_ids, types) values (above, kinds) on conflict do nothing returning id into found_id;
    end if;
    if found_id is null then
      select id into found_id from uplines where user_ids = above and types = kinds;
    end if;
    return found_id;
  end $$;
  revoke execute on function upline_below(uuid) from public;
`;

const PLACES = `
  -- Users are added side by side, but not while one is moved or closed: else a user could come below one whose own
  -- place is changing, or below itself.
  create function users_take_place() returns trigger language plpgsql
  security definer set search_path = public, pg_temp as $$
  declare
    rule user_types;
    above users;
  begin
    if new.kind <> 'app' then
      return new;
    end if;
    new.type := coalesce(new.type, 'retailer');
    new.stage := coalesce(new.stage, 'active');
    new.upline_id := null;
    select * into rule from user_types where name = new.type;
    if tg_op = 'UPDATE' then
      perform pg_advisory_xact_lock(20261130010000);
    end if;
    if new.parent_id is null then
      if not rule.stands_alone then
        raise exception 'a user of the type % needs somebody above', new.type
          using errcode = '23514', constraint = 'users_parent_of_a_fitting_type', table = 'users';
      end if;
    else
      if tg_op = 'INSERT' then
        perform pg_advisory_xact_lock_shared(20261130010000);
      end if;
      select * into above from users where id = new.parent_id;
      if not coalesce(above.type = any(rule.below), false) then
        raise exception 'a user of the type % cannot stand below one of the type %', new.type, above.type
          using errcode = '23514', constraint = 'users_parent_of_a_fitting_type', table = 'users';
      end if;
      if above.stage = 'closed' then
        raise exception 'nobody stands below a closed user'
          using errcode = '23514', constraint = 'users_parent_is_open', table = 'users';
      end if;
      if tg_op = 'UPDATE' and exists (
        select from user_ancestors where ancestor_id = new.id and user_id = new.parent_id) then
        raise exception 'a user cannot stand below itself'
          using errcode = '23514', constraint = 'users_not_below_themselves', table = 'users';
      end if;
      new.upline_id := upline_below(new.parent_id);
    end if;
    if tg_op = 'UPDATE' and new.type <> old.type and exists (
      select from users child join user_types t on t.name = child.type
      where child.parent_id = new.id and not new.type = any(t.below)) then
      raise exception 'those below cannot stand below one of the type %', new.type
        using errcode = '23514', constraint = 'users_parent_of_a_fitting_type', table = 'users';
    end if;
    return new;
  end $$;
  create trigger users_take_place before insert on users for each row execute function users_take_place();
  create trigger users_change_place before update of parent_id, type on users for each row
    when (new.parent_id is distinct from old.parent_id or new.type is distinct from old.type)
    execute function users_take_place();
  create trigger users_upline_follows before update of upline_id on users for each row
    when (pg_trigger_depth() = 0 and new.upline_id is distinct from old.upline_id) execute function refuse_change();

  create function users_placed() returns trigger language plpgsql
  security definer set search_path = public, pg_temp as $$
  begin
    insert into user_ancestors (ancestor_id, user_id, depth, type, stage)
      select new.id, new.id, 0, new.type, new.stage
      union all select ancestor_id, new.id, depth + 1, new.type, new.stage from user_ancestors
        where user_id = new.parent_id;
    insert into user_placements (user_id, no, parent_id, upline_id, from_at)
      values (new.id, 1, new.parent_id, new.upline_id, now());
    return null;
  end $$;
  revoke execute on function users_placed() from public;
  create trigger users_placed after insert on users for each row when (new.kind = 'app')
    execute function users_placed();

  -- Those below go along. Each of them has a new chain above, and keeps its own parent.
  create function users_moved() returns trigger language plpgsql
  security definer set search_path = public, pg_temp as $$
  declare
    parent uuid;
    upline bigint;
  begin
    if new.parent_id is distinct from old.parent_id then
      delete from user_ancestors a using user_ancestors below
        where below.ancestor_id = new.id and a.user_id = below.user_id and a.depth > below.depth;
      insert into user_ancestors (ancestor_id, user_id, depth, type, stage)
        select above.ancestor_id, below.user_id, above.depth + below.depth + 1, below.type, below.stage
        from user_ancestors above, user_ancestors below
        where above.user_id = new.parent_id and below.ancestor_id = new.id;
      insert into user_placements (user_id, no, parent_id, upline_id, from_at)
        select new.id, max(no) + 1, new.parent_id, new.upline_id, now() from user_placements where user_id = new.id;
    end if;
    update user_ancestors set type = new.type where user_id = new.id and type <> new.type;
    for parent in
      select distinct u.parent_id from user_ancestors below join users u on u.id = below.user_id
      where below.ancestor_id = new.id and below.depth > 0
    loop
      upline := upline_below(parent);
      update users set upline_id = upline where parent_id = parent;
      insert into user_placements (user_id, no, parent_id, upline_id, from_at)
        select u.id, (select max(no) + 1 from user_placements p where p.user_id = u.id), parent, upline, now()
        from users u where u.parent_id = parent;
    end loop;
    return null;
  end $$;
  revoke execute on function users_moved() from public;
  create trigger users_moved after update of parent_id, type on users for each row
    when (new.parent_id is distinct from old.parent_id or new.type is distinct from old.type)
    execute function users_moved();
  revoke execute on function users_take_place() from public;
`;

/** `domain/users/stages.ts` says who may move a user from one to the other. */
const MOVES = [
  'lead>kyc_submitted',
  'lead>closed',
  'kyc_submitted>lead',
  'kyc_submitted>verified',
  'kyc_submitted>closed',
  'verified>agreement',
  'verified>kyc_submitted',
  'verified>closed',
  'agreement>active',
  'agreement>closed',
  'active>suspended',
  'active>dormant',
  'active>closed',
  'suspended>active',
  'suspended>closed',
  'dormant>active',
  'dormant>suspended',
  'dormant>closed',
]
  .map((move) => `'${move}'`)
  .join(', ');

const STAGES = `
  create trigger users_begin_early before insert on users for each row
    when (new.stage not in ('lead', 'active')) execute function refuse_change();
  create trigger users_stage_moves before update of stage on users for each row
    when (old.stage <> new.stage and not (old.stage || '>' || new.stage) in (${MOVES})) execute function refuse_change();

  create function users_stage_moved() returns trigger language plpgsql
  security definer set search_path = public, pg_temp as $$
  begin
    update user_ancestors set stage = new.stage where user_id = new.id;
    return null;
  end $$;
  revoke execute on function users_stage_moved() from public;
  create trigger users_stage_moved after update of stage on users for each row
    when (new.stage <> old.stage) execute function users_stage_moved();

  create function users_closed_have_nobody_below() returns trigger language plpgsql
  security definer set search_path = public, pg_temp as $$
  begin
    perform pg_advisory_xact_lock(20261130010000); -- nobody is added meanwhile
    if exists (select from users where parent_id = new.id and stage <> 'closed') then
      raise exception 'somebody stands below this user'
        using errcode = '23514', constraint = 'users_closed_have_nobody_below', table = 'users';
    end if;
    return new;
  end $$;
  revoke execute on function users_closed_have_nobody_below() from public;
  create trigger users_closed_have_nobody_below before update of stage on users for each row
    when (new.stage = 'closed' and old.stage <> 'closed') execute function users_closed_have_nobody_below();

  create table user_stages (
    user_id uuid not null references users (id),
    no integer not null,
    from_stage text not null,
    to_stage text not null,
    actor text not null, -- the id of a user, or the name of a loop of ours
    actor_kind text not null,
    reason text not null,
    at timestamptz not null,
    constraint user_stages_pkey primary key (user_id, no),
    constraint user_stages_a_move check (from_stage <> to_stage),
    constraint user_stages_actor_kind_known check (actor_kind in ('self', 'upline', 'staff', 'system'))
  );
  create trigger user_stages_append_only before update or delete or truncate on user_stages for each statement
    execute function refuse_change();
`;
