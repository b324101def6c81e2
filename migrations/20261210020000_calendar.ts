import type { Knex } from 'knex';

// Which days banks work. Holidays are rows for each office of the RBI, as known from a day on: a list changes within
// its year (elections, mourning, the moon), and then a newer row of the same office and day counts. No data is not "no
// holiday": a year of an office that is not in holiday_years is refused. Which weekdays are closed, and which rails
// run on days when banks are closed, are rules of their own.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table rbi_offices (
      name text primary key,
      constraint rbi_offices_name_form check (name ~ '^[A-Z][A-Za-z ]{1,39}$')
    );

    create table holiday_years (
      office text not null references rbi_offices,
      year integer not null,
      coverage text not null, -- 'shared': days that the offices of its state share; one of this office alone may be missing
      source text not null,
      constraint holiday_years_pkey primary key (office, year),
      constraint holiday_years_coverage_known check (coverage in ('whole', 'shared')),
      constraint holiday_years_sensible check (year between 2015 and 2100)
    );

    create table bank_holidays (
      office text not null references rbi_offices,
      day date not null,
      known_from date not null, -- the row that is known last counts
      is_holiday boolean not null default true, -- false: a holiday that was taken off the list
      kinds text[] not null,
      name text not null, -- of the list, which has one name for all offices: to be shown, never to be branched on
      source text not null,
      certainty text not null, -- S: read on the RBI's page, S2: from it through somebody, U: not sure
      constraint bank_holidays_pkey primary key (office, day, known_from),
      constraint bank_holidays_kinds_known check (kinds <@ array['NI', 'CLOSING', 'NI_RTGS'] and kinds <> '{}'),
      constraint bank_holidays_certainty_known check (certainty in ('S', 'S2', 'U'))
    );

    create table weekly_closings (
      weekday smallint not null, -- 0 is Sunday
      in_force_from date not null,
      weeks smallint[] not null, -- the how manieth of its month; all five where it is always closed
      source text not null,
      constraint weekly_closings_pkey primary key (weekday, in_force_from),
      constraint weekly_closings_sensible check (weekday between 0 and 6 and weeks <@ array[1, 2, 3, 4, 5]::smallint[])
    );

    create table rail_days (
      rail text not null,
      in_force_from date not null,
      runs text not null,
      source text not null,
      constraint rail_days_pkey primary key (rail, in_force_from),
      constraint rail_days_runs_known check (runs in ('always', 'banking_days', 'weekdays')),
      constraint rail_days_rail_form check (rail ~ '^[A-Z][A-Z_]{1,29}$')
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'drop table rail_days; drop table weekly_closings; drop table bank_holidays; drop table holiday_years; drop table rbi_offices;',
  );
}
