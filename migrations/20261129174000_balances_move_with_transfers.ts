import type { Knex } from 'knex';

// A balance changes only by its transfers. Inserting transfers moves the totals of their accounts by exactly their
// sums, in the same statement, and nothing else does: an update of totals is refused outside of that trigger. The
// trigger works with the rights of its owner, so that the role of the processes needs none on the totals.
//
// Programs of before write the totals themselves: they cannot work with this.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger ledger_transfers_match_accounts on ledger_transfers;
    drop function ledger_transfers_match_accounts();

    create function ledger_transfers_move_balances() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
    declare
      wanted bigint;
      moved bigint;
      bad bigint;
    begin
      if tg_relid <> 'ledger_transfers'::regclass then
        raise exception 'balances are moved by transfers alone'
          using errcode = '23514', constraint = 'ledger_transfers_move_balances', table = tg_table_name;
      end if;
      -- Counted, and not compared row by row: this plan is as good for a thousand accounts as for two.
      with sides as (
        select debit_account_id as account_id, amount_paise as debit, 0::bigint as credit,
          array[id, debit_balance_after] as stated from added
        union all
        select credit_account_id, 0, amount_paise, array[id, credit_balance_after] from added
      ), gains as materialized (
        select account_id, sum(debit)::bigint as debits, sum(credit)::bigint as credits, max(stated) as last
        from sides group by account_id
      ), written as (
        update ledger_accounts a
        set debits_paise = a.debits_paise + g.debits, credits_paise = a.credits_paise + g.credits
        from gains g
        where a.id = g.account_id
          and a.credits_paise + g.credits - a.debits_paise - g.debits = g.last[2]
        returning a.id
      )
      select (select count(*) from gains), (select count(*) from written) into wanted, moved;
      if wanted = moved then return null; end if;
      select last.account_id into bad
      from (
        select distinct on (side.account_id) side.account_id, side.balance_after
        from (
          select debit_account_id as account_id, id, debit_balance_after as balance_after from added
          union all
          select credit_account_id, id, credit_balance_after from added
        ) side
        order by side.account_id, side.id desc
      ) last
      where (select a.credits_paise - a.debits_paise from ledger_accounts a where a.id = last.account_id)
        is distinct from last.balance_after
      limit 1;
      raise exception 'the balance of account % is not the one its newest transfer states', bad
        using errcode = '23514', constraint = 'ledger_transfers_match_accounts', table = 'ledger_transfers';
    end $$;
    -- on another table it would move balances without any transfer
    revoke execute on function ledger_transfers_move_balances() from public;
    create trigger ledger_transfers_move_balances after insert on ledger_transfers referencing new table as added
      for each statement execute function ledger_transfers_move_balances();

    create trigger ledger_accounts_move_with_transfers before update of debits_paise, credits_paise on ledger_accounts
      for each statement when (pg_trigger_depth() = 0) execute function refuse_change();

    update schema_floor set needs = '20261129174000_balances_move_with_transfers';
  `);
}

export async function down(): Promise<void> {
  throw new Error(
    'programs of before would write balances by themselves: there is no way back but a restore',
  );
}
