import type { Knex } from 'knex';

// What holds money back in a wallet: a freeze, under which nothing is taken; a lien, under which a sum stays until a
// day; and a credit line, which lets the balance go below zero. All three end in two columns of the wallet's account,
// which triggers keep with the rights of their owner, under the lock that a spending takes: one of a freeze and a
// spending at once is first, and the other sees it.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(TABLES);
  await knex.raw(APPLY);
  await knex.raw(MOVE_BALANCES);
}

export async function down(): Promise<void> {
  throw new Error('what is frozen would be spent: there is no way back but a restore');
}

const TABLES = `
  -- null for nearly all: the floor is what counts
  alter table ledger_accounts add column spend_floor_paise bigint;

  create table wallet_lien_rules (
    in_force_from date primary key,
    days integer not null, -- a lien ends by itself after these
    constraint wallet_lien_rules_positive check (days between 1 and 3660)
  );

  create table wallet_freezes (
    id uuid primary key,
    wallet_id uuid not null references wallets (id),
    reason text not null,
    placed_by uuid not null references users (id),
    placed_at timestamptz not null,
    lifted_by uuid references users (id),
    lifted_at timestamptz,
    constraint wallet_freezes_lifted_two_sided check ((lifted_at is null) = (lifted_by is null))
  );
  create unique index wallet_freezes_one_open on wallet_freezes (wallet_id) where lifted_at is null;
  create trigger wallet_freezes_facts_stay before update on wallet_freezes for each row
    when (old.lifted_at is not null or new.id <> old.id or new.wallet_id <> old.wallet_id or new.reason <> old.reason
      or new.placed_by <> old.placed_by or new.placed_at <> old.placed_at)
    execute function refuse_change();
  create trigger wallet_freezes_stay before delete or truncate on wallet_freezes for each statement
    execute function refuse_change();

  create table wallet_liens (
    id uuid primary key,
    wallet_id uuid not null references wallets (id),
    amount_paise bigint not null, -- may be more than there is: what comes in stays too
    reference text not null,      -- of the order or the complaint
    reason text not null,
    placed_by uuid not null references users (id),
    placed_at timestamptz not null,
    ends_at timestamptz not null,
    released_by uuid references users (id), -- null: by its time
    released_at timestamptz,
    constraint wallet_liens_amount_positive check (amount_paise > 0),
    constraint wallet_liens_end_after_begin check (ends_at > placed_at),
    -- before its time a lien is released by a person
    constraint wallet_liens_released_by_whom check (case when released_at is null then released_by is null
      else released_by is not null or released_at >= ends_at end),
    constraint wallet_liens_reference_unique unique (wallet_id, reference)
  );
  create index wallet_liens_open on wallet_liens (ends_at) where released_at is null; -- whose time is over
  create index wallet_liens_of_wallet on wallet_liens (wallet_id) where released_at is null;
  create trigger wallet_liens_facts_stay before update on wallet_liens for each row
    when (old.released_at is not null or new.id <> old.id or new.wallet_id <> old.wallet_id
      or new.amount_paise <> old.amount_paise or new.reference <> old.reference or new.reason <> old.reason
      or new.placed_by <> old.placed_by or new.placed_at <> old.placed_at or new.ends_at <> old.ends_at)
    execute function refuse_change();
  create trigger wallet_liens_stay before delete or truncate on wallet_liens for each statement
    execute function refuse_change();

  create table wallet_credit_lines (
    id bigint generated always as identity primary key, -- the newest of a wallet counts
    wallet_id uuid not null references wallets (id),
    limit_paise bigint not null,
    reason text not null,
    set_by uuid not null references users (id),
    set_at timestamptz not null,
    constraint wallet_credit_lines_not_negative check (limit_paise >= 0)
  );
  create index wallet_credit_lines_of_wallet on wallet_credit_lines (wallet_id, id);
  create trigger wallet_credit_lines_append_only before update or delete or truncate on wallet_credit_lines
    for each statement execute function refuse_change();
`;

// The account is locked first, and what it comes to is read after that in statements of their own: they see what
// others have committed while this one waited.
const APPLY = `
  create function wallets_apply_controls() returns trigger language plpgsql
  security definer set search_path = public, pg_temp as $$
  declare
    the_account bigint;
    credit bigint;
    liens numeric;
    is_frozen boolean;
  begin
    select account_id into the_account from wallets where id = new.wallet_id;
    perform from ledger_accounts where id = the_account for no key update;
    select limit_paise into credit from wallet_credit_lines where wallet_id = new.wallet_id order by id desc limit 1;
    select sum(amount_paise) into liens from wallet_liens where wallet_id = new.wallet_id and released_at is null;
    select exists (select from wallet_freezes where wallet_id = new.wallet_id and lifted_at is null) into is_frozen;
    update ledger_accounts set
      floor_paise = -coalesce(credit, 0),
      spend_floor_paise = case
        when is_frozen then 9223372036854775807
        when liens is not null then liens - coalesce(credit, 0) end
    where id = the_account;
    return null;
  end $$;
  revoke execute on function wallets_apply_controls() from public;
  create trigger wallet_freezes_apply after insert or update on wallet_freezes for each row
    execute function wallets_apply_controls();
  create trigger wallet_liens_apply after insert or update on wallet_liens for each row
    execute function wallets_apply_controls();
  create trigger wallet_credit_lines_apply after insert on wallet_credit_lines for each row
    execute function wallets_apply_controls();
`;

// As it was, and more: what is held back is not taken, whoever writes the transfer.
const MOVE_BALANCES = `
  create or replace function ledger_transfers_move_balances() returns trigger language plpgsql
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
        and (a.spend_floor_paise is null or g.debits <= g.credits or g.last[2] >= a.spend_floor_paise)
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
    if exists (select from ledger_accounts where id = bad and spend_floor_paise is not null) then
      raise exception 'account % is frozen or under a lien, or its balance is not the one its newest transfer states', bad
        using errcode = '23514', constraint = 'ledger_accounts_spend_floor', table = 'ledger_accounts';
    end if;
    raise exception 'the balance of account % is not the one its newest transfer states', bad
      using errcode = '23514', constraint = 'ledger_transfers_match_accounts', table = 'ledger_transfers';
  end $$;
`;
