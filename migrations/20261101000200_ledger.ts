import type { Knex } from 'knex';

// An unbalanced posting cannot be written down: a transfer has one debit account, one credit account and one
// amount. What the triggers add:
// transfers are never changed, account totals never shrink, and after each statement that inserts transfers
// the account's running balance
// must be the one that its newest transfer states. That last one also stands in for a foreign key, at a
// fraction of its price per row.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table ledger_accounts (
      id bigint generated always as identity primary key,
      code text not null,
      type text not null,
      currency char(3) not null default 'INR',
      debits_paise bigint not null default 0,
      credits_paise bigint not null default 0,
      floor_paise bigint, -- the least that credits minus debits may be; null where there is no floor
      created_at timestamptz not null default now(),
      constraint ledger_accounts_code_unique unique (code),
      constraint ledger_accounts_code_form check (code ~ '^[a-z]+(:[A-Za-z0-9_-]+)*$'),
      constraint ledger_accounts_type_known check (type in ('asset', 'liability', 'income', 'expense')),
      constraint ledger_accounts_totals_not_negative check (debits_paise >= 0 and credits_paise >= 0),
      constraint ledger_accounts_floor check (floor_paise is null or credits_paise - debits_paise >= floor_paise)
    ) with (fillfactor = 50);

    create trigger ledger_accounts_totals_only_grow before update on ledger_accounts for each row
      when (new.id <> old.id or new.code <> old.code or new.type <> old.type or new.currency <> old.currency
        or new.debits_paise < old.debits_paise or new.credits_paise < old.credits_paise)
      execute function refuse_change();
    create trigger ledger_accounts_start_at_zero before insert on ledger_accounts for each row
      when (new.debits_paise <> 0 or new.credits_paise <> 0) execute function refuse_change();
    create trigger ledger_accounts_stay before delete or truncate on ledger_accounts for each statement
      execute function refuse_change();

    create table ledger_transfers (
      id bigint generated always as identity,
      journal_id uuid not null,
      line smallint not null,
      transaction_id uuid,
      debit_account_id bigint not null,
      credit_account_id bigint not null,
      amount_paise bigint not null,
      currency char(3) not null default 'INR',
      code text not null,
      debit_balance_after bigint not null,  -- credits minus debits of the debit account
      credit_balance_after bigint not null, -- credits minus debits of the credit account
      created_at timestamptz not null default now(),
      constraint ledger_transfers_pkey primary key (journal_id, line), -- does this journal exist; P4
      constraint ledger_transfers_line_not_negative check (line >= 0),
      constraint ledger_transfers_amount_positive check (amount_paise > 0),
      constraint ledger_transfers_two_accounts check (debit_account_id <> credit_account_id)
    );
    -- statement of an account
    create index ledger_transfers_debit_statement on ledger_transfers (debit_account_id, id);
    -- statement of an account
    create index ledger_transfers_credit_statement on ledger_transfers (credit_account_id, id);

    create trigger ledger_transfers_immutable before update or delete or truncate
      on ledger_transfers for each statement execute function refuse_change();

    create function ledger_transfers_match_accounts() returns trigger language plpgsql as $$
    declare
      bad bigint;
    begin
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
      if bad is not null then
        raise exception 'the balance of account % is not the one its newest transfer states', bad
          using errcode = '23514', constraint = 'ledger_transfers_match_accounts', table = 'ledger_transfers';
      end if;
      return null;
    end $$;
    create trigger ledger_transfers_match_accounts after insert on ledger_transfers referencing new table as added
      for each statement execute function ledger_transfers_match_accounts();

    create table limit_counters (
      key text primary key, -- '<what>:<whose>:<period>'
      used_paise bigint not null default 0,
      cap_paise bigint not null,
      created_at timestamptz not null default now(),
      constraint limit_counters_within_cap check (used_paise >= 0 and used_paise <= cap_paise)
    ) with (fillfactor = 70);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'drop table limit_counters; drop table ledger_transfers; drop function ledger_transfers_match_accounts(); drop table ledger_accounts;',
  );
}
