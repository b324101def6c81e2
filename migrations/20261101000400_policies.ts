import type { Knex } from 'knex';

// Prices, taxes, limits and timings are rows in force from a date: the newest that has begun counts. The rows
// themselves come from `policies/`.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table tax_rates (
      kind text not null,
      in_force_from date not null,
      bps integer not null,
      constraint tax_rates_pkey primary key (kind, in_force_from),
      constraint tax_rates_bps_range check (bps between 0 and 10000)
    );
    create table prices (
      service text not null,
      mode text not null,
      up_to_paise bigint not null, -- the slab holds amounts up to and including this
      in_force_from date not null,
      fee_paise bigint not null,          -- ours, before tax
      provider_fee_paise bigint not null, -- what the provider is expected to charge, before tax
      constraint prices_pkey primary key (service, mode, in_force_from, up_to_paise),
      constraint prices_not_negative check (fee_paise >= 0 and provider_fee_paise >= 0 and up_to_paise > 0)
    );
    create table amount_limits (
      service text not null,
      mode text not null,
      in_force_from date not null,
      min_paise bigint not null,
      max_paise bigint not null,
      constraint amount_limits_pkey primary key (service, mode, in_force_from),
      constraint amount_limits_in_order check (min_paise > 0 and min_paise <= max_paise)
    );
    create table period_limits (
      service text not null,
      period text not null,
      in_force_from date not null,
      cap_paise bigint not null,
      constraint period_limits_pkey primary key (service, period, in_force_from),
      constraint period_limits_period_known check (period in ('day', 'month'))
    );
    create table service_policies (
      service text not null,
      profile text not null,
      expire_after_ms integer not null, -- accepted but not sent by then: failed, never sent
      -- RBI DPSS.CO.PD No.629/02.01.014/2019-20: the outer limit for a failed transaction
      turnaround_days integer not null,
      constraint service_policies_pkey primary key (service, profile),
      constraint service_policies_profile_known check (profile in ('production', 'development'))
    );
    create table provider_policies (
      provider text not null,
      profile text not null,
      connect_timeout_ms integer not null,
      total_timeout_ms integer not null,
      send_window_ms integer not null,      -- send_before = now + this; a process frozen longer does not send
      poll_schedule_ms integer[] not null,  -- gaps between inquiries; the last one repeats
      poll_for_ms bigint not null,          -- after that a case is raised, and polling goes on at the last gap
      not_found_window_ms integer not null, -- "not found" means nothing before send_before plus this
      not_found_inquiries integer not null, -- and fewer inquiries than this
      recheck_success_ms bigint[] not null, -- a success is soft: asked again this long after
      max_in_flight integer not null,
      rate_per_second integer,              -- null: no limit of ours
      constraint provider_policies_pkey primary key (provider, profile),
      constraint provider_policies_profile_known check (profile in ('production', 'development')),
      constraint provider_policies_positive check (connect_timeout_ms > 0 and total_timeout_ms > 0
        and send_window_ms > 0 and cardinality(poll_schedule_ms) > 0)
    );

    create table rate_limits ( -- shared counters of rate-limiter-flexible
      key varchar(255) primary key,
      points integer not null default 0,
      expire bigint
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    `drop table rate_limits; drop table provider_policies; drop table service_policies; drop table period_limits;
     drop table amount_limits; drop table prices; drop table tax_rates;`,
  );
}
