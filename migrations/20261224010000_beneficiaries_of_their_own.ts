import type { Knex } from 'knex';

// Beneficiaries that a user keeps, takes off the list and puts back; how new one must be for its limits, who is bound by
// them, and when the bank is asked whose an account is: rows in force from a day. What a payout made stays of the payout.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table beneficiaries
      add column made_by text not null default 'payout',
      add column archived_at timestamptz, -- off the list: not named by its id any more
      add column restored_at timestamptz, -- it was put back then: it is as new as one made then
      add constraint beneficiaries_made_by_known check (made_by in ('payout', 'caller', 'kyc')) not valid;
    -- When it was made decides how much may be paid to it.
    create trigger beneficiaries_age_stays before update on beneficiaries for each row
      when (new.created_at <> old.created_at
        or (old.restored_at is not null and (new.restored_at is null or new.restored_at < old.restored_at)))
      execute function refuse_change();

    create table beneficiary_rules (
      profile text not null,
      in_force_from date not null,
      binds text not null,
      new_for_s integer not null,
      new_cap_paise bigint,    -- to one beneficiary in all while it is new; null: no cap
      most_new_a_day integer,  -- null: no cap
      source text not null,
      constraint beneficiary_rules_pkey primary key (profile, in_force_from),
      constraint beneficiary_rules_profile_known check (profile in ('production', 'development')),
      constraint beneficiary_rules_binds_known check (binds in ('nobody', 'signed_in', 'everybody')),
      constraint beneficiary_rules_new_for check (new_for_s between 0 and 604800),
      constraint beneficiary_rules_cap check (new_cap_paise >= 0 and (new_cap_paise is null or new_for_s > 0)),
      constraint beneficiary_rules_most check (most_new_a_day between 0 and 100000),
      constraint beneficiary_rules_source_said check (length(trim(source)) > 0)
    );

    create table beneficiary_check_rules (
      in_force_from date primary key,
      method text not null,
      fresh_days integer not null,   -- so long an answer counts: then the bank is asked again
      most_a_day integer not null,   -- of one user: each costs money
      match_from smallint not null,  -- a score of the name from here on is a match
      partial_from smallint not null, -- and from here on some of it; below, it is another name
      source text not null,
      constraint beneficiary_check_rules_method_known check (method in ('penny_drop', 'penniless', 'either')),
      constraint beneficiary_check_rules_fresh check (fresh_days between 1 and 3660),
      constraint beneficiary_check_rules_most check (most_a_day between 0 and 100000),
      constraint beneficiary_check_rules_scores check (partial_from between 1 and match_from and match_from <= 100),
      constraint beneficiary_check_rules_source_said check (length(trim(source)) > 0)
    );

    alter table step_up_rules
      drop constraint step_up_rules_action_known,
      add constraint step_up_rules_action_known
        check (action in ('payout', 'transfer', 'dmt', 'bbps', 'recharge', 'data_copy', 'new_payee'));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from step_up_rules where action = 'new_payee';
    update policy_files set applied_at = '-infinity' where name = '20261224_beneficiaries';
    alter table step_up_rules
      drop constraint step_up_rules_action_known,
      add constraint step_up_rules_action_known
        check (action in ('payout', 'transfer', 'dmt', 'bbps', 'recharge', 'data_copy'));
    drop table beneficiary_check_rules;
    drop table beneficiary_rules;
    drop trigger beneficiaries_age_stays on beneficiaries;
    alter table beneficiaries drop column made_by, drop column archived_at, drop column restored_at;
  `);
}
