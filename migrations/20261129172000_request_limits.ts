import type { Knex } from 'knex';

// What one caller may use up: requests in a window of time, and places where only so many fit at once. The rows come
// from `policies/`. The counts are no record: they may be lost with a crash, so their table writes no log.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table request_limits (
      class text not null,
      counted_by text not null,  -- 'service': by user, each service apart
      profile text not null,
      in_force_from date not null,
      window_s integer not null,
      most integer,              -- null: not counted from that day on
      constraint request_limits_pkey primary key (class, counted_by, profile, in_force_from),
      constraint request_limits_class_known
        check (class in ('money', 'desk', 'read', 'list', 'wait', 'callback', 'public', 'unknown')),
      constraint request_limits_counted_by_known check (counted_by in ('key', 'user', 'service', 'address')),
      constraint request_limits_nobody_is_known
        check (counted_by = 'address' or class not in ('callback', 'public', 'unknown')),
      constraint request_limits_profile_known check (profile in ('production', 'development')),
      constraint request_limits_window_whole check (window_s between 1 and 86400),
      constraint request_limits_most_positive check (most > 0)
    );
    create table request_shares (
      place text not null,
      profile text not null,
      in_force_from date not null,
      most integer not null,         -- in one process
      most_each integer not null,    -- of one caller
      waiting_each integer not null, -- of one caller, in the line before it
      constraint request_shares_pkey primary key (place, profile, in_force_from),
      constraint request_shares_place_known check (place in ('requests', 'waits', 'desk', 'lists')),
      constraint request_shares_profile_known check (profile in ('production', 'development')),
      constraint request_shares_in_order check (most_each > 0 and most_each <= most and waiting_each >= 0)
    );
    create unlogged table request_permits ( -- shared counters of rate-limiter-flexible
      key varchar(255) not null,
      points integer not null default 0,
      expire bigint, -- ms since the epoch
      constraint request_permits_pkey primary key (key)
    ) with (fillfactor = 50);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table request_permits; drop table request_shares; drop table request_limits;');
}
