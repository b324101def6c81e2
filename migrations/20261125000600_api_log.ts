import type { Knex } from 'knex';

// What was said between providers and us, masked before it is written. An id holds the instant of its call,
// so that one key orders by time, bounds a time and finds the oldest.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table api_calls (
      id uuid primary key, -- UUIDv7 of "at": newest first, a span of time, retention
      provider text not null,
      operation text not null, -- the connector's word, or a callback's event
      method text not null,
      route text not null,     -- without ids and query
      result text not null,    -- HTTP status, why there was none, or what became of a callback
      latency_ms integer not null,
      transaction_id uuid,     -- no foreign key: a note must never fail or wait for the row that it is about
      our_reference text,
      request jsonb,
      response jsonb,
      at timestamptz not null,
      constraint api_calls_id_tells_time check (('x' || translate(left(id::text, 13), '-',
        ''))::bit(48)::bigint = floor(extract(epoch from at) * 1000)),
      constraint api_calls_latency_not_negative check (latency_ms >= 0),
      constraint api_calls_route_without_query check (route !~ '[\\u003f#]'),
      constraint api_calls_short check (length(provider) <= 60 and length(operation) <= 100
        and length(method) <= 10 and length(route) <= 200 and length(result) <= 100
        and length(our_reference) <= 100)
    );
    -- the calls of a provider in a span of time
    create index api_calls_of_provider on api_calls (provider, id);
    -- all that was said about a transaction
    create index api_calls_of_transaction on api_calls (transaction_id, id) where transaction_id is not null;
    -- what a provider quotes to us
    create index api_calls_of_reference on api_calls (our_reference) where our_reference is not null;
    alter table api_calls set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_scale_factor = 0.02);

    create table api_log_policies (
      in_force_from date primary key,
      keep_days integer not null,
      -- CERT-In Directions of 28-Apr-2022: logs are kept for 180 days
      constraint api_log_policies_cert_in check (keep_days >= 180)
    );

    -- How long a note is kept today.
    create function api_log_keep_days() returns integer language sql stable as
      $$ select keep_days from api_log_policies
        where in_force_from <= (now() at time zone 'Asia/Kolkata')::date
        order by in_force_from desc limit 1 $$;
    create function api_calls_kept() returns trigger language plpgsql as $$
    begin
      if old.at >= now() - make_interval(days => coalesce(api_log_keep_days(), 36500)) then
        raise exception 'api_calls_kept: a note is deleted after its time only'
          using errcode = '23514', constraint = 'api_calls_kept';
      end if;
      return old;
    end $$;
    create trigger api_calls_append_only before update
      or truncate on api_calls for each statement execute function refuse_change();
    create trigger api_calls_kept before delete on api_calls for each row execute function api_calls_kept();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'drop table api_calls; drop function api_calls_kept(); drop function api_log_keep_days(); drop table api_log_policies;',
  );
}
