import type { Knex } from 'knex';

// Users who stand below somebody else from a day on. A move is approved when it is written, and made when its day has
// come.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table user_moves (
      id uuid primary key,
      user_id uuid not null references users (id),
      parent_id uuid references users (id), -- null: it stands alone then
      effective_on date not null,
      state text not null default 'waiting',
      approval_id uuid not null references approvals (id),
      made_at timestamptz not null,
      ended_at timestamptz,
      note text,
      constraint user_moves_state_known check (state in ('waiting', 'done', 'cancelled', 'refused')),
      constraint user_moves_ended_two_sided check ((state = 'waiting') = (ended_at is null)),
      constraint user_moves_refused_says_why check (state <> 'refused' or note is not null)
    );
    create unique index user_moves_one_waiting on user_moves (user_id) where state = 'waiting';
    create index user_moves_due on user_moves (effective_on) where state = 'waiting'; -- the loop that makes them
    create trigger user_moves_end_once before update on user_moves for each row
      when (old.state <> 'waiting' or new.user_id <> old.user_id or new.parent_id is distinct from old.parent_id
        or new.effective_on <> old.effective_on or new.approval_id <> old.approval_id)
      execute function refuse_change();
    create trigger user_moves_stay before delete or truncate on user_moves for each statement
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table user_moves');
}
