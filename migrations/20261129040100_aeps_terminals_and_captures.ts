import type { Knex } from 'knex';

// What a caller makes up counts for nothing: terminals are registered, a customer is known by a keyed reference
// to the Aadhaar number that the provider checks, and a capture of a finger is used once.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table aeps_terminals (
      user_id uuid not null references users (id),
      terminal_id text not null,
      registered_at timestamptz not null,
      retired_at timestamptz,
      constraint aeps_terminals_pkey primary key (user_id, terminal_id),
      constraint aeps_terminals_id_form check (terminal_id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{2,39}$'),
      constraint aeps_terminals_retired_later check (retired_at >= registered_at)
    );
    create trigger aeps_terminals_stay before delete or truncate on aeps_terminals for each statement
      execute function refuse_change();
    -- those that were at work before
    insert into aeps_terminals (user_id, terminal_id, registered_at)
      select user_id, terminal_id, now() from aeps_withdrawals
      union select user_id, terminal_id, now() from aeps_enquiries;

    -- Of what was before, the reference stands for the customer at the terminal, as the cap of the day did then.
    alter table aeps_withdrawals add column customer_ref bytea;
    update aeps_withdrawals set customer_ref = sha256(customer || convert_to(terminal_id, 'UTF8'));
    alter table aeps_withdrawals
      alter column customer_ref set not null,
      add constraint aeps_withdrawals_customer_ref_is_a_digest check (octet_length(customer_ref) = 32),
      add constraint aeps_withdrawals_terminal_registered foreign key (user_id, terminal_id)
        references aeps_terminals (user_id, terminal_id);
    alter table aeps_enquiries add constraint aeps_enquiries_terminal_registered
      foreign key (user_id, terminal_id) references aeps_terminals (user_id, terminal_id);
    drop index aeps_withdrawals_of_customer;
    create index aeps_withdrawals_of_customer_ref on aeps_withdrawals (user_id, customer_ref, business_date); -- the day's count

    drop trigger aeps_withdrawals_facts_stay on aeps_withdrawals;
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
    create or replace function aeps_withdrawals_daily_cap() returns trigger language plpgsql as $$
    begin
      if new.day_cap is not null and (
        select count(*) from aeps_withdrawals w join transactions t on t.id = w.transaction_id
        where w.user_id = new.user_id and w.customer_ref = new.customer_ref
          and w.business_date = new.business_date and w.kind = 'withdrawal'
          and t.state not in ('failed', 'reversed', 'refunded')) > new.day_cap
      then
        raise exception 'a customer has no more withdrawals with an agent on a day'
          using errcode = '23514', constraint = 'aeps_withdrawals_daily_cap', table = 'aeps_withdrawals';
      end if;
      return null;
    end $$;

    create table used_captures (
      capture bytea not null, -- a keyed digest, deleted after minutes
      used_at timestamptz not null,
      constraint used_captures_once primary key (capture),
      constraint used_captures_digest check (octet_length(capture) = 32)
    );
    create index used_captures_old on used_captures (used_at); -- the loop that deletes them
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table used_captures;
    create or replace function aeps_withdrawals_daily_cap() returns trigger language plpgsql as $$
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
    drop trigger aeps_withdrawals_facts_stay on aeps_withdrawals;
    drop index aeps_withdrawals_of_customer_ref;
    alter table aeps_enquiries drop constraint aeps_enquiries_terminal_registered;
    alter table aeps_withdrawals drop constraint aeps_withdrawals_terminal_registered, drop column customer_ref;
    create index aeps_withdrawals_of_customer on aeps_withdrawals (customer, terminal_id, business_date);
    create trigger aeps_withdrawals_facts_stay before update on aeps_withdrawals for each row
      when (new.transaction_id <> old.transaction_id or new.user_id <> old.user_id or new.kind <> old.kind
        or new.customer <> old.customer or new.bank <> old.bank or new.terminal_id <> old.terminal_id
        or new.lat_micro <> old.lat_micro or new.long_micro <> old.long_micro
          or new.business_date <> old.business_date or new.day_cap is distinct from old.day_cap
          or new.created_at <> old.created_at
        or (old.cash_handed_out is not null and (new.cash_handed_out is distinct from old.cash_handed_out
          or new.acknowledged_at is distinct from old.acknowledged_at)))
      execute function refuse_change();
    drop table aeps_terminals;
  `);
}
