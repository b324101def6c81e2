import type { Knex } from 'knex';

// Nobody guesses a one-time password, and nobody has a phone flooded with them: tries are counted for each
// password and for each person and purpose, sendings by phone, by caller and by agent.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table otp_limits
      add column what text not null default 'send',
      add column counted_by text not null default 'phone',
      add column span text not null default 'window',
      drop constraint otp_limits_pkey,
      add constraint otp_limits_pkey primary key (what, kind, counted_by, span, profile, in_force_from),
      add constraint otp_limits_what_known check (what in ('send', 'try')),
      add constraint otp_limits_counted_by_known
        check (counted_by in ('phone', 'caller', 'caller_phone', 'agent', 'subject')),
      add constraint otp_limits_span_known check (span in ('gap', 'window', 'day')),
      -- guesses: a looser row would undo the rule
      add constraint otp_limits_few_tries check (what <> 'try' or span = 'day' or most <= 5);

    -- counted before the provider is asked; what is over says nothing and is deleted
    create table otp_tries (
      key text primary key, -- kind, by whom, window, and whose; or the password itself
      tries integer not null,
      window_ends_at timestamptz not null,
      constraint otp_tries_not_negative check (tries >= 0),
      constraint otp_tries_of_one_password check (tries <= 5 or key not like '%:otp:%'),
      constraint otp_tries_of_a_window check (tries <= 5 or key not like '%:window:%')
    );
    create index otp_tries_over on otp_tries (window_ends_at); -- the loop that deletes them
    create index otp_sends_over on otp_sends (window_ends_at);

    -- The password of a transfer is judged long after it was accepted. Its try is given back, once, when the
    -- provider took the transfer on, which it does for the right password only, and when it never left us, by
    -- whatever way.
    alter table dmt_transfers add column is_try_given_back boolean not null default false;
    create function dmt_transfers_give_back_try(transaction uuid) returns void language plpgsql as $$
    begin
      update dmt_transfers set is_try_given_back = true where transaction_id = transaction and not is_try_given_back;
      if not found then return; end if;
      with mine as (
        select o.key from dmt_transfers d join dmt_senders s on s.id = d.sender_id
          join otp_tries o on o.key in ('dmt_transfer:phone:window:' || encode(s.mobile_fingerprint, 'hex'),
            'dmt_transfer:phone:day:' || encode(s.mobile_fingerprint, 'hex'))
        where d.transaction_id = transaction order by o.key for no key update of o)
      update otp_tries o set tries = greatest(0, tries - 1) from mine where o.key = mine.key;
    end $$;
    create function transactions_give_back_try() returns trigger language plpgsql as $$
    begin
      perform dmt_transfers_give_back_try(new.id);
      return null;
    end $$;
    create trigger transactions_give_back_try after update on transactions for each row
      when (new.service = 'dmt'
        and ((old.state in ('accepted', 'held') and new.state = 'failed')
          or (old.state = 'dispatched' and new.state in ('succeeded', 'refund_pending', 'refunded'))))
      execute function transactions_give_back_try();
    -- one look for a statement, since attempts of every service come by
    create function dispatch_attempts_give_back_tries() returns trigger language plpgsql as $$
    begin
      perform dmt_transfers_give_back_try(a.transaction_id)
      from attempts a join dmt_transfers d on d.transaction_id = a.transaction_id
      where a.acknowledged_at is not null and not d.is_try_given_back;
      return null;
    end $$;
    create trigger dispatch_attempts_give_back_tries after update on dispatch_attempts
      referencing new table as attempts for each statement
      execute function dispatch_attempts_give_back_tries();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger dispatch_attempts_give_back_tries on dispatch_attempts;
    drop function dispatch_attempts_give_back_tries();
    drop trigger transactions_give_back_try on transactions;
    drop function transactions_give_back_try();
    drop function dmt_transfers_give_back_try(uuid);
    alter table dmt_transfers drop column is_try_given_back;
    drop index otp_sends_over;
    drop table otp_tries;
    delete from otp_limits where (what, counted_by, span) <> ('send', 'phone', 'window');
    alter table otp_limits
      drop constraint otp_limits_few_tries,
      drop constraint otp_limits_span_known,
      drop constraint otp_limits_counted_by_known,
      drop constraint otp_limits_what_known,
      drop constraint otp_limits_pkey,
      add constraint otp_limits_pkey primary key (kind, profile, in_force_from),
      drop column span, drop column counted_by, drop column what;
  `);
}
