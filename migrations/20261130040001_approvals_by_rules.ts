import type { Knex } from 'knex';

// One maker-checker for everything that needs it. A rule says for each action in which area it is proposed and decided,
// how long a proposal waits, and up to which amount one person may do it alone: of all that this person, and all that
// was for the same receiver, in the area and time together, so that splitting passes no threshold.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table approval_rules (
      action text not null,
      in_force_from date not null,
      area text not null,
      propose_permission text generated always as (area || '.propose') stored references permissions (name),
      decide_permission text generated always as (area || '.decide') stored references permissions (name),
      expires_after_s integer not null,
      alone_up_to_paise bigint not null default 0, -- 0: always two persons
      alone_window_s integer not null default 86400,
      constraint approval_rules_pkey primary key (action, in_force_from),
      constraint approval_rules_action_form check (action ~ '^[a-z][a-z_]*\\.[a-z][a-z_]*$'),
      constraint approval_rules_sensible check (expires_after_s between 60 and 7776000
        and alone_up_to_paise >= 0 and alone_window_s between 3600 and 2678400)
    );

    alter table approvals
      add column area text,
      add column expires_at timestamptz, -- null: before there was a rule
      add column amount_paise bigint,
      add column counted_for text, -- who gains by it, where small amounts are counted
      add column changes jsonb, -- of each field: what it is, and what it is to be
      drop constraint approvals_state_known,
      drop constraint approvals_journal_of_approved,
      add constraint approvals_state_known check (state in
        ('proposed', 'approved', 'rejected', 'withdrawn', 'overtaken', 'expired', 'alone')),
      add constraint approvals_journal_of_approved check (journal_id is null or state in ('approved', 'alone')),
      add constraint approvals_amount_positive check (amount_paise > 0),
      add constraint approvals_changes_is_object check (jsonb_typeof(changes) = 'object'),
      add constraint approvals_decided_in_time check (state not in ('approved', 'alone') or decided_at < expires_at),
      add constraint approvals_expire_after_their_time
        check (state <> 'expired' or (expires_at is not null and decided_at >= expires_at)),
      add constraint approvals_alone_has_an_amount check (state <> 'alone'
        or (amount_paise is not null and counted_for is not null and area is not null));
    create index approvals_expiring on approvals (expires_at) where state = 'proposed'; -- what waited too long
    create index approvals_alone_by on approvals (area, proposed_by, decided_at) where state = 'alone'; -- sums of a person
    create index approvals_alone_for on approvals (area, counted_for, decided_at) where state = 'alone'; -- of a receiver

    create function approval_rule(of_action text, at timestamptz) returns approval_rules language sql stable as $$
      select * from approval_rules
      where action = of_action and in_force_from <= (at at time zone 'Asia/Kolkata')::date
      order by in_force_from desc limit 1
    $$;

    -- Who proposes and who decides is permitted it now, by the rows of their roles. Whoever proposed must still be
    -- allowed to when it is carried out: an account that was ended meanwhile asks for nothing any more.
    create function approvals_by_permitted() returns trigger language plpgsql as $$
    declare
      rule approval_rules;
    begin
      if new.state = 'expired' then
        return new;
      end if;
      rule := approval_rule(new.action, coalesce(new.decided_at, new.proposed_at));
      if rule.area is null or rule.area <> coalesce(new.area, rule.area) then
        raise exception 'no rule says who approves %', new.action
          using errcode = '23514', constraint = 'approvals_have_a_rule', table = 'approvals';
      end if;
      if not is_permitted(coalesce(new.decided_by, new.proposed_by),
        case when new.decided_by is null then rule.propose_permission else rule.decide_permission end)
      then
        raise exception 'only an active account whose role permits it proposes and decides'
          using errcode = '23514', constraint = 'approvals_by_permitted', table = 'approvals';
      end if;
      if new.state = 'approved' and not is_permitted(new.proposed_by, rule.propose_permission) then
        raise exception 'whoever proposed it may not propose it any more'
          using errcode = '23514', constraint = 'approvals_maker_stands', table = 'approvals';
      end if;
      return new;
    end $$;

    create function is_permitted(who uuid, what text) returns boolean language sql stable as $$
      select exists (select from users u join role_permissions p on p.role = role_of(u) and p.permission = what
        where u.id = who and u.status = 'active')
    $$;

    -- The locks stand for the two sums: of two at once, the second sees the first.
    create function approvals_alone_within() returns trigger language plpgsql as $$
    declare
      rule approval_rules := approval_rule(new.action, new.decided_at);
      by_person bigint := hashtextextended('alone by ' || new.area || ' ' || new.proposed_by, 0);
      for_receiver bigint := hashtextextended('alone for ' || new.area || ' ' || new.counted_for, 0);
      since timestamptz := new.decided_at - make_interval(secs => rule.alone_window_s);
      used numeric;
    begin
      perform pg_advisory_xact_lock(least(by_person, for_receiver));
      perform pg_advisory_xact_lock(greatest(by_person, for_receiver));
      select greatest(
        (select coalesce(sum(amount_paise), 0) from approvals
          where state = 'alone' and area = new.area and proposed_by = new.proposed_by and decided_at > since),
        (select coalesce(sum(amount_paise), 0) from approvals
          where state = 'alone' and area = new.area and counted_for = new.counted_for and decided_at > since)) into used;
      if used + new.amount_paise > rule.alone_up_to_paise then
        raise exception 'one person alone may not do this: with what was done before it is more than %', rule.alone_up_to_paise
          using errcode = '23514', constraint = 'approvals_alone_within', table = 'approvals';
      end if;
      return new;
    end $$;

    drop trigger approvals_by_ops on approvals;
    drop function approvals_by_ops();
    create trigger approvals_by_permitted before insert or update on approvals for each row
      execute function approvals_by_permitted();
    create trigger approvals_alone_within before update on approvals for each row
      when (new.state = 'alone' and old.state = 'proposed') execute function approvals_alone_within();

    drop trigger approvals_decided_once on approvals;
    create trigger approvals_decided_once before update on approvals for each row
      when (old.state <> 'proposed' or new.id <> old.id or new.action <> old.action or new.subject <> old.subject
        or new.case_id is distinct from old.case_id or new.detail <> old.detail or new.reason <> old.reason
        or new.evidence <> old.evidence or new.proposed_by <> old.proposed_by or new.proposed_at <> old.proposed_at
        or new.area is distinct from old.area or new.expires_at is distinct from old.expires_at
        or new.amount_paise is distinct from old.amount_paise or new.counted_for is distinct from old.counted_for
        or new.changes is distinct from old.changes)
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger approvals_decided_once on approvals;
    create trigger approvals_decided_once before update on approvals for each row
      when (old.state <> 'proposed' or new.id <> old.id or new.action <> old.action or new.subject <> old.subject
        or new.case_id is distinct from old.case_id or new.detail <> old.detail or new.reason <> old.reason
        or new.evidence <> old.evidence or new.proposed_by <> old.proposed_by or new.proposed_at <> old.proposed_at)
      execute function refuse_change();
    drop trigger approvals_alone_within on approvals;
    drop trigger approvals_by_permitted on approvals;
    drop function approvals_alone_within();
    drop function approvals_by_permitted();
    drop function is_permitted(uuid, text);
    drop function approval_rule(text, timestamptz);
    create function approvals_by_ops() returns trigger language plpgsql as $$
    begin
      if not exists (
        select from users where id = coalesce(new.decided_by, new.proposed_by)
          and kind = 'ops' and status = 'active' and role in ('operator', 'admin')
          and (made_by is null or confirmed_by is not null))
      then
        raise exception 'only an active, confirmed ops account that is no viewer proposes and decides'
          using errcode = '23514', constraint = 'approvals_by_ops', table = 'approvals';
      end if;
      return new;
    end $$;
    create trigger approvals_by_ops before insert or update on approvals for each row execute function approvals_by_ops();
    alter table approvals
      drop constraint approvals_alone_has_an_amount,
      drop constraint approvals_expire_after_their_time,
      drop constraint approvals_decided_in_time,
      drop constraint approvals_changes_is_object,
      drop constraint approvals_amount_positive,
      drop constraint approvals_journal_of_approved,
      drop constraint approvals_state_known,
      drop column area, drop column expires_at, drop column amount_paise, drop column counted_for, drop column changes,
      add constraint approvals_state_known check (state in ('proposed', 'approved', 'rejected', 'withdrawn', 'overtaken')),
      add constraint approvals_journal_of_approved check (journal_id is null or state = 'approved');
    drop table approval_rules;
  `);
}
