import type { Knex } from 'knex';

// Reports that people have asked for: each is a row, made by whoever holds its lease, and a file in the storage that is
// sealed with a key of its own. A file is kept for a time and then its key is destroyed.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table report_rules (
      in_force_from date primary key,
      keep_s integer not null,    -- a file, after it was made
      link_s integer not null,    -- a link to it
      most_open integer not null, -- of one account at a time
      source text not null,
      constraint report_rules_sensible check (keep_s between 60 and 7776000 and link_s between 10 and 86400
        and most_open between 1 and 100)
    );

    create table reports (
      id uuid primary key,
      name text not null,
      parameters jsonb not null, -- as they were checked; ids and codes, no personal values
      form text not null,
      asked_by uuid not null references users (id), -- and nobody else may have it
      asked_at timestamptz not null,
      state text not null default 'waiting',
      attempt_no smallint not null default 0,
      drive_no integer not null default 0, -- rises with each wake-up, so that a job id is never met twice
      due_at timestamptz,
      lease_until timestamptz,
      rows_done bigint not null default 0,
      rows_total bigint, -- where it is known before the end
      why text,          -- the code of what it failed with
      pieces integer not null default 0,            -- that may lie in the storage
      pieces_attempt_no smallint not null default 0, -- of this try
      bytes bigint,
      sha256 bytea, -- of the file, before it was sealed
      key_sealed text,
      done_at timestamptz,
      expires_at timestamptz,
      constraint reports_name_form check (name ~ '^[a-z][a-z_]{1,39}$'),
      constraint reports_form_known check (form in ('json', 'csv', 'pdf')),
      constraint reports_state_known check (state in ('waiting', 'running', 'done', 'failed', 'over')),
      -- unfinished work always has a time at which it is driven
      constraint reports_due_two_sided check ((due_at is not null) = (state in ('waiting', 'running'))),
      constraint reports_lease_two_sided check ((lease_until is not null) = (state = 'running')),
      constraint reports_ended_two_sided check ((done_at is not null) = (state in ('done', 'failed', 'over'))),
      constraint reports_file_two_sided check ((expires_at is not null) = (state in ('done', 'over'))
        and (expires_at is null) = (sha256 is null) and (expires_at is null) = (bytes is null)),
      constraint reports_key_two_sided check ((key_sealed is not null) = (state = 'done')),
      constraint reports_failed_says_why check (state <> 'failed' or why is not null),
      constraint reports_done_has_pieces check (state <> 'done' or (pieces > 0 and pieces_attempt_no = attempt_no)),
      constraint reports_digest_is_sha256 check (octet_length(sha256) = 32),
      constraint reports_counts check (rows_done >= 0 and rows_total >= 0 and pieces >= 0 and bytes >= 0)
    );
    create index reports_due on reports (due_at) where due_at is not null;             -- what can be made
    create index reports_of_account on reports (asked_by, asked_at);                   -- the list, and how many are open
    create index reports_kept on reports (expires_at) where state = 'done';            -- whose time is over
    create index reports_left on reports (id) where state in ('over', 'failed') and pieces > 0; -- what is to be emptied

    create trigger reports_question_stays before update on reports for each row
      when ((old.id, old.name, old.parameters, old.form, old.asked_by, old.asked_at)
        is distinct from (new.id, new.name, new.parameters, new.form, new.asked_by, new.asked_at)
        or new.attempt_no < old.attempt_no)
      execute function refuse_change();
    -- a file is the one that was made: it may only end
    create trigger reports_file_stays before update on reports for each row
      when (old.state in ('done', 'over', 'failed') and (new.state not in (old.state, 'over')
        or (old.sha256, old.bytes, old.done_at, old.expires_at) is distinct from
          (new.sha256, new.bytes, new.done_at, new.expires_at)))
      execute function refuse_change();
    create trigger reports_unfinished_stay before delete on reports for each row
      when (old.state in ('waiting', 'running', 'done') or old.pieces > 0) execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table reports; drop table report_rules;');
}
