import type { Knex } from 'knex';

// The night of a business day, and its steps. A step of a night is one row for each kind, and for each provider where
// the kind has one: what it waits for, who does it just now and how far that is. Whoever holds the lease of a row does
// its step; a lease that is not renewed ends by itself, so a step of a process that dies is done again. Leases and due
// times go by the clock of the database, since the clock of the business can be moved in development.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table nights (
      business_date date primary key,
      opened_at timestamptz not null default clock_timestamp(),
      horizon xid8, -- what began to write before the day was over is older than this
      closed_at timestamptz, -- since then nothing of the day can be written any more
      constraint nights_closed_after_horizon check (closed_at is null or horizon is not null)
    );
    create trigger nights_closed_once before update on nights for each row
      when (new.business_date <> old.business_date or new.opened_at <> old.opened_at
        or (old.horizon is not null and new.horizon is distinct from old.horizon)
        or (old.closed_at is not null and new.closed_at is distinct from old.closed_at))
      execute function refuse_change();
    create trigger nights_stay before delete or truncate on nights for each statement execute function refuse_change();

    create table nightly_runs (
      id uuid primary key,
      kind text not null,
      business_date date not null references nights,
      provider text, -- null where the kind has one run for all of them
      depends_on text[] not null, -- kinds of the same night that must be done before
      state text not null default 'waiting',
      rows_done bigint not null default 0,
      rows_total bigint, -- null while it is not known
      attempt_no integer not null default 0,
      drive_no integer not null default 0,
      due_at timestamptz default clock_timestamp(), -- when it is queued next; null when it is done
      lease_until timestamptz, -- whoever does it renews this
      begun_at timestamptz,
      ended_at timestamptz,
      why text, -- what it waits for, or the code of the error that ended the last try
      result jsonb, -- counts and sums for people
      constraint nightly_runs_once unique nulls not distinct (business_date, kind, provider),
      constraint nightly_runs_kind_form check (kind ~ '^[a-z][a-z0-9_]{0,39}$'),
      constraint nightly_runs_state_known check (state in ('waiting', 'running', 'failed', 'done')),
      constraint nightly_runs_lease_two_sided check ((state = 'running') = (lease_until is not null)),
      constraint nightly_runs_done_two_sided check ((state = 'done') = (ended_at is not null)
        and (state = 'done') = (due_at is null)),
      constraint nightly_runs_counted check (rows_done >= 0 and rows_total >= 0 and attempt_no >= 0 and drive_no >= 0)
    );
    -- the loop of the nightly processes: what is not done yet
    create index nightly_runs_open on nightly_runs (business_date, kind) where state <> 'done';
    create trigger nightly_runs_facts_stay before update on nightly_runs for each row
      when (new.id <> old.id or new.kind <> old.kind or new.business_date <> old.business_date
        or new.provider is distinct from old.provider or new.depends_on <> old.depends_on
        or new.attempt_no < old.attempt_no or new.drive_no < old.drive_no)
      execute function refuse_change();
    create trigger nightly_runs_stay before delete or truncate on nightly_runs for each statement
      execute function refuse_change();

    create table night_rules (
      profile text not null,
      in_force_from date not null,
      closes_after_s integer not null, -- after midnight in India; what was under way then has ended
      first_days_back integer not null, -- so many days are done when there was no night before
      constraint night_rules_pkey primary key (profile, in_force_from),
      constraint night_rules_profile_known check (profile in ('production', 'development')),
      constraint night_rules_sensible check (closes_after_s between 60 and 21600 and first_days_back between 1 and 400)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table night_rules; drop table nightly_runs; drop table nights;');
}
