import type { Knex } from 'knex';

// Collections: money that somebody pays on a provider's page, for a wallet of ours. What is asked for, and the rules
// in force: how long it may be paid, and what of it the user bears.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    insert into services values ('collection', 'credit');

    create table collection_orders (
      transaction_id uuid primary key references transactions (id),
      user_id uuid not null,
      kind text not null,
      amount_paise bigint not null,
      fee_bps integer not null,           -- of the amount, before tax: what the user bears
      return_url text,                    -- where the payer's browser goes afterwards
      expires_at timestamptz not null,    -- until when the payer may begin to pay
      payable_until timestamptz not null, -- asked at or after it, what nobody has paid has failed
      created_at timestamptz not null,
      constraint collection_orders_kind_known check (kind in ('wallet_load')),
      constraint collection_orders_amount_positive check (amount_paise > 0),
      constraint collection_orders_fee_in_range check (fee_bps between 0 and 10000),
      constraint collection_orders_return_url_form check (
        return_url ~ '^https{0,1}://[!-~]+$' and length(return_url) <= 290),
      constraint collection_orders_times_in_order check (created_at < expires_at and expires_at <= payable_until)
    );
    create trigger collection_orders_stay before update or delete or truncate
      on collection_orders for each statement execute function refuse_change();

    -- Another amount, owner, time or fee than its transaction's would credit what nobody agreed to.
    create function collection_orders_match_transaction() returns trigger language plpgsql as $$
    begin
      if not exists (select from transactions t where t.id = new.transaction_id and t.service = 'collection'
        and t.user_id = new.user_id and t.amount_paise = new.amount_paise and t.created_at = new.created_at
        and t.fee_paise = (new.amount_paise * new.fee_bps + 5000) / 10000) then
        raise exception 'collection_orders_match_transaction'
          using errcode = '23514', constraint = 'collection_orders_match_transaction';
      end if;
      return null;
    end $$;
    create constraint trigger collection_orders_match_transaction after insert on collection_orders
      deferrable initially immediate for each row execute function collection_orders_match_transaction();

    create table collection_policies (
      profile text not null,
      in_force_from date not null,
      pay_within_ms integer not null,   -- from the acceptance
      finish_within_ms integer not null, -- and so much more for a payment that was begun in time
      constraint collection_policies_pkey primary key (profile, in_force_from),
      constraint collection_policies_profile_known check (profile in ('production', 'development')),
      constraint collection_policies_in_range check (pay_within_ms between 1000 and 86400000
        and finish_within_ms between 0 and 86400000)
    );
    create table collection_charges (
      kind text not null,
      in_force_from date not null,
      bps integer not null, -- of the amount, before tax: what the user bears; 0: the platform bears it
      constraint collection_charges_pkey primary key (kind, in_force_from),
      constraint collection_charges_kind_known check (kind in ('wallet_load')),
      constraint collection_charges_in_range check (bps between 0 and 10000)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from user_services where service = 'collection';
    delete from role_permissions where permission = 'collection.write';
    delete from permissions where name = 'collection.write';
    delete from service_policies where service = 'collection';
    delete from amount_limits where service = 'collection';
    delete from gst_services where service = 'collection';
    delete from policy_files where name = '20270109_collection';
    drop table collection_orders;
    drop function collection_orders_match_transaction();
    drop table collection_policies;
    drop table collection_charges;
    delete from services where name = 'collection';
  `);
}
