import type { Knex } from 'knex';

// A case remembers the situation it was opened in, what it is about, and who ended it. What moves money by a
// person's word is proposed by one ops account and approved by another: the database refuses one person for both.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table ops_cases
      -- the situation it was opened in: once a person has closed it, it is not opened again for the same one
      add column situation text,
      -- references and codes, never a personal value
      add column evidence jsonb not null default '{}',
      add column closed_by_user uuid references users (id),
      add constraint ops_cases_evidence_is_object check (jsonb_typeof(evidence) = 'object'),
      add constraint ops_cases_closed_by_a_person check (closed_by_user is null or closed_at is not null);
    create index ops_cases_settled on ops_cases (kind, subject, situation)
      where closed_by_user is not null; -- has a person closed this before

    create table approvals (
      id uuid primary key,
      action text not null, -- case.decide, float.top_up ...
      subject text not null, -- one open proposal for each: 'case:<uuid>', 'wallet:<uuid>:<bank reference>'
      case_id uuid references ops_cases (id),
      detail jsonb not null, -- what is to be done, and what the proposer saw; never a personal value
      reason text not null,
      evidence text not null,
      state text not null default 'proposed',
      proposed_by uuid not null references users (id),
      proposed_at timestamptz not null,
      decided_by uuid references users (id),
      decided_at timestamptz,
      note text,
      journal_id uuid, -- the named posting
      constraint approvals_state_known check (state in ('proposed', 'approved', 'rejected', 'withdrawn', 'overtaken')),
      constraint approvals_action_form check (action ~ '^[a-z][a-z_]*\\.[a-z][a-z_]*$'),
      constraint approvals_detail_is_object check (jsonb_typeof(detail) = 'object'),
      constraint approvals_said_why check (length(trim(reason)) between 3 and 500 and length(trim(evidence)) between 3 and 500),
      constraint approvals_two_persons check (decided_by is null or decided_by <> proposed_by),
      constraint approvals_decided_two_sided check ((state = 'proposed') = (decided_at is null)
        and (state in ('approved', 'rejected', 'overtaken')) = (decided_by is not null)),
      constraint approvals_journal_of_approved check (journal_id is null or state = 'approved')
    );
    create unique index approvals_one_open on approvals (subject) where state = 'proposed';
    create index approvals_of_case on approvals (case_id) where case_id is not null; -- what was decided about a case
    create unique index approvals_journal_unique on approvals (journal_id) where journal_id is not null;

    create function approvals_by_ops() returns trigger language plpgsql as $$
    begin
      if not exists (
        select from users where id = coalesce(new.decided_by, new.proposed_by)
          and kind = 'ops' and status = 'active' and role in ('operator', 'admin'))
      then
        raise exception 'only an active ops account that is no viewer proposes and decides'
          using errcode = '23514', constraint = 'approvals_by_ops', table = 'approvals';
      end if;
      return new;
    end $$;
    create trigger approvals_by_ops before insert or update on approvals for each row execute function approvals_by_ops();
    create trigger approvals_begin_proposed before insert on approvals for each row
      when (new.state <> 'proposed') execute function refuse_change();
    create trigger approvals_decided_once before update on approvals for each row
      when (old.state <> 'proposed' or new.id <> old.id or new.action <> old.action or new.subject <> old.subject
        or new.case_id is distinct from old.case_id or new.detail <> old.detail or new.reason <> old.reason
        or new.evidence <> old.evidence or new.proposed_by <> old.proposed_by or new.proposed_at <> old.proposed_at)
      execute function refuse_change();
    create table rehearsal_mark (
      singleton boolean primary key default true,
      is_rehearsal boolean not null,
      constraint rehearsal_mark_one_row check (singleton)
    );
    create trigger rehearsal_mark_stays before update or delete or truncate on rehearsal_mark for each statement
      execute function refuse_change();

    create trigger approvals_stay before delete or truncate on approvals for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table rehearsal_mark;
    drop table approvals;
    drop function approvals_by_ops();
    alter table ops_cases drop column situation, drop column evidence, drop column closed_by_user;
  `);
}
