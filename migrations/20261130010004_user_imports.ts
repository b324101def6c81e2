import type { Knex } from 'knex';

// Files of new users: a row for each line, which is accepted or refused on its own. What a line says is kept sealed
// until that is done, and then erased.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table user_imports (
      id uuid primary key,
      user_id uuid not null references users (id), -- who brings them
      import_key text not null, -- the Idempotency-Key, and a digest of the file
      import_hash bytea not null,
      state text not null default 'waiting',
      total integer not null,
      accepted integer not null default 0,
      refused integer not null default 0,
      claimed_until timestamptz, -- a process works on it until then
      created_at timestamptz not null,
      finished_at timestamptz,
      constraint user_imports_once unique (user_id, import_key),
      constraint user_imports_state_known check (state in ('waiting', 'finished')),
      constraint user_imports_counts check (accepted >= 0 and refused >= 0 and accepted + refused <= total and total > 0),
      constraint user_imports_finished_two_sided check ((state = 'finished') = (finished_at is not null)),
      constraint user_imports_finished_whole check (state = 'waiting' or accepted + refused = total)
    );
    create index user_imports_waiting on user_imports (claimed_until) where state = 'waiting'; -- the loop
    create trigger user_imports_facts_stay before update on user_imports for each row
      when (new.user_id <> old.user_id or new.import_key <> old.import_key or new.import_hash <> old.import_hash
        or new.total <> old.total or new.accepted < old.accepted or new.refused < old.refused
        or (old.state = 'finished' and new.state <> old.state))
      execute function refuse_change();

    create table user_import_rows (
      id uuid primary key,
      import_id uuid not null references user_imports (id),
      line integer not null, -- of the file
      state text not null,
      given_sealed text,
      user_id uuid references users (id), -- who became of it
      code text, -- why it was refused
      reason text,
      constraint user_import_rows_line_unique unique (import_id, line),
      constraint user_import_rows_state_known check (state in ('waiting', 'accepted', 'refused')),
      constraint user_import_rows_given_while_waiting check ((state = 'waiting') = (given_sealed is not null)),
      constraint user_import_rows_sealed check (given_sealed like 'v1.%'),
      constraint user_import_rows_accepted_is_somebody check ((state = 'accepted') = (user_id is not null)),
      constraint user_import_rows_refused_says_why
        check ((state = 'refused') = (code is not null) and (code is null) = (reason is null))
    );
    create trigger user_import_rows_end_once before update on user_import_rows for each row
      when (old.state <> 'waiting' or new.import_id <> old.import_id or new.line <> old.line)
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table user_import_rows; drop table user_imports');
}
