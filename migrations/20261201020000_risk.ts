import type { Knex } from 'knex';

// Rules that find what looks like fraud. A loop measures what was done since it looked last, and opens a case; a rule
// may also stop what follows, or what it is about, before it is sent: then a person looks first. Rules are rows in
// force from an instant, so that false alarms are tuned at once; none is ever changed. What persons said of a finding is
// a register of its own, to which rows are only added.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`${RULES} ${FINDINGS} ${LIFECYCLE}`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table screenings drop constraint screenings_subject_form,
      add constraint screenings_subject_form check (subject ~ '^(kyc_record|beneficiary):[0-9a-f-]{36}$');
    drop table risk_register; drop table risk_stops; drop table risk_looked; drop table risk_rules;
    drop function risk_register_is_of_risk();
    alter table transactions drop constraint transactions_sent_has_attempt,
      add constraint transactions_sent_has_attempt
        check (state in ('accepted', 'held', 'failed') or attempt_no > 0);
    drop index ops_cases_of_risk;
    drop trigger transactions_review_ends_unsent on transactions;
    ${movesTrigger(MOVES_BEFORE)}
  `);
}

const RULES = `
  create table risk_rules (
    name text not null,
    profile text not null,
    in_force_from timestamptz not null,
    pattern text not null,        -- what is measured: domain/risk/patterns.ts
    is_on boolean not null,
    action text not null,         -- case: a person is told; hold: and what follows is not sent before they have looked
    window_s integer not null,
    threshold integer not null,   -- more than so many, or so much
    least_paise bigint not null default 0, -- smaller transactions are left out
    limit_paise bigint,           -- under which amounts are looked for
    percent smallint,             -- how far under it; of declines, the share
    from_hour smallint,           -- of the night, in India
    to_hour smallint,
    stop_s integer,               -- so long what follows is stopped
    source text not null,         -- why it is so
    set_by uuid references users (id), -- null: it came with a file of policies/
    constraint risk_rules_pkey primary key (name, profile, in_force_from),
    constraint risk_rules_name_form check (name ~ '^[a-z][a-z0-9_]{1,39}$'),
    constraint risk_rules_profile_known check (profile in ('production', 'development')),
    constraint risk_rules_pattern_known check (pattern in ('velocity', 'amount', 'just_under', 'night', 'declines',
      'new_device', 'dormant', 'sprayed', 'guessed', 'customer_at_many', 'payee_of_many', 'penny_drops')),
    constraint risk_rules_action_known check (action in ('case', 'hold')),
    constraint risk_rules_range check (window_s between 60 and 34560000 and threshold >= 0 and least_paise >= 0
      and limit_paise > 0 and percent between 1 and 100 and from_hour between 0 and 23 and to_hour between 0 and 23
      and stop_s between 60 and 2678400),
    constraint risk_rules_just_under check (pattern <> 'just_under'
      or (limit_paise is not null and percent is not null)),
    constraint risk_rules_night check (pattern <> 'night'
      or (from_hour is not null and to_hour is not null and from_hour <> to_hour)),
    constraint risk_rules_declines check (pattern <> 'declines' or percent is not null),
    constraint risk_rules_hold_ends check (action <> 'hold' or stop_s is not null),
    -- where a sign-in comes from is nobody who could be stopped
    constraint risk_rules_nobody_to_stop check (action <> 'hold' or pattern <> 'sprayed')
  );
  create trigger risk_rules_stay before update or delete or truncate on risk_rules for each statement
    execute function refuse_change();
