import type { Knex } from 'knex';

// A restored database is behind the world: a transaction that is held in it may have been paid since. While
// `restore_id` is set, the provider has to be asked before the transaction is sent or given up, and the
// database refuses those moves.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The database that processes have worked in, by names that a copy of it does not have.
    create table database_identity (
      is_only boolean primary key default true,
      system_identifier text not null, -- of the PostgreSQL cluster
      database_oid bigint not null,
      noted_at timestamptz not null,
      constraint database_identity_one_row check (is_only)
    );

    create table restores (
      id uuid primary key,
      kind text not null,
      point timestamptz, -- what was written after it is lost
      reason text not null,
      begun_at timestamptz not null,
      begun_by text not null,
      finished_at timestamptz,
      finished_by text,
      constraint restores_kind_known check (kind in ('restore', 'move')),
      constraint restores_point_two_sided check ((kind = 'restore') = (point is not null)),
      constraint restores_finished_two_sided check ((finished_at is null) = (finished_by is null)),
      constraint restores_move_is_finished check (kind = 'restore' or finished_at is not null)
    );
    create unique index restores_one_open on restores ((true)) where finished_at is null;
    create trigger restores_facts_stay before update on restores for each row
      when (old.finished_at is not null or new.id <> old.id or new.kind <> old.kind
        or new.point is distinct from old.point or new.reason <> old.reason or new.begun_at <> old.begun_at
        or new.begun_by <> old.begun_by)
      execute function refuse_change();
    create trigger restores_stay before delete or truncate on restores for each statement
      execute function refuse_change();

    alter table transactions add column restore_id uuid references restores (id);
    create index transactions_to_ask_after_restore on transactions (restore_id) where restore_id is not null;
    create trigger transactions_asked_after_restore before update on transactions for each row
      when (old.restore_id is not null and new.restore_id is not null and (
        (old.state in ('accepted', 'held') and new.state in ('dispatched', 'failed'))
        or (old.state = 'dispatched' and new.state = 'held')))
      execute function refuse_change();

    create table restore_questions (
      restore_id uuid not null references restores (id),
      transaction_id uuid not null references transactions (id),
      ask_at timestamptz, -- when to ask next; null when answered
      asked_count integer not null default 0,
      not_found_count integer not null default 0, -- since not-found means something
      answer text,
      note text, -- why a person cleared it
      answered_at timestamptz,
      constraint restore_questions_pkey primary key (restore_id, transaction_id),
      constraint restore_questions_answer_known check (answer in ('found', 'not_there', 'ended', 'cleared')),
      constraint restore_questions_answered_two_sided check ((answer is null) = (answered_at is null)
        and (answer is null) = (ask_at is not null))
    );
    -- the restore loop
    create index restore_questions_due on restore_questions (ask_at) where ask_at is not null;
    create trigger restore_questions_stay before delete or truncate on restore_questions for each statement
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table restore_questions;
    drop trigger transactions_asked_after_restore on transactions;
    alter table transactions drop column restore_id;
    drop table restores;
    drop table database_identity;
  `);
}
