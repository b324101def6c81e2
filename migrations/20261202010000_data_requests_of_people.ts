import type { Knex } from 'knex';

// People ask about their data by themselves, as often and with an answer as soon as rows say: for a copy, for a
// correction, that it is erased. They may take it back, are told when it is answered, and fetch a copy by a session
// that was confirmed for this copy.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table data_request_rules (
      kind text not null,
      in_force_from date not null,
      answer_days integer not null, -- within so many days
      most_in_30_days integer not null, -- that one person asks for by themselves
      copy_days integer, -- so long a copy may be fetched
      source text not null,
      constraint data_request_rules_pkey primary key (kind, in_force_from),
      constraint data_request_rules_kind_known check (kind in ('export', 'correction', 'erasure')),
      -- DPDP Rules 2025, rule 14(3)
      constraint data_request_rules_in_time check (answer_days between 1 and 90),
      constraint data_request_rules_some check (most_in_30_days between 1 and 100),
      constraint data_request_rules_copy_two_sided check ((copy_days is not null) = (kind = 'export')),
      constraint data_request_rules_copy_range check (copy_days between 1 and 90)
    );

    alter table data_requests
      drop constraint data_requests_kind_known,
      add constraint data_requests_kind_known check (kind in ('export', 'correction', 'erasure')),
      drop constraint data_requests_state_known,
      add constraint data_requests_state_known check (state in ('open', 'granted', 'refused', 'withdrawn')),
      drop constraint data_requests_refusal_says_why,
      -- a refusal says why, and a correction what was corrected
      add constraint data_requests_answer_says
        check ((note is not null) = (state = 'refused' or (state = 'granted' and kind = 'correction')));
    comment on column data_requests.asked_by is 'the person, or one of our staff';
    comment on column data_requests.note is 'what the person is told';

    create table data_request_notices (
      request_id uuid primary key references data_requests (id),
      told_at timestamptz not null
    );
    create trigger data_request_notices_stay before update or delete or truncate on data_request_notices
      for each statement execute function refuse_change();
    create index data_requests_answered on data_requests (decided_at) where state in ('granted', 'refused'); -- who is told

    alter table step_up_rules
      drop constraint step_up_rules_action_known,
      add constraint step_up_rules_action_known
        check (action in ('payout', 'transfer', 'dmt', 'bbps', 'recharge', 'data_copy')),
      drop constraint step_up_rules_confirmed_where_asked,
      add constraint step_up_rules_confirmed_where_asked
        check (pin_from_paise is null or action in ('payout', 'transfer', 'data_copy')),
      -- it has no amount: it is confirmed whole or not at all
      add constraint step_up_rules_copy_is_confirmed
        check (action <> 'data_copy' or (pin_from_paise = 0 and (code_from_paise is null or code_from_paise = 0)));
    alter table confirmations
      drop constraint confirmations_action_known,
      add constraint confirmations_action_known check (action in ('payout', 'transfer', 'data_copy')),
      drop constraint confirmations_amount_positive,
      add constraint confirmations_amount_positive
        check (case action when 'data_copy' then amount_paise = 0 else amount_paise > 0 end);
  `);
}

/** Throws Error where people have asked what could not be asked before: what they asked is kept. */
export async function down(knex: Knex): Promise<void> {
  const [asked] = (
    await knex.raw<{ rows: object[] }>(
      "select from data_requests where kind = 'correction' or state = 'withdrawn' limit 1",
    )
  ).rows;
  if (asked !== undefined)
    throw new Error('people have asked by themselves: there is no way back but a restore');
  await knex.raw(`
    delete from confirmations where action = 'data_copy';
    delete from step_up_rules where action = 'data_copy';
    alter table confirmations
      drop constraint confirmations_action_known,
      add constraint confirmations_action_known check (action in ('payout', 'transfer')),
      drop constraint confirmations_amount_positive,
      add constraint confirmations_amount_positive check (amount_paise > 0);
    alter table step_up_rules
      drop constraint step_up_rules_copy_is_confirmed,
      drop constraint step_up_rules_action_known,
      add constraint step_up_rules_action_known
        check (action in ('payout', 'transfer', 'dmt', 'bbps', 'recharge')),
      drop constraint step_up_rules_confirmed_where_asked,
      add constraint step_up_rules_confirmed_where_asked
        check (pin_from_paise is null or action in ('payout', 'transfer'));
    drop index data_requests_answered;
    drop table data_request_notices;
    alter table data_requests
      drop constraint data_requests_kind_known,
      add constraint data_requests_kind_known check (kind in ('export', 'erasure')),
      drop constraint data_requests_state_known,
      add constraint data_requests_state_known check (state in ('open', 'granted', 'refused')),
      drop constraint data_requests_answer_says,
      add constraint data_requests_refusal_says_why check ((state = 'refused') = (note is not null));
    comment on column data_requests.asked_by is null;
    comment on column data_requests.note is null;
    drop table data_request_rules;
  `);
}
