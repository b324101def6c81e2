import type { Knex } from 'knex';

// In development and in a rehearsal the clock of the business can be moved on: a month is an hour. In the database of
// production there is no such row, which a trigger holds: production has marked its database at its first start.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table test_clock (
      singleton boolean primary key default true,
      ahead_ms bigint not null, -- of the real time
      moved_at timestamptz not null default clock_timestamp(),
      constraint test_clock_one_row check (singleton),
      constraint test_clock_ahead check (ahead_ms between 0 and 315576000000) -- ten years
    );
    create function test_clock_is_no_production() returns trigger language plpgsql as $$
    begin
      if exists (select from rehearsal_mark where not is_rehearsal) then
        raise exception 'the clock of production is the real one'
          using errcode = '23514', constraint = 'test_clock_is_no_production', table = 'test_clock';
      end if;
      return new;
    end $$;
    create trigger test_clock_is_no_production before insert or update on test_clock for each row
      execute function test_clock_is_no_production();
    create trigger test_clock_goes_on before update on test_clock for each row
      when (new.ahead_ms < old.ahead_ms) execute function refuse_change();
    create trigger test_clock_stays before delete or truncate on test_clock for each statement
      execute function refuse_change();
    create function rehearsal_mark_has_real_clock() returns trigger language plpgsql as $$
    begin
      if exists (select from test_clock where ahead_ms > 0) then
        raise exception 'the clock of this database was moved: production needs one of its own'
          using errcode = '23514', constraint = 'rehearsal_mark_has_real_clock', table = 'rehearsal_mark';
      end if;
      return new;
    end $$;
    create trigger rehearsal_mark_has_real_clock before insert on rehearsal_mark for each row
      when (not new.is_rehearsal) execute function rehearsal_mark_has_real_clock();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger rehearsal_mark_has_real_clock on rehearsal_mark;
    drop function rehearsal_mark_has_real_clock();
    drop table test_clock;
    drop function test_clock_is_no_production();
  `);
}
