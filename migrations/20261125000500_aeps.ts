import type { Knex } from 'knex';

// Aadhaar-enabled payments. Aadhaar numbers, PID blocks and one-time passwords have no column here: they pass
// through and are kept nowhere.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table aeps_timings (
      profile text not null,
      in_force_from date not null,
      answer_within_ms integer not null,      -- how long a terminal waits: a success recorded later is for a person
      -- the provider is waited for this much shorter, so that our answer arrives
      answer_margin_ms integer not null,
      -- a success that the terminal has not acknowledged by then is listed to ops
      acknowledge_within_ms integer not null,
      -- RBI/2025-26/63: an operator without a transaction for three months is verified again
      dormant_after_days integer not null,
      kyc_otp_life_ms integer not null,
      kyc_otp_gap_ms integer not null,        -- no second one-time password is asked for before
      shop_radius_m integer not null,         -- farther from the registered shop: a case
      customer_day_count integer not null,    -- NPCI 2022: approved withdrawals of a customer at a terminal on one day
      night_from_hour integer not null,       -- IST
      night_to_hour integer not null,
      constraint aeps_timings_pkey primary key (profile, in_force_from),
      constraint aeps_timings_profile_known check (profile in ('production', 'development')),
      constraint aeps_timings_answer_in_time check (answer_margin_ms > 0 and answer_margin_ms < answer_within_ms),
      constraint aeps_timings_positive check (acknowledge_within_ms > 0 and dormant_after_days > 0
        and kyc_otp_life_ms > 0 and kyc_otp_gap_ms >= 0 and shop_radius_m > 0 and customer_day_count > 0),
      constraint aeps_timings_hours_of_a_day check (night_from_hour between 0 and 23 and night_to_hour between 0 and 23)
    );
    -- RBI/2025-26/63: operators are watched by their location, type, volume and velocity
    create table aeps_velocity_rules (
      rule text not null,
      profile text not null,
      in_force_from date not null,
      window_ms integer not null,
      at_least integer not null default 0, -- says nothing of fewer transactions than this
      case_above integer,                  -- more than this opens a case; null: never
      refuse_above integer,                -- more than this is refused; null: never
      constraint aeps_velocity_rules_pkey primary key (rule, profile, in_force_from),
      constraint aeps_velocity_rules_known check (rule in ('burst', 'customers', 'night', 'round_amounts', 'declines')),
      constraint aeps_velocity_rules_profile_known check (profile in ('production', 'development')),
      constraint aeps_velocity_rules_not_negative check (window_ms > 0 and at_least >= 0 and case_above >= 0
        and refuse_above >= 0)
    );
    create table aeps_charges ( -- what a merchant pays for a payment with Aadhaar, before tax
      kind text not null,
      in_force_from date not null,
      bps integer not null,
      constraint aeps_charges_pkey primary key (kind, in_force_from),
      constraint aeps_charges_kind_known check (kind in ('withdrawal', 'merchant_payment')),
      constraint aeps_charges_bps_range check (bps between 0 and 10000)
    );

    create table aeps_agents (
      user_id uuid primary key references users (id),
      wallet_id uuid not null references wallets (id),
      provider text not null,
      user_code text not null, -- the agent as the provider knows it
      state text not null,
      ekyc_state text not null default 'none',
      shop_lat_micro integer not null, -- millionths of a degree
      shop_long_micro integer not null,
      otp_ref text,                    -- the provider's references of the one-time password, never the password
      otp_reference_tid text,
      otp_at timestamptz,
      activated_at timestamptz,
      last_used_at timestamptz,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      constraint aeps_agents_code_unique unique (provider, user_code),
      constraint aeps_agents_state_known check (state in ('activation_pending', 'active', 'dormant', 'refused')),
      constraint aeps_agents_ekyc_state_known check (ekyc_state in ('none', 'otp_sent', 'otp_verified', 'done')),
      constraint aeps_agents_otp_two_sided
        check ((ekyc_state in ('otp_sent', 'otp_verified')) = (otp_ref is not null
        and otp_reference_tid is not null and otp_at is not null)),
      constraint aeps_agents_active_was_activated check ((state in ('active', 'dormant')) = (activated_at is not null)),
      constraint aeps_agents_dormant_must_verify check (state <> 'dormant' or ekyc_state <> 'done'),
      constraint aeps_agents_code_form check (user_code ~ '^[A-Za-z0-9]{4,20}$')
    );
    -- who has become dormant
    create index aeps_agents_used on aeps_agents (coalesce(last_used_at, activated_at))
      where state = 'active';

    create table aeps_daily_kyc (
      user_id uuid not null references aeps_agents (user_id),
      business_date date not null, -- IST
      verified_at timestamptz not null,
      constraint aeps_daily_kyc_pkey primary key (user_id, business_date)
    );
    create trigger aeps_daily_kyc_append_only before update or delete or truncate
      on aeps_daily_kyc for each statement execute function refuse_change();

    create table aeps_withdrawals ( -- withdrawals, and payments to the merchant, which differ in their charge
      transaction_id uuid primary key references transactions (id),
      user_id uuid not null,
      kind text not null,
      customer bytea not null, -- keyed hash of the mobile number
      mobile_sealed text not null,
      bank text not null,
      terminal_id text not null,
      lat_micro integer not null,
      long_micro integer not null,
      business_date date not null, -- IST
      day_cap smallint,            -- approved ones of this customer at this terminal on this day, this one included
      created_at timestamptz not null,
      cash_handed_out boolean,     -- what the terminal says
      acknowledged_at timestamptz,
      checked_at timestamptz,      -- its acknowledgement needs no more looking after
      constraint aeps_withdrawals_kind_known check (kind in ('withdrawal', 'merchant_payment')),
      constraint aeps_withdrawals_capped check ((kind = 'withdrawal') = (day_cap is not null)),
      constraint aeps_withdrawals_customer_is_a_digest check (octet_length(customer) = 32),
      constraint aeps_withdrawals_sealed check (mobile_sealed like 'v1.%'),
      constraint aeps_withdrawals_acknowledged_two_sided check ((cash_handed_out is null) = (acknowledged_at is null))
    );
    -- the day's count
    create index aeps_withdrawals_of_customer on aeps_withdrawals (customer, terminal_id, business_date);
    create index aeps_withdrawals_of_agent on aeps_withdrawals (user_id, created_at);                     -- velocity
    -- acknowledgement loop
    create index aeps_withdrawals_unchecked on aeps_withdrawals (created_at) where checked_at is null;
    create trigger aeps_withdrawals_facts_stay before update on aeps_withdrawals for each row
      when (new.transaction_id <> old.transaction_id or new.user_id <> old.user_id or new.kind <> old.kind
        or new.customer <> old.customer or new.bank <> old.bank or new.terminal_id <> old.terminal_id
        or new.lat_micro <> old.lat_micro or new.long_micro <> old.long_micro
          or new.business_date <> old.business_date or new.day_cap is distinct from old.day_cap
          or new.created_at <> old.created_at
        or (old.cash_handed_out is not null and (new.cash_handed_out is distinct from old.cash_handed_out
          or new.acknowledged_at is distinct from old.acknowledged_at)))
      execute function refuse_change();
    create trigger aeps_withdrawals_stay before delete or truncate on aeps_withdrawals for each statement
      execute function refuse_change();

    -- Looks when the database transaction commits: whoever holds the customer's counter (limit_counters) sees
    -- all that were begun before.
    create function aeps_withdrawals_daily_cap() returns trigger language plpgsql as $$
    begin
      if new.day_cap is not null and (
        select count(*) from aeps_withdrawals w join transactions t on t.id = w.transaction_id
        where w.customer = new.customer and w.terminal_id = new.terminal_id
          and w.business_date = new.business_date and w.kind = 'withdrawal'
          and t.state not in ('failed', 'reversed', 'refunded')) > new.day_cap
      then
        raise exception 'a customer has no more withdrawals at a terminal on a day'
          using errcode = '23514', constraint = 'aeps_withdrawals_daily_cap', table = 'aeps_withdrawals';
      end if;
      return null;
    end $$;
    create constraint trigger aeps_withdrawals_daily_cap after insert
      on aeps_withdrawals deferrable initially deferred for each row
      execute function aeps_withdrawals_daily_cap();

    create table aeps_enquiries ( -- balances and statements are shown once and are not kept
      id uuid primary key,
      user_id uuid not null references aeps_agents (user_id),
      kind text not null,
      provider text not null,
      our_reference text not null,
      customer bytea not null,
      bank text not null,
      terminal_id text not null,
      lat_micro integer not null,
      long_micro integer not null,
      state text not null,
      raw_status text,
      raw_reason text,
      provider_reference text,
      started_at timestamptz not null,
      finished_at timestamptz,
      constraint aeps_enquiries_reference_unique unique (provider, our_reference),
      constraint aeps_enquiries_kind_known check (kind in ('balance', 'mini_statement')),
      constraint aeps_enquiries_state_known check (state in ('started', 'succeeded', 'failed', 'unknown')),
      constraint aeps_enquiries_finished_two_sided check ((state = 'started') = (finished_at is null)),
      constraint aeps_enquiries_customer_is_a_digest check (octet_length(customer) = 32)
    );
    create index aeps_enquiries_of_agent on aeps_enquiries (user_id, started_at);
    create trigger aeps_enquiries_stay before delete or truncate on aeps_enquiries for each statement
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table aeps_enquiries; drop table aeps_withdrawals; drop function aeps_withdrawals_daily_cap();
      drop table aeps_daily_kyc; drop table aeps_agents;
    drop table aeps_charges; drop table aeps_velocity_rules; drop table aeps_timings;
    delete from amount_limits where service = 'aeps'; delete from period_limits where service like 'aeps%';
    delete from service_policies where service = 'aeps';`);
}
