import type { Knex } from 'knex';

// The verifier that runs by itself: where it is, and what it has found that is still wrong. Whoever holds the row of
// `verifier` takes the next step, so any number of processes may try, and a step of a process that dies is taken again.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table verifier (
      singleton boolean primary key default true,
      pass_no integer not null default 1,
      walk text, -- the part of the tables that it goes through; null before the first
      position jsonb, -- the end of the last step; null at the beginning of a walk
      next_at timestamptz not null default '-infinity',
      stepped_at timestamptz,
      shrunk smallint not null default 0, -- so many times a step took too long, and the next one is half as large
      pass_begun_at timestamptz,
      pass_rows bigint not null default 0,
      pass_violations bigint not null default 0,
      pass_busy_ms bigint not null default 0,
      last_begun_at timestamptz, -- of the last pass that was finished
      last_ended_at timestamptz,
      last_rows bigint,
      last_violations bigint,
      last_busy_ms bigint,
      constraint verifier_one_row check (singleton),
      constraint verifier_last_two_sided check ((last_begun_at is null) = (last_ended_at is null)
        and (last_begun_at is null) = (last_rows is null) and (last_begun_at is null) = (last_violations is null)
        and (last_begun_at is null) = (last_busy_ms is null)),
      constraint verifier_shrunk_bounded check (shrunk between 0 and 12)
    ) with (fillfactor = 50);
    insert into verifier default values;

    create table verifier_findings (
      check_name text not null,
      subject text not null, -- the row that breaks the check, as verify names it
      detail text not null,
      found_at timestamptz not null,
      pass_no integer not null, -- in which it was seen last
      constraint verifier_findings_pkey primary key (check_name, subject)
    );

    create table verifier_policies (
      profile text primary key,
      step_rows integer not null, -- transactions, transfers or links of one step
      share_bp integer not null,  -- of the time of one connection, in hundredths of a percent
      pass_every_ms integer not null, -- the least from the begin of a pass to the begin of the next
      statement_ms integer not null,
      constraint verifier_policies_profile_known check (profile in ('production', 'development')),
      constraint verifier_policies_sensible check (step_rows between 1 and 10000 and share_bp between 1 and 10000
        and pass_every_ms >= 0 and statement_ms between 100 and 15000)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table verifier_policies; drop table verifier_findings; drop table verifier;');
}
