import type { Knex } from 'knex';

// Money that users move between wallets without a provider: between their own, down their network, and back. It is
// posted when it is asked for, so a row and its journal (of the same id) stand or fall together, which a trigger
// holds at the commit. Rules of amounts come from `policies/`.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    insert into wallet_kinds values ('commission');

    create table wallet_transfer_rules (
      kind text not null,
      from_kind text not null,
      to_kind text not null,
      in_force_from date not null,
      min_paise bigint not null,
      max_paise bigint not null, -- nothing: it is not allowed from that day
      day_cap_paise bigint,      -- of one who asks, on one day in India; null: none
      constraint wallet_transfer_rules_pkey primary key (kind, from_kind, to_kind, in_force_from),
      constraint wallet_transfer_rules_kind_known check (kind in ('move', 'transfer', 'pull_back')),
      constraint wallet_transfer_rules_in_order check (min_paise > 0 and (max_paise = 0 or max_paise >= min_paise)
        and day_cap_paise >= 0)
    );

    create table wallet_transfers (
      id uuid primary key, -- that of its journal
      kind text not null,
      user_id uuid not null references users (id), -- who asked
      from_wallet uuid not null,
      from_user uuid not null,
      from_account bigint not null,
      to_wallet uuid not null,
      to_user uuid not null,
      to_account bigint not null,
      amount_paise bigint not null,
      reference text not null,
      reason text,
      idempotency_key text not null,
      request_hash bytea not null,
      limit_key text, -- the counter that it has used
      created_at timestamptz not null,
      constraint wallet_transfers_kind_known check (kind in ('move', 'transfer', 'pull_back')),
      constraint wallet_transfers_amount_positive check (amount_paise > 0),
      constraint wallet_transfers_two_wallets check (from_wallet <> to_wallet),
      -- a move stays with its user, what is sent leaves the one who sends it, what is pulled back comes to the one who pulls
      constraint wallet_transfers_sides check (case kind
        when 'move' then from_user = user_id and to_user = user_id
        when 'transfer' then from_user = user_id and to_user <> user_id
        else to_user = user_id and from_user <> user_id end),
      constraint wallet_transfers_pull_back_says_why check (kind <> 'pull_back' or reason is not null),
      constraint wallet_transfers_from_owner foreign key (from_wallet, from_user, from_account)
        references wallets (id, user_id, account_id),
      constraint wallet_transfers_to_owner foreign key (to_wallet, to_user, to_account)
        references wallets (id, user_id, account_id),
      constraint wallet_transfers_key_unique unique (user_id, idempotency_key),
      constraint wallet_transfers_reference_unique unique (user_id, reference)
    );
    create index wallet_transfers_from_user on wallet_transfers (from_user, id); -- the list of what one gave
    create index wallet_transfers_to_user on wallet_transfers (to_user, id);     -- the list of what one got
    create index wallet_transfers_limit on wallet_transfers (limit_key) where limit_key is not null; -- what a counter counts

    create function wallet_transfers_posted() returns trigger language plpgsql as $$
    begin
      if (select count(*) from ledger_transfers t where t.journal_id = new.id) <> 1
        or not exists (select from ledger_transfers t where t.journal_id = new.id and t.line = 0
          and t.debit_account_id = new.from_account and t.credit_account_id = new.to_account
          and t.amount_paise = new.amount_paise)
      then
        raise exception 'a wallet transfer and its posting stand or fall together'
          using errcode = '23514', constraint = 'wallet_transfers_posted', table = 'wallet_transfers';
      end if;
      return null;
    end $$;
    create constraint trigger wallet_transfers_posted after insert on wallet_transfers
      deferrable initially deferred for each row execute function wallet_transfers_posted();
    create trigger wallet_transfers_immutable before update or delete or truncate on wallet_transfers
      for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table wallet_transfers;
    drop function wallet_transfers_posted();
    drop table wallet_transfer_rules;
    delete from wallet_kinds where name = 'commission';
  `);
}
