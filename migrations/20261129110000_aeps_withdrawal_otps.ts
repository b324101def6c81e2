import type { Knex } from 'knex';

// A withdrawal above a limit needs a one-time password of the customer. The password goes into the capture of
// the finger and never comes here; what is kept is the provider's id of it, which is good for one try. How a
// finger has to be captured is a rule too.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table aeps_otp_rules (
      profile text not null,
      in_force_from date not null,
      above_paise bigint not null, -- a withdrawal of more needs one
      life_ms integer not null,    -- how long we take one as good
      constraint aeps_otp_rules_pkey primary key (profile, in_force_from),
      constraint aeps_otp_rules_profile_known check (profile in ('production', 'development')),
      constraint aeps_otp_rules_positive check (above_paise > 0 and life_ms > 0)
    );
    create table aeps_capture_rules (
      bank text not null, -- a code of a bank, or * for all others
      in_force_from date not null,
      finger_type smallint not null,  -- fType of the RD service: 0 FMR, 1 FIR, 2 both in one block
      least_points smallint not null, -- nmPoints of the RD service
      constraint aeps_capture_rules_pkey primary key (bank, in_force_from),
      constraint aeps_capture_rules_bank_form check (bank ~ '^([*]|[A-Za-z0-9]{2,12})$'),
      constraint aeps_capture_rules_finger_type_known check (finger_type between 0 and 2),
      constraint aeps_capture_rules_points_range check (least_points between 0 and 255)
    );

    create table aeps_withdrawal_otps (
      id uuid primary key,
      user_id uuid not null references aeps_agents (user_id),
      idempotency_key text,  -- null: it was not asked for, the provider sent it in place of a withdrawal
      request_hash bytea,    -- keyed; of the request without the Aadhaar number
      in_place_of uuid references transactions (id),
      provider text not null,
      our_reference text,    -- of the call that asked for it
      provider_reference text,
      state text not null,
      raw_status text,
      raw_reason text,
      amount_paise bigint not null,
      customer bytea not null,     -- as in aeps_withdrawals
      customer_ref bytea not null,
      bank text not null,
      terminal_id text not null,
      lat_micro integer not null,
      long_micro integer not null,
      created_at timestamptz not null,
      answered_at timestamptz,
      expires_at timestamptz,
      constraint aeps_withdrawal_otps_reference_unique unique (provider, our_reference),
      constraint aeps_withdrawal_otps_provider_reference_unique unique (provider, provider_reference),
      constraint aeps_withdrawal_otps_in_place_once unique (in_place_of),
      constraint aeps_withdrawal_otps_same_order
        unique (id, user_id, customer, bank, terminal_id, lat_micro, long_micro),
      constraint aeps_withdrawal_otps_terminal_registered foreign key (user_id, terminal_id)
        references aeps_terminals (user_id, terminal_id),
      constraint aeps_withdrawal_otps_state_known check (state in ('asking', 'sent', 'refused', 'unknown')),
      constraint aeps_withdrawal_otps_asked_or_in_place check (
        (in_place_of is null) = (idempotency_key is not null and request_hash is not null
          and our_reference is not null)),
      constraint aeps_withdrawal_otps_sent_has_reference check (
        (state = 'sent') = (provider_reference is not null and expires_at is not null)),
      constraint aeps_withdrawal_otps_answered_two_sided check ((state = 'asking') = (answered_at is null)),
      constraint aeps_withdrawal_otps_amount_positive check (amount_paise > 0),
      constraint aeps_withdrawal_otps_digests check (octet_length(customer) = 32
        and octet_length(customer_ref) = 32 and octet_length(request_hash) = 32)
    );
    -- a key that came to nothing is free again
    create unique index aeps_withdrawal_otps_key_once on aeps_withdrawal_otps (user_id, idempotency_key)
      where state in ('asking', 'sent');
    -- those that are good for a withdrawal of this customer
    create index aeps_withdrawal_otps_of_customer on aeps_withdrawal_otps (user_id, customer_ref, created_at);
    create trigger aeps_withdrawal_otps_facts_stay before update on aeps_withdrawal_otps for each row
      when (old.state <> 'asking' or new.id <> old.id or new.user_id <> old.user_id
        or new.idempotency_key is distinct from old.idempotency_key
        or new.request_hash is distinct from old.request_hash
        or new.in_place_of is distinct from old.in_place_of or new.provider <> old.provider
        or new.our_reference is distinct from old.our_reference or new.amount_paise <> old.amount_paise
        or new.customer <> old.customer or new.customer_ref <> old.customer_ref or new.bank <> old.bank
        or new.terminal_id <> old.terminal_id or new.lat_micro <> old.lat_micro
        or new.long_micro <> old.long_micro or new.created_at <> old.created_at)
      execute function refuse_change();
    create trigger aeps_withdrawal_otps_stay before delete or truncate on aeps_withdrawal_otps
      for each statement execute function refuse_change();

    alter table aeps_withdrawals
      add column otp_id uuid,
      add column otp_above_paise bigint, -- the limit that was in force; null of what needs none
      add constraint aeps_withdrawals_otp_once unique (otp_id),
      -- of the same agent, customer, bank, terminal and place
      add constraint aeps_withdrawals_otp_same_order
        foreign key (otp_id, user_id, customer, bank, terminal_id, lat_micro, long_micro)
        references aeps_withdrawal_otps (id, user_id, customer, bank, terminal_id, lat_micro, long_micro);
    drop trigger aeps_withdrawals_facts_stay on aeps_withdrawals;
    create trigger aeps_withdrawals_facts_stay before update on aeps_withdrawals for each row
      when (new.transaction_id <> old.transaction_id or new.user_id <> old.user_id or new.kind <> old.kind
        or new.customer <> old.customer or new.customer_ref <> old.customer_ref or new.bank <> old.bank
        or new.terminal_id <> old.terminal_id
        or new.lat_micro <> old.lat_micro or new.long_micro <> old.long_micro
          or new.business_date <> old.business_date or new.day_cap is distinct from old.day_cap
          or new.otp_id is distinct from old.otp_id or new.otp_above_paise is distinct from old.otp_above_paise
          or new.created_at <> old.created_at
        or (old.cash_handed_out is not null and (new.cash_handed_out is distinct from old.cash_handed_out
          or new.acknowledged_at is distinct from old.acknowledged_at)))
      execute function refuse_change();

    -- Looks when the statement is done, so that the transaction of the same statement is there.
    create function aeps_withdrawals_otp() returns trigger language plpgsql as $$
    declare
      amount bigint := (select amount_paise from transactions where id = new.transaction_id);
      otp aeps_withdrawal_otps;
    begin
      if new.otp_id is null then
        if amount > new.otp_above_paise then
          raise exception 'a withdrawal of this amount needs a one-time password'
            using errcode = '23514', constraint = 'aeps_withdrawals_otp_needed', table = 'aeps_withdrawals';
        end if;
        return null;
      end if;
      select * into otp from aeps_withdrawal_otps where id = new.otp_id;
      if otp.state <> 'sent' or otp.amount_paise <> amount or new.created_at >= otp.expires_at then
        raise exception 'the one-time password is not one of this withdrawal'
          using errcode = '23514', constraint = 'aeps_withdrawals_otp_fits', table = 'aeps_withdrawals';
      end if;
      return null;
    end $$;
    create trigger aeps_withdrawals_otp after insert on aeps_withdrawals for each row
      execute function aeps_withdrawals_otp();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger aeps_withdrawals_otp on aeps_withdrawals;
    drop function aeps_withdrawals_otp();
    drop trigger aeps_withdrawals_facts_stay on aeps_withdrawals;
    alter table aeps_withdrawals
      drop constraint aeps_withdrawals_otp_same_order, drop column otp_id, drop column otp_above_paise;
    create trigger aeps_withdrawals_facts_stay before update on aeps_withdrawals for each row
      when (new.transaction_id <> old.transaction_id or new.user_id <> old.user_id or new.kind <> old.kind
        or new.customer <> old.customer or new.customer_ref <> old.customer_ref or new.bank <> old.bank
        or new.terminal_id <> old.terminal_id
        or new.lat_micro <> old.lat_micro or new.long_micro <> old.long_micro
          or new.business_date <> old.business_date or new.day_cap is distinct from old.day_cap
          or new.created_at <> old.created_at
        or (old.cash_handed_out is not null and (new.cash_handed_out is distinct from old.cash_handed_out
          or new.acknowledged_at is distinct from old.acknowledged_at)))
      execute function refuse_change();
    drop table aeps_withdrawal_otps;
    drop table aeps_capture_rules;
    drop table aeps_otp_rules;
  `);
}
