import type { Knex } from 'knex';

// A transaction is written four times on its way. PostgreSQL leaves a row on its page and its indexes alone (HOT)
// when no column of an index has changed. So indexes are on columns that stay while a transaction is under way:
// - `due_from`, `poll_from`: never later than `due_at` and `next_poll_at`. A row is found from then on, and what has
//   become due later meanwhile is put behind by the loops that look.
// - `ended_as`: the state that a transaction has ended in; null while it is under way or under review.
//
// They are kept by the trigger, whoever writes: programs of before, too. It fires always, so that rows that are
// copied in (a restore of data, a bench) are found as well.
const ENDED = "'succeeded', 'failed', 'reversed', 'refunded'";
const ENDED_AS = `case when new.state in (${ENDED}) then new.state end`;

/** Found too late or not at all, found as something else, or found although nothing will ever be due. */
const IS_STALE = `new.ended_as is distinct from ${ENDED_AS}
  or not coalesce(new.due_from <= new.due_at, new.due_at is null)
  or not coalesce(new.poll_from <= new.next_poll_at, new.next_poll_at is null)
  or (new.ended_as is not null and (new.due_from is distinct from new.due_at
    or new.poll_from is distinct from new.next_poll_at))`;

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table transactions add column due_from timestamptz, add column poll_from timestamptz,
      add column ended_as text;

    create function transactions_are_found() returns trigger language plpgsql as $$
    begin
      new.ended_as := ${ENDED_AS};
      if new.ended_as is not null or not coalesce(new.due_from <= new.due_at, new.due_at is null) then
        new.due_from := new.due_at;
      end if;
      if new.ended_as is not null or not coalesce(new.poll_from <= new.next_poll_at, new.next_poll_at is null) then
        new.poll_from := new.next_poll_at;
      end if;
      return new;
    end $$;
    create trigger transactions_are_found_new before insert on transactions for each row
      when (${IS_STALE}) execute function transactions_are_found();
    create trigger transactions_are_found before update of state, due_at, next_poll_at, ended_as, due_from, poll_from
      on transactions for each row when (${IS_STALE}) execute function transactions_are_found();
    alter table transactions enable always trigger transactions_are_found_new;
    alter table transactions enable always trigger transactions_are_found;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger transactions_are_found_new on transactions;
    drop trigger transactions_are_found on transactions;
    drop function transactions_are_found();
    alter table transactions drop column due_from, drop column poll_from, drop column ended_as;
  `);
}