`;

const FINDINGS = `
  create table risk_looked (
    singleton boolean primary key default true,
    until_at timestamptz, -- everything before it was measured; null: nothing was
    constraint risk_looked_one_row check (singleton)
  );
  insert into risk_looked (singleton) values (true);

  create table risk_stops (
    id uuid primary key,
    case_id uuid not null references ops_cases (id),
    rule text not null,
    subject text not null, -- 'user:<uuid>', 'payee:<uuid>', 'customer:<uuid>'
    begun_at timestamptz not null,
    until_at timestamptz not null,
    ended_at timestamptz,  -- a person called it a false alarm
    constraint risk_stops_subject_form check (subject ~ '^(user|payee|customer):[0-9a-f-]{36}$'),
    constraint risk_stops_in_order check (begun_at < until_at),
    constraint risk_stops_once_of_case unique (case_id, subject)
  );
  create index risk_stops_open on risk_stops (subject) where ended_at is null; -- with each send
  create trigger risk_stops_facts_stay before update on risk_stops for each row
    when (old.ended_at is not null or new.ended_at is null
      or (new.id, new.case_id, new.rule, new.subject, new.begun_at, new.until_at)
        is distinct from (old.id, old.case_id, old.rule, old.subject, old.begun_at, old.until_at))
    execute function refuse_change();
  create trigger risk_stops_stay before delete or truncate on risk_stops for each statement
    execute function refuse_change();

  create table risk_register (
    id uuid primary key,
    case_id uuid not null references ops_cases (id),
    rule text not null,
    subject text not null,
    transaction_id uuid references transactions (id),
    verdict text not null,
    -- of a report to the Financial Intelligence Unit: its reference there
    reference text,
    reason text not null,
    decided_by uuid not null references users (id),
    approval_id uuid references approvals (id), -- where two persons decided
    decided_at timestamptz not null,
    constraint risk_register_verdict_known check (verdict in ('false_alarm', 'suspicious', 'reported')),
    constraint risk_register_reported_has_a_reference check ((verdict = 'reported') = (reference is not null)),
    constraint risk_register_said_why check (length(trim(reason)) between 3 and 500)
  );
  create index risk_register_newest on risk_register (decided_at); -- the list, and what is counted by rule
  create index risk_register_of_case on risk_register (case_id, decided_at); -- what was said before
  create trigger risk_register_stay before update or delete or truncate on risk_register for each statement
    execute function refuse_change();
  -- What is put into the register was found by a rule, and is about what that case is about.
  create function risk_register_is_of_risk() returns trigger language plpgsql
  security definer set search_path = public, pg_temp as $$
  begin
    if not exists (select from ops_cases c where c.id = new.case_id and c.kind in ('risk_alarm', 'risk_hold')
      and c.transaction_id is not distinct from new.transaction_id and c.evidence ->> 'rule' = new.rule)
    then
      raise exception 'the register is of cases that a rule has opened'
        using errcode = '23514', constraint = 'risk_register_is_of_risk', table = 'risk_register';
    end if;
    return new;
  end $$;
  revoke execute on function risk_register_is_of_risk() from public;
  create trigger risk_register_is_of_risk before insert on risk_register for each row
    execute function risk_register_is_of_risk();

  create index ops_cases_of_risk on ops_cases (opened_at) where kind in ('risk_alarm', 'risk_hold'); -- counted by rule

  alter table screenings drop constraint screenings_subject_form,
    add constraint screenings_subject_form
      check (subject ~ '^(kyc_record|beneficiary|dmt_recipient):[0-9a-f-]{36}$') not valid;
`;

const MOVES_BEFORE = [
  ...['accepted>held', 'accepted>failed', 'held>dispatched', 'held>failed', 'held>in_review'],
  ...['dispatched>held', 'dispatched>succeeded', 'dispatched>failed', 'dispatched>refund_pending'],
  ...['dispatched>refunded', 'dispatched>in_review', 'refund_pending>refunded', 'refund_pending>succeeded'],
  ...['refund_pending>in_review', 'succeeded>reversed', 'succeeded>refunded', 'succeeded>refund_pending'],
  ...['succeeded>in_review', 'failed>in_review', 'in_review>succeeded', 'in_review>failed'],
  ...['in_review>reversed', 'in_review>refunded'],
];

function movesTrigger(moves: readonly string[]): string {
  return `
    drop trigger transactions_moves on transactions;
    create trigger transactions_moves before update of state on transactions for each row
      when (old.state <> new.state
        and not (old.state || '>' || new.state) in (${moves.map((move) => `'${move}'`).join(', ')}))
      execute function refuse_change();`;
}

// What was stopped before it was sent goes back to where it was, when a person lets it go. It is checked of old rows in
// the next migration, without a lock that others wait for.
const LIFECYCLE = `
  ${movesTrigger([...MOVES_BEFORE, 'in_review>held'])}
  create trigger transactions_review_ends_unsent before update of state on transactions for each row
    when (old.state = 'in_review' and new.state = 'held' and old.attempt_no > 0) execute function refuse_change();
  alter table transactions drop constraint transactions_sent_has_attempt,
    add constraint transactions_sent_has_attempt
      check (state in ('accepted', 'held', 'failed', 'in_review') or attempt_no > 0) not valid;
`;
