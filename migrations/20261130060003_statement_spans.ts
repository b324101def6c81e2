import type { Knex } from 'knex';

// Where a time falls among the lines of an account. Lines are in the order of their ids; their times rise with them,
// but for the little by which the clocks of two processes differ. So it is found by halving, in some thirty look-ups
// of the two indexes that statements have, and no index of times is kept for it, which every posting would pay.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The first line of the account at this time or later, null where there is none. It is certain where every line
    -- before it is of before that time: of clocks that differ, the lines around it would show it.
    create function ledger_first_line_from(the_account bigint, the_time timestamptz,
      out line_id bigint, out is_certain boolean) language plpgsql stable as $$
    declare
      low bigint;
      high bigint;
      middle bigint;
      found_id bigint;
      found_at timestamptz;
      last_before bigint;
    begin
      is_certain := true;
      select least(
          (select min(id) from ledger_transfers where debit_account_id = the_account),
          (select min(id) from ledger_transfers where credit_account_id = the_account)),
        greatest(
          (select max(id) from ledger_transfers where debit_account_id = the_account),
          (select max(id) from ledger_transfers where credit_account_id = the_account)) + 1
        into low, high;
      if low is null then return; end if;
      while low < high loop
        middle := low + (high - low) / 2;
        select line.id, line.created_at into found_id, found_at from (
          (select id, created_at from ledger_transfers
            where debit_account_id = the_account and id >= middle order by id limit 1)
          union all
          (select id, created_at from ledger_transfers
            where credit_account_id = the_account and id >= middle order by id limit 1)) line
        order by line.id limit 1;
        if found_at >= the_time then high := middle; else low := found_id + 1; end if;
      end loop;
      select min(id) filter (where created_at >= the_time), max(id) filter (where created_at < the_time)
        into line_id, last_before
      from (
        (select id, created_at from ledger_transfers
          where debit_account_id = the_account and id < low order by id desc limit 100)
        union all
        (select id, created_at from ledger_transfers
          where credit_account_id = the_account and id < low order by id desc limit 100)
        union all
        (select id, created_at from ledger_transfers
          where debit_account_id = the_account and id >= low order by id limit 100)
        union all
        (select id, created_at from ledger_transfers
          where credit_account_id = the_account and id >= low order by id limit 100)) around;
      is_certain := line_id is null or last_before is null or last_before < line_id;
    end $$;

    -- What the account held before this line; nothing before its first.
    create function ledger_balance_before(the_account bigint, the_line bigint) returns bigint language sql stable as $$
      select coalesce((
        select line.balance from (
          (select id, debit_balance_after as balance from ledger_transfers
            where debit_account_id = the_account and id < the_line order by id desc limit 1)
          union all
          (select id, credit_balance_after from ledger_transfers
            where credit_account_id = the_account and id < the_line order by id desc limit 1)) line
        order by line.id desc limit 1), 0)
    $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop function ledger_balance_before(bigint, bigint);
    drop function ledger_first_line_from(bigint, timestamptz);
  `);
}
