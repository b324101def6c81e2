import type { Knex } from 'knex';

// What users earn. A scheme is for everybody, for those of a plan, for a network or for one user; its rules say for a
// service, a category or an operator, and by slabs of the amount, what each level of the network gets. A rule is
// never changed: a newer one for the same place is in force from its day on, and what was accepted before keeps the
// older one.
//
// Slabs hang in a chain: each names the end of the one below, which is a foreign key and unique. So no gap, no overlap
// and no second lowest slab can be written, with no extension and on every PostgreSQL from 15 on.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table commission_terms (
      service text not null,
      in_force_from date not null,
      basis text not null,          -- what is shared: what the provider pays us, or our own fee
      mode text not null,           -- when it is paid
      waits_days smallint not null, -- so many days after it was earned, since it may be reversed
      constraint commission_terms_pkey primary key (service, in_force_from),
      constraint commission_terms_basis_known check (basis in ('provider', 'fee')),
      constraint commission_terms_mode_known check (mode in ('instant', 'daily', 'monthly')),
      constraint commission_terms_waits check (waits_days between 0 and 60 and (mode <> 'instant' or waits_days = 0))
    );

    create table commission_schemes (
      id uuid primary key,
      name text not null,
      scope text not null,
      scope_user_id uuid references users (id), -- whose network, or who
      approval_id uuid not null references approvals (id),
      created_at timestamptz not null,
      constraint commission_schemes_name_unique unique (name),
      constraint commission_schemes_name_form check (name ~ '^[a-z][a-z0-9_-]{1,39}$'),
      constraint commission_schemes_scope_known check (scope in ('all', 'plan', 'network', 'user')),
      constraint commission_schemes_scope_two_sided check ((scope in ('network', 'user')) = (scope_user_id is not null)),
      constraint commission_schemes_one_of_a_scope unique (scope_user_id, scope)
    );
    create unique index commission_schemes_one_for_all on commission_schemes (scope) where scope = 'all';
    create trigger commission_schemes_stay before update or delete or truncate on commission_schemes
      for each statement execute function refuse_change();

    create table commission_plan_members (
      user_id uuid not null references users (id),
      in_force_from date not null,
      scheme_id uuid references commission_schemes (id), -- null: of no plan from that day
      approval_id uuid not null references approvals (id),
      created_at timestamptz not null,
      constraint commission_plan_members_pkey primary key (user_id, in_force_from),
      constraint commission_plan_members_later
        check (in_force_from > (created_at at time zone 'Asia/Kolkata')::date)
    );
    create trigger commission_plan_members_stay before update or delete or truncate on commission_plan_members
      for each statement execute function refuse_change();
    create function commission_plan_members_of_a_plan() returns trigger language plpgsql as $$
    begin
      if not exists (select from commission_schemes where id = new.scheme_id and scope = 'plan') then
        raise exception 'only a scheme of a plan has members'
          using errcode = '23514', constraint = 'commission_plan_members_of_a_plan', table = 'commission_plan_members';
      end if;
      return new;
    end $$;
    create trigger commission_plan_members_of_a_plan before insert on commission_plan_members for each row
      when (new.scheme_id is not null) execute function commission_plan_members_of_a_plan();

    create table commission_rules (
      id bigint generated always as identity primary key,
      scheme_id uuid not null references commission_schemes (id),
      service text not null references services (name),
      category text, -- of billers; a mode, a kind of withdrawal
      operator text, -- a biller, an operator
      version integer not null,
      in_force_from date not null,
      ends boolean not null default false, -- from that day the place has no rule
      approval_id uuid not null references approvals (id),
      created_at timestamptz not null,
      constraint commission_rules_one_narrowing check (category is null or operator is null),
      constraint commission_rules_version_unique unique nulls not distinct (scheme_id, service, category, operator, version),
      constraint commission_rules_version_positive check (version > 0),
      -- A day that has begun keeps its rules: what was accepted this morning earns the same whenever it is counted.
      constraint commission_rules_later check (in_force_from > (created_at at time zone 'Asia/Kolkata')::date)
    );
    create trigger commission_rules_stay before update or delete or truncate on commission_rules
      for each statement execute function refuse_change();

    create table commission_slabs (
      rule_id bigint not null references commission_rules (id),
      from_paise bigint not null, -- both ends belong to it
      to_paise bigint not null,
      after_paise bigint,         -- the end of the slab below; null: it is the lowest
      basis text not null,        -- shares of the amount, or of the commission
      constraint commission_slabs_pkey primary key (rule_id, from_paise),
      constraint commission_slabs_ends_once unique (rule_id, to_paise),
      constraint commission_slabs_one_above_another unique nulls not distinct (rule_id, after_paise),
      constraint commission_slabs_above_another foreign key (rule_id, after_paise)
        references commission_slabs (rule_id, to_paise),
      constraint commission_slabs_without_gap check (from_paise = after_paise + 1),
      constraint commission_slabs_in_order check (from_paise > 0 and to_paise >= from_paise),
      constraint commission_slabs_basis_known check (basis in ('amount', 'commission')),
      constraint commission_slabs_by_basis unique (rule_id, from_paise, basis)
    );
    create trigger commission_slabs_stay before update or delete or truncate on commission_slabs
      for each statement execute function refuse_change();

    create table commission_shares (
      rule_id bigint not null,
      from_paise bigint not null,
      basis text not null,
      level text not null references user_types (name),
      place smallint not null,   -- of two parts with the same rest, the first gets the odd paisa
      flat_paise bigint not null,
      bps integer not null,      -- of the amount, rounded down, on top of flat_paise; or of the commission
      cap_paise bigint,
      constraint commission_shares_pkey primary key (rule_id, from_paise, level),
      constraint commission_shares_of_a_slab foreign key (rule_id, from_paise, basis)
        references commission_slabs (rule_id, from_paise, basis),
      constraint commission_shares_not_negative check (flat_paise >= 0 and bps between 0 and 10000 and cap_paise > 0),
      constraint commission_shares_of_commission check (basis = 'amount' or (flat_paise = 0 and cap_paise is null))
    );
    create trigger commission_shares_stay before update or delete or truncate on commission_shares
      for each statement execute function refuse_change();

    -- The rule for a transaction of a user who has this chain above: that of the user, of the nearest network, of the
    -- plan, of everybody; in each the operator's before the category's before the service's; of those of one place the
    -- newest that is in force on the day. One that ends leaves its place to the next.
    create function commission_rule(of_user uuid, chain uuid[], of_service text, of_category text, of_operator text, day date)
    returns table (rule_id bigint) language sql stable as $$
      select r.id
      from (
        select id, 0 as rank from commission_schemes where scope = 'user' and scope_user_id = of_user
        union all
        select id, array_position(of_user || chain, scope_user_id) from commission_schemes
          where scope = 'network' and scope_user_id = any(of_user || chain)
        union all
        select scheme_id, 1000 from (select scheme_id from commission_plan_members
          where user_id = of_user and in_force_from <= day order by in_force_from desc limit 1) as plan
          where scheme_id is not null
        union all
        select id, 2000 from commission_schemes where scope = 'all'
      ) as s join commission_rules r on r.scheme_id = s.id and r.service = of_service and r.in_force_from <= day
        and (r.category is null or r.category = of_category) and (r.operator is null or r.operator = of_operator)
      where not r.ends and not exists (select from commission_rules n where n.scheme_id = r.scheme_id
        and n.service = r.service and n.category is not distinct from r.category
        and n.operator is not distinct from r.operator and n.in_force_from <= day
        and (n.in_force_from, n.version) > (r.in_force_from, r.version))
      order by s.rank, r.operator is null, r.category is null
      limit 1
    $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop function commission_rule(uuid, uuid[], text, text, text, date);
    drop table commission_shares;
    drop table commission_slabs;
    drop table commission_rules;
    drop table commission_plan_members;
    drop function commission_plan_members_of_a_plan();
    drop table commission_schemes;
    drop table commission_terms;
  `);
}
