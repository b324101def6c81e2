import type { Knex } from 'knex';

// What was told by comparing other columns stands in columns of its own: that somebody asked for an inquiry
// (`next_poll_at <= outcome_at`), and that the provider has spoken of an attempt (drive number less number of inquiries).
// Rows in flight keep their meaning: an inquiry that was asked for is due since the row was written, and an attempt of
// which a callback or an inquiry has spoken was sent.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table transactions
      add column asked_for_at timestamptz, -- somebody asked for the inquiry at next_poll_at, and it has not been made
      add column spoken_of_attempt smallint; -- the latest attempt of which the provider has spoken, however vaguely
    update transactions set asked_for_at = updated_at, next_poll_at = greatest(next_poll_at, updated_at)
    where next_poll_at <= outcome_at;
    update transactions t set spoken_of_attempt = t.attempt_no
    where t.state = 'dispatched' and t.attempt_no > 0 and (
      t.outcome is not null
      or exists (
        select from transaction_outcomes o where o.transaction_id = t.id and o.attempt_no = t.attempt_no
          and (o.source = 'callback' or (o.source = 'poll' and o.kind = 'pending')))
      or exists (
        select from callbacks c
        join dispatch_attempts a on a.transaction_id = t.id and a.attempt_no = t.attempt_no and c.received_at >= a.created_at
        where c.transaction_id = t.id and c.result = 'hint'));
    alter table transactions
      add constraint transactions_asked_for_is_polled check (asked_for_at is null or next_poll_at is not null) not valid,
      add constraint transactions_spoken_of_an_attempt check (spoken_of_attempt between 1 and attempt_no) not valid;
    alter table transactions validate constraint transactions_asked_for_is_polled;
    alter table transactions validate constraint transactions_spoken_of_an_attempt;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    update transactions set next_poll_at = least(next_poll_at, outcome_at) where asked_for_at is not null;
    alter table transactions drop column asked_for_at, drop column spoken_of_attempt;
  `);
}
