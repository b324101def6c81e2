import type { Knex } from 'knex';

// Domestic money transfer. Remitters and recipients are sealed; a one-time password lives on its transfer
// until the transfer is sent, ten minutes at most, and
// the database itself takes it away. Rules of the field: RBI/2024-25/52, in force from 1-Nov-2024 (₹5,000 a
// transfer, ₹25,000 a month and remitter through an agent).
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table charges (
      service text not null,
      mode text not null,
      in_force_from date not null,
      bps integer not null,        -- of the amount, taxes included
      min_paise bigint not null,   -- and this at the least
      constraint charges_pkey primary key (service, mode, in_force_from),
      constraint charges_range check (bps between 0 and 10000 and min_paise >= 0)
    );

    create table dmt_senders (
      id uuid primary key,
      user_id uuid not null references users (id),
      provider text not null,
      mobile_sealed text not null,
      -- keyed hash: finds the same remitter again, and names their monthly limit across all users
      mobile_fingerprint bytea not null,
      hint text not null,                -- what people may see: the first two digits and the last two
      state text not null,               -- as the provider said last
      kyc_level text not null,
      verified_at timestamptz,
      provider_remaining_paise bigint,   -- what the provider said may still be sent in the month of checked_at
      checked_at timestamptz not null,
      ekyc_otp_ref text,                 -- the provider's references of an eKYC that waits for its one-time password
      ekyc_request_ref text,
      created_at timestamptz not null,
      constraint dmt_senders_mobile_unique unique (user_id, provider, mobile_fingerprint),
      constraint dmt_senders_state_known check (state in ('unknown', 'ekyc_pending', 'otp_pending', 'active')),
      constraint dmt_senders_kyc_known check (kyc_level in ('none', 'ekyc')),
      constraint dmt_senders_verified_two_sided check ((state = 'active') = (verified_at is not null)
        and (state = 'active') = (kyc_level = 'ekyc')),
      constraint dmt_senders_ekyc_two_sided check ((ekyc_otp_ref is null) = (ekyc_request_ref is null)),
      constraint dmt_senders_fingerprint_is_sha256 check (octet_length(mobile_fingerprint) = 32),
      constraint dmt_senders_sealed check (mobile_sealed like 'v1.%'),
      constraint dmt_senders_hint_form check (hint ~ '^[6-9][0-9]…[0-9]{2}$'),
      constraint dmt_senders_remaining_not_negative check (provider_remaining_paise >= 0)
    );

    create table dmt_recipients (
      id uuid primary key,
      sender_id uuid not null references dmt_senders (id),
      provider_ref text not null,  -- the provider's id of the recipient, under this remitter
      name_sealed text not null,
      account_sealed text not null,
      fingerprint bytea not null,  -- keyed hash of name, account and IFSC: has the provider's record changed?
      ifsc text not null,
      bank text not null,
      hint text not null,          -- the last four of the account
      is_verified boolean not null,
      created_at timestamptz not null,
      constraint dmt_recipients_ref_unique unique (sender_id, provider_ref),
      constraint dmt_recipients_of_sender unique (id, sender_id),
      constraint dmt_recipients_fingerprint_is_sha256 check (octet_length(fingerprint) = 32),
      constraint dmt_recipients_sealed check (name_sealed like 'v1.%' and account_sealed like 'v1.%')
    );

    -- one-time passwords that the provider sent to a remitter, by its reference; never the password
    create table dmt_otp_requests (
      id uuid primary key,
      user_id uuid not null references users (id),
      sender_id uuid not null,
      recipient_id uuid not null,
      amount_paise bigint not null,
      provider_ref text not null,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      constraint dmt_otp_requests_of_recipient foreign key (recipient_id, sender_id)
        references dmt_recipients (id, sender_id),
      -- what the remitter agrees to by giving it
      constraint dmt_otp_requests_consent unique (id, recipient_id, sender_id, amount_paise),
      constraint dmt_otp_requests_amount_positive check (amount_paise > 0),
      constraint dmt_otp_requests_expires_later check (expires_at > created_at)
    );
    create trigger dmt_otp_requests_stay before update or delete or truncate
      on dmt_otp_requests for each statement execute function refuse_change();

    create table dmt_transfers (
      transaction_id uuid primary key references transactions (id),
      part_no smallint not null,
      otp_request_id uuid not null,
      sender_id uuid not null,
      recipient_id uuid not null,
      amount_paise bigint not null,
      max_paise bigint not null,        -- the limit of one transfer when it was accepted (amount_limits)
      charge_tax_paise bigint not null, -- the tax inside the charge
      otp_sealed text,                  -- until it is sent, and not longer
      otp_expires_at timestamptz not null,
      constraint dmt_transfers_otp_used_once unique (otp_request_id),
      constraint dmt_transfers_as_consented foreign key (otp_request_id, recipient_id, sender_id,
        amount_paise) references dmt_otp_requests (id, recipient_id, sender_id, amount_paise),
      constraint dmt_transfers_amount_within_limit check (amount_paise > 0 and amount_paise <= max_paise),
      constraint dmt_transfers_charge_tax_not_negative check (charge_tax_paise >= 0),
      constraint dmt_transfers_part_positive check (part_no > 0),
      constraint dmt_transfers_otp_sealed check (otp_sealed like 'v1.%')
    );
    -- the loop that erases them
    create index dmt_transfers_otp_expiring on dmt_transfers (otp_expires_at) where otp_sealed is not null;
    create trigger dmt_transfers_facts_stay before update on dmt_transfers for each row
      when (new.transaction_id <> old.transaction_id or new.part_no <> old.part_no
        or new.otp_request_id <> old.otp_request_id or new.sender_id <> old.sender_id
        or new.recipient_id <> old.recipient_id
        or new.amount_paise <> old.amount_paise or new.max_paise <> old.max_paise
          or new.charge_tax_paise <> old.charge_tax_paise or new.otp_expires_at <> old.otp_expires_at
        or (new.otp_sealed is not null and new.otp_sealed is distinct from old.otp_sealed))
      execute function refuse_change();
    create trigger dmt_transfers_stay before delete or truncate on dmt_transfers for each statement
      execute function refuse_change();

    -- A one-time password goes when its transaction leaves held, or ends before it was held, by whatever way.
    create function dmt_transfers_erase_otp() returns trigger language plpgsql as $$
    begin
      update dmt_transfers set otp_sealed = null where transaction_id = new.id and otp_sealed is not null;
      return null;
    end $$;
    create trigger transactions_erase_otp after update on transactions for each row
      when (new.service = 'dmt' and old.state in ('accepted', 'held')
        and new.state not in ('accepted', 'held')) execute function dmt_transfers_erase_otp();

    create table dmt_refund_otps ( -- the same, for the remitter's consent to a refund
      id uuid primary key,
      transaction_id uuid not null references transactions (id),
      provider_ref text not null,
      created_at timestamptz not null
    );
    create index dmt_refund_otps_of_transaction on dmt_refund_otps (transaction_id, id); -- the latest of a transaction
    create trigger dmt_refund_otps_stay before update or delete or truncate
      on dmt_refund_otps for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from service_policies where service = 'dmt';
    delete from period_limits where service = 'dmt';
    delete from amount_limits where service = 'dmt';
    drop table dmt_refund_otps;
    drop trigger transactions_erase_otp on transactions;
    drop function dmt_transfers_erase_otp();
    drop table dmt_transfers; drop table dmt_otp_requests; drop table dmt_recipients;
      drop table dmt_senders; drop table charges;
  `);
}
