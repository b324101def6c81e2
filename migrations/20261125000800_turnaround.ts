import type { Knex } from 'knex';

// The turnaround clock: a transaction that is not final past expected_by is for people to look at, once.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table transactions add column overdue_at timestamptz; -- when the case about its turnaround was opened
    create index transactions_turnaround on transactions (expected_by)
      -- the turnaround loop: those that it has not claimed yet
      where overdue_at is null and state in ('accepted', 'held', 'dispatched', 'refund_pending', 'in_review');
    create trigger transactions_overdue_once before update on transactions for each row
      when (old.overdue_at is not null and new.overdue_at
        is distinct from old.overdue_at) execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    `drop trigger transactions_overdue_once on transactions; drop index transactions_turnaround;
     alter table transactions drop column overdue_at;`,
  );
}
