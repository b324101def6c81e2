import type { Knex } from 'knex';

// Files of payouts: one brings a file, another releases it, and each line becomes a payout of its own. What a line says of
// its beneficiary is kept sealed until the line has ended, and then erased.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table payout_files (
      id uuid primary key,
      user_id uuid not null references users (id), -- whose wallet pays
      file_key text not null, -- the Idempotency-Key, and a digest of the file
      file_hash bytea not null,
      state text not null default 'waiting',
      brought_by uuid not null, -- the id of the key, the session or the program
      brought_as text not null,
      lines integer not null,
      amount_paise bigint not null, -- of all lines, as whoever brought it told
      ready_lines integer not null,
      ready_paise bigint not null,
      accepted_lines integer not null default 0,
      accepted_paise bigint not null default 0,
      refused_lines integer not null,
      dropped_lines integer not null default 0, -- of a file that was called off
      released_by uuid,
      released_as text,
      released_at timestamptz,
      release_by timestamptz not null, -- whoever comes later brings it again
      claimed_until timestamptz, -- a process works on it until then, or lines that have to wait do
      worked_to integer not null default 0, -- the lines up to here have had their turn, for now
      created_at timestamptz not null,
      finished_at timestamptz,
      constraint payout_files_once unique (user_id, file_key),
      constraint payout_files_state_known check (state in ('waiting', 'released', 'finished', 'cancelled', 'expired')),
      constraint payout_files_callers_known
        check (brought_as in ('key', 'session', 'client') and released_as in ('key', 'session', 'client')),
      constraint payout_files_counts check (ready_lines >= 0 and accepted_lines >= 0 and refused_lines >= 0
        and ready_lines + accepted_lines + refused_lines + dropped_lines = lines and lines > 0),
      constraint payout_files_drops_when_called_off check (dropped_lines >= 0
        and (dropped_lines > 0) = (state in ('cancelled', 'expired'))),
      constraint payout_files_sums check (ready_paise >= 0 and accepted_paise >= 0 and amount_paise >= ready_paise + accepted_paise),
      -- two sessions of one user are one person
      constraint payout_files_released_by_another
        check (released_by <> brought_by and not (brought_as = 'session' and released_as = 'session')),
      constraint payout_files_release_two_sided check ((released_by is null) = (released_at is null)
        and (released_by is null) = (released_as is null)),
      constraint payout_files_released_when_paying check ((state in ('waiting', 'cancelled', 'expired')) <= (released_by is null)
        and (state = 'released') <= (released_by is not null)),
      constraint payout_files_released_in_time check (released_at < release_by),
      constraint payout_files_pays_nothing_before check (released_by is not null or accepted_lines = 0),
      constraint payout_files_finished_two_sided check ((state in ('waiting', 'released')) = (finished_at is null)),
      constraint payout_files_finished_whole check (state in ('waiting', 'released') or ready_lines = 0)
    );
    create index payout_files_due on payout_files (claimed_until) where state = 'released'; -- the loop
    create index payout_files_waiting on payout_files (release_by) where state = 'waiting'; -- those that expire
    create index payout_files_of_user on payout_files (user_id, id);
    -- the same file is there once, until it is called off
    create unique index payout_files_same_file on payout_files (user_id, file_hash) where state not in ('cancelled', 'expired');
    create trigger payout_files_facts_stay before update on payout_files for each row
      when (new.user_id <> old.user_id or new.file_key <> old.file_key or new.brought_by <> old.brought_by
        or new.brought_as <> old.brought_as or new.lines <> old.lines or new.amount_paise <> old.amount_paise
        or new.accepted_lines < old.accepted_lines or new.refused_lines < old.refused_lines
        or (old.released_by is not null and new.released_by is distinct from old.released_by)
        or (old.finished_at is not null and new.state <> old.state))
      execute function refuse_change();

    create table payout_file_lines (
      id uuid primary key,
      file_id uuid not null references payout_files (id),
      line integer not null, -- where it ends in the file
      state text not null,
      reference text,
      amount_paise bigint,
      given_sealed text,
      transaction_id uuid references transactions (id), -- what it became
      code text, -- why it was refused
      reason text,
      constraint payout_file_lines_line_unique unique (file_id, line),
      constraint payout_file_lines_payout_once unique (transaction_id),
      constraint payout_file_lines_state_known check (state in ('ready', 'accepted', 'refused', 'dropped')),
      constraint payout_file_lines_given_while_ready check ((state = 'ready') = (given_sealed is not null)),
      constraint payout_file_lines_sealed check (given_sealed like 'v1.%'),
      constraint payout_file_lines_pays check (state in ('refused', 'dropped') or (amount_paise > 0 and reference is not null)),
      constraint payout_file_lines_accepted_is_payout check ((state = 'accepted') = (transaction_id is not null)),
      constraint payout_file_lines_refused_says_why
        check ((state = 'refused') = (code is not null) and (code is null) = (reason is null))
    );
    create unique index payout_file_lines_reference on payout_file_lines (file_id, reference)
      where state in ('ready', 'accepted'); -- one payout for each
    create index payout_file_lines_ready on payout_file_lines (file_id, line) where state = 'ready'; -- the loop
    create trigger payout_file_lines_end_once before update on payout_file_lines for each row
      when (old.state <> 'ready' or new.file_id <> old.file_id or new.line <> old.line
        or new.reference is distinct from old.reference or new.amount_paise is distinct from old.amount_paise)
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table payout_file_lines; drop table payout_files');
}
