import type { Knex } from 'knex';

// What agents have earned goes to their bank accounts: a batch for each kind of wallet and cut-off, with an item for
// each wallet. An item is paid as a payout, which debits the wallet by its own hold; or it debits the wallet at once and
// goes to the bank in a file. What it debits is in its own row, and one wallet has one item of a batch.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table settlement_rules (
      wallet_kind text not null references wallet_kinds (name),
      in_force_from date not null,
      is_on boolean not null,
      pays_by text not null,
      cutoffs time[] not null, -- of a day, in India
      rail text not null,      -- there are batches on the days on which it runs, and on no other
      office text not null references rbi_offices (name),
      minimum_paise bigint not null, -- less than that waits
      maximum_paise bigint not null, -- of one item; the rest waits for the next cut-off
      bank text,               -- our account on which a bank file is drawn
      source text not null,
      constraint settlement_rules_pkey primary key (wallet_kind, in_force_from),
      constraint settlement_rules_pays_by_known check (pays_by in ('payout', 'bank_file')),
      constraint settlement_rules_bank_two_sided check ((pays_by = 'bank_file') = (bank is not null)),
      constraint settlement_rules_cutoffs_some check (cardinality(cutoffs) between 1 and 24),
      constraint settlement_rules_amounts check (minimum_paise between 100 and maximum_paise)
    );

    create table settlement_batches (
      id uuid primary key,
      wallet_kind text not null references wallet_kinds (name),
      business_date date not null,
      cutoff_at timestamptz not null, -- what came later is for the next batch
      pays_by text not null,
      bank text,
      opened_at timestamptz not null,
      made_at timestamptz, -- every wallet has been looked at
      constraint settlement_batches_once unique (wallet_kind, cutoff_at),
      constraint settlement_batches_of_day check (business_date = (cutoff_at at time zone 'Asia/Kolkata')::date),
      constraint settlement_batches_after_cutoff check (opened_at >= cutoff_at),
      constraint settlement_batches_pays_by_known check (pays_by in ('payout', 'bank_file')),
      constraint settlement_batches_bank_two_sided check ((pays_by = 'bank_file') = (bank is not null)),
      constraint settlement_batches_pays_by unique (id, pays_by)
    );
    create index settlement_batches_of_date on settlement_batches (business_date);
    create trigger settlement_batches_made_once before update on settlement_batches for each row
      when (new.id <> old.id or new.wallet_kind <> old.wallet_kind or new.business_date <> old.business_date
        or new.cutoff_at <> old.cutoff_at or new.pays_by <> old.pays_by or new.bank is distinct from old.bank
        or new.opened_at <> old.opened_at or old.made_at is not null)
      execute function refuse_change();
    create trigger settlement_batches_stay before delete or truncate on settlement_batches for each statement
      execute function refuse_change();

    create table settlement_items (
      id uuid primary key,
      batch_id uuid not null,
      pays_by text not null,
      wallet_id uuid not null,
      user_id uuid not null,
      account_id bigint not null, -- the wallet's ledger account
      beneficiary_id uuid not null references beneficiaries (id),
      amount_paise bigint not null,
      fee_paise bigint not null,
      tax_paise bigint not null,
      total_paise bigint generated always as (amount_paise + fee_paise + tax_paise) stored,
      transaction_id uuid, -- the payout that pays it
      journal_id uuid,     -- what debited the wallet, of one that goes into a file
      made_at timestamptz not null,
      constraint settlement_items_once unique (batch_id, wallet_id),
      constraint settlement_items_of_batch foreign key (batch_id, pays_by)
        references settlement_batches (id, pays_by),
      constraint settlement_items_wallet_owner foreign key (wallet_id, user_id, account_id)
        references wallets (id, user_id, account_id),
      constraint settlement_items_amounts check (amount_paise > 0 and fee_paise >= 0 and tax_paise >= 0),
      constraint settlement_items_debited_one_way check (case pays_by when 'payout' then journal_id is null
        else journal_id is not null and transaction_id is null end),
      constraint settlement_items_transaction_unique unique (transaction_id),
      constraint settlement_items_journal_unique unique (journal_id)
    );
    create index settlement_items_of_user on settlement_items (user_id, id); -- newest first
    -- what has no payout yet
    create index settlement_items_unpaid on settlement_items (batch_id)
      where pays_by = 'payout' and transaction_id is null;
    create trigger settlement_items_facts_stay before update on settlement_items for each row
      when (new.id <> old.id or new.batch_id <> old.batch_id or new.pays_by <> old.pays_by
        or new.wallet_id <> old.wallet_id or new.user_id <> old.user_id or new.account_id <> old.account_id
        or new.beneficiary_id <> old.beneficiary_id or new.amount_paise <> old.amount_paise
        or new.fee_paise <> old.fee_paise or new.tax_paise <> old.tax_paise
        or new.journal_id is distinct from old.journal_id or new.made_at <> old.made_at
        or old.transaction_id is not null)
      execute function refuse_change();
    create trigger settlement_items_stay before delete or truncate on settlement_items for each statement
      execute function refuse_change();

    -- The item and its money stand or fall together.
    create function settlement_items_posted() returns trigger language plpgsql as $$
    begin
      if new.journal_id is not null and coalesce((select sum(amount_paise) from ledger_transfers
        where journal_id = new.journal_id and debit_account_id = new.account_id), 0) <> new.total_paise
      then
        raise exception 'a settlement and its posting stand or fall together'
          using errcode = '23514', constraint = 'settlement_items_posted', table = 'settlement_items';
      end if;
      if new.transaction_id is not null and not exists (select from transactions t where t.id = new.transaction_id
        and t.wallet_id = new.wallet_id and t.amount_paise = new.amount_paise and t.fee_paise = new.fee_paise
        and t.tax_paise = new.tax_paise)
      then
        raise exception 'a settlement and its payout are of the same amount and wallet'
          using errcode = '23514', constraint = 'settlement_items_paid', table = 'settlement_items';
      end if;
      return null;
    end $$;
    create constraint trigger settlement_items_posted after insert or update on settlement_items
      deferrable initially deferred for each row execute function settlement_items_posted();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table settlement_items;
    drop function settlement_items_posted();
    drop table settlement_batches;
    drop table settlement_rules;
  `);
}
