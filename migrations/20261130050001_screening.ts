import type { Knex } from 'knex';

// The names that nobody may deal with (the UN's consolidated list), and who is like one of them. The list is public
// and replaced whole; what was found, and who decided what about it, stays.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table screening_rules (
      in_force_from date primary key,
      least_score smallint not null,   -- a likeness below it is none
      stale_after_hours integer not null, -- an older list is an alarm: the UN makes one each night
      shrinks_by_percent smallint not null, -- a file with fewer entries than that was cut
      constraint screening_rules_range check (least_score between 50 and 100 and stale_after_hours > 0
        and shrinks_by_percent between 0 and 50)
    );
    create table screening_lists (
      id uuid primary key,
      generated_at timestamptz not null,
      individuals integer not null,
      entities integer not null,
      names integer not null,
      empty_aliases integer not null, -- left out: one of them would be like everybody
      file_sha256 bytea not null,
      imported_at timestamptz not null,
      imported_by uuid not null references users (id),
      is_current boolean not null,
      compared_at timestamptz, -- when everybody who stands was compared with it
      constraint screening_lists_generated_once unique (generated_at),
      constraint screening_lists_counts check (individuals >= 0 and entities >= 0 and individuals + entities > 0
        and names >= individuals + entities and empty_aliases >= 0),
      constraint screening_lists_sha256 check (octet_length(file_sha256) = 32)
    );
    create unique index screening_lists_one_current on screening_lists (is_current) where is_current;
    create trigger screening_lists_facts_stay before update on screening_lists for each row
      when ((new.id, new.generated_at, new.individuals, new.entities, new.names, new.imported_at, new.imported_by)
        is distinct from (old.id, old.generated_at, old.individuals, old.entities, old.names, old.imported_at,
          old.imported_by) or (new.is_current and not old.is_current))
      execute function refuse_change();
    create trigger screening_lists_stay before delete or truncate on screening_lists for each statement
      execute function refuse_change();

    create table screening_names (
      list_id uuid not null references screening_lists (id),
      no integer not null,
      reference text not null,
      kind text not null,
      regime text not null,
      name text not null,
      quality text not null,
      births jsonb not null,
      constraint screening_names_pkey primary key (list_id, no),
      constraint screening_names_kind_known check (kind in ('individual', 'entity')),
      constraint screening_names_quality_known check (quality in ('name', 'good', 'low')),
      constraint screening_names_are_names check (length(trim(name)) > 0)
    );

    create table screenings (
      subject text not null, -- 'kyc_record:<uuid>', 'beneficiary:<uuid>'
      list_id uuid not null references screening_lists (id),
      hits smallint not null,
      at timestamptz not null,
      constraint screenings_pkey primary key (subject, list_id),
      constraint screenings_subject_form check (subject ~ '^(kyc_record|beneficiary):[0-9a-f-]{36}$'),
      constraint screenings_hits_counted check (hits >= 0)
    );
    create trigger screenings_stay before update or delete or truncate on screenings for each statement
      execute function refuse_change();

    create table screening_hits (
      id uuid primary key,
      subject text not null,
      list_id uuid not null references screening_lists (id), -- in which it was first found
      reference text not null,
      kind text not null,
      regime text not null,
      listed_name text not null,
      quality text not null,
      score smallint not null,
      state text not null default 'open',
      found_at timestamptz not null,
      approval_id uuid references approvals (id),
      decided_at timestamptz,
      -- one that was cleared is not asked again for the same name of the list
      constraint screening_hits_once unique (subject, reference, listed_name),
      constraint screening_hits_state_known check (state in ('open', 'cleared', 'confirmed')),
      constraint screening_hits_score check (score between 0 and 100),
      constraint screening_hits_decided_two_sided check ((state = 'open') = (decided_at is null)
        and (decided_at is null) = (approval_id is null))
    );
    create index screening_hits_open on screening_hits (found_at) where state = 'open'; -- the queue
    create trigger screening_hits_begin_open before insert on screening_hits for each row
      when (new.state <> 'open') execute function refuse_change();
    create trigger screening_hits_facts_stay before update on screening_hits for each row
      when (old.state <> 'open' or (new.id, new.subject, new.reference, new.listed_name, new.score, new.found_at)
        is distinct from (old.id, old.subject, old.reference, old.listed_name, old.score, old.found_at))
      execute function refuse_change();
    create trigger screening_hits_stay before delete or truncate on screening_hits for each statement
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table screening_hits;
    drop table screenings;
    drop table screening_names;
    drop table screening_lists;
    drop table screening_rules;
  `);
}
