import type { Knex } from 'knex';

// Each time that a beneficiary came onto its user's list and left it, of which the owner is told once. What bound a
// payout to a new one is kept with it: rules change, and what was promised then is checked later.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table beneficiary_changes (
      id bigint generated always as identity primary key,
      beneficiary_id uuid not null references beneficiaries (id),
      user_id uuid not null references users (id),
      kind text not null,
      at timestamptz not null,
      is_told boolean not null, -- its owner hears of it
      told_at timestamptz,
      constraint beneficiary_changes_kind_known check (kind in ('added', 'archived')),
      constraint beneficiary_changes_told_of_those check (told_at is null or is_told)
    );
    -- whom to tell; and whom something was told of late
    create index beneficiary_changes_to_tell on beneficiary_changes (user_id, kind, at) where is_told and told_at is null;
    create index beneficiary_changes_told on beneficiary_changes (user_id, kind, told_at) where told_at is not null;
    create index beneficiary_changes_of_user on beneficiary_changes (user_id, at); -- how many were added today
    create index beneficiary_changes_of_one on beneficiary_changes (beneficiary_id, at); -- was it on the list then?
    create trigger beneficiary_changes_stay before delete or truncate on beneficiary_changes for each statement
      execute function refuse_change();
    create trigger beneficiary_changes_facts_stay before update on beneficiary_changes for each row
      when ((old.beneficiary_id, old.user_id, old.kind, old.at, old.is_told)
          is distinct from (new.beneficiary_id, new.user_id, new.kind, new.at, new.is_told)
        or old.told_at is not null and new.told_at is distinct from old.told_at)
      execute function refuse_change();

    alter table beneficiary_rules
      add column tells text not null default 'signed_in', -- whose changes their owner hears of
      add column tell_gap_s integer not null default 600, -- what comes within it is told together
      add constraint beneficiary_rules_tells_known check (tells in ('nobody', 'signed_in', 'everybody')),
      add constraint beneficiary_rules_tell_gap check (tell_gap_s between 0 and 86400);

    alter table payouts
      add column is_named boolean not null default false, -- by the id of its beneficiary
      add column new_for_s integer,     -- of the rule of new beneficiaries, where it bound the caller
      add column new_cap_paise bigint,
      add constraint payouts_cap_of_a_rule check (new_cap_paise is null or new_for_s is not null) not valid;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table payouts drop column is_named, drop column new_for_s, drop column new_cap_paise;
    alter table beneficiary_rules drop column tells, drop column tell_gap_s;
    drop table beneficiary_changes;
  `);
}
