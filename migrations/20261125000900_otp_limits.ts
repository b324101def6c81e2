import type { Knex } from 'knex';

// How many one-time passwords a phone may be sent through us: nobody's loop floods a customer, who would stop
// looking at them.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table otp_limits (
      kind text not null,
      profile text not null,
      in_force_from date not null,
      window_ms integer not null,
      most integer not null,
      constraint otp_limits_pkey primary key (kind, profile, in_force_from),
      constraint otp_limits_profile_known check (profile in ('production', 'development')),
      constraint otp_limits_positive check (window_ms > 0 and most > 0)
    );
    -- counted before the provider is asked, so that calls at the same time, and answers that are lost, count
    -- too; a row of each remitter and of each refund stays
    create table otp_sends (
      key text primary key,  -- kind, and whose: the keyed hash of a mobile number, or a transaction
      sent integer not null,
      window_ends_at timestamptz not null,
      constraint otp_sends_not_negative check (sent >= 0)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table otp_sends; drop table otp_limits;');
}
