import type { Knex } from 'knex';

// By which provider a transaction goes. A rule names the transactions that it is of and the providers by which they go;
// a stop is what a person holds for now. Both are few rows, read whole. The provider of a transaction may change while it
// is held and certainly nothing of it is under way: a trigger of that column alone says so, which no other statement sets.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(RULES);
  await knex.raw(STOPS);
  await knex.raw(ROADS);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger transactions_change_roads on transactions;
    drop function transactions_change_roads();
    alter table dispatch_attempts drop column route;
    alter table transactions drop column route;
    drop table routing_stops;
    drop table routing_rules;
    drop function all_differ(text[]);
  `);
}

const RULES = `
  create function all_differ(text[]) returns boolean language sql immutable as
    $$ select cardinality($1) = (select count(distinct one) from unnest($1) as one) $$;

  create table routing_rules (
    service text not null references services (name),
    name text not null,
    in_force_from date not null,
    priority integer not null, -- the rule of the lowest is looked at first
    class text,                -- the mode of a payout, the category of a biller, an operator; null: any
    subject text,              -- a bank, by the first four letters of its IFSCs, or a biller; null: any
    from_paise bigint,
    up_to_paise bigint,        -- included
    from_minute integer,       -- of the day in India
    to_minute integer,         -- not included; before from_minute it is past midnight
    providers text[] not null, -- none: the rule has ended
    weights integer[] not null, -- 0: takes what the others cannot, in this order
    constraint routing_rules_pkey primary key (service, name, in_force_from),
    constraint routing_rules_name_form check (name ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    constraint routing_rules_priority_positive check (priority > 0),
    constraint routing_rules_amounts_in_order check (from_paise >= 0 and up_to_paise >= coalesce(from_paise, 0)),
    constraint routing_rules_minutes_two_sided check ((from_minute is null) = (to_minute is null)),
    constraint routing_rules_minutes_of_a_day check (from_minute between 0 and 1439 and to_minute between 0 and 1440
      and from_minute <> to_minute),
    constraint routing_rules_each_provider_once check (all_differ(providers)),
    constraint routing_rules_weights_of_providers check (cardinality(providers) = cardinality(weights)
      and array_position(weights, null) is null and array_position(providers, null) is null),
    constraint routing_rules_weights_in_range check (0 <= all (weights) and 1000 >= all (weights)
      and (cardinality(weights) = 0 or 0 < any (weights)))
  );
`;

const STOPS = `
  create table routing_stops (
    id uuid primary key,
    service text references services (name),
    provider text,
    subject text, -- a bank, by the first four letters of its IFSCs, or a biller
    reason text not null,
    placed_by uuid not null references users (id),
    placed_at timestamptz not null,
    lifted_by uuid references users (id),
    lifted_at timestamptz,
    constraint routing_stops_name_something check (num_nonnulls(service, provider, subject) > 0),
    constraint routing_stops_lifted_two_sided check ((lifted_at is null) = (lifted_by is null))
  );
  create unique index routing_stops_one_open on routing_stops
    (coalesce(service, ''), coalesce(provider, ''), coalesce(subject, '')) where lifted_at is null;
  create trigger routing_stops_facts_stay before update on routing_stops for each row
    when (old.lifted_at is not null or new.id <> old.id or new.service is distinct from old.service
      or new.provider is distinct from old.provider or new.subject is distinct from old.subject
      or new.reason <> old.reason or new.placed_by <> old.placed_by or new.placed_at <> old.placed_at)
    execute function refuse_change();
  create trigger routing_stops_stay before delete or truncate on routing_stops for each statement
    execute function refuse_change();
`;

// Null where nothing had to be chosen. After a restore a provider may have what another was thought to have.
const ROADS = `
  alter table transactions add column route text,
    add constraint transactions_route_length check (length(route) between 1 and 300) not valid;
  alter table dispatch_attempts add column route text;

  create function transactions_change_roads() returns trigger language plpgsql as $$
    begin
      if old.restore_id is null and (old.state <> 'held' or new.state <> 'held' or exists (
        select from dispatch_attempts a where a.transaction_id = old.id and not exists (
          select from transaction_outcomes o
          where o.transaction_id = a.transaction_id and o.attempt_no = a.attempt_no
            and ((o.source = 'dispatch' and not o.sent) or (o.decision = 'retry' and o.kind = 'failed')))))
      then
        raise exception 'transaction % may be under way with %', old.id, old.provider
          using errcode = '23514', constraint = tg_name, table = tg_table_name;
      end if;
      return new;
    end $$;
  create trigger transactions_change_roads before update of provider on transactions for each row
    when (new.provider is distinct from old.provider) execute function transactions_change_roads();
`;
