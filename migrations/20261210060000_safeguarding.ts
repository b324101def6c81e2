import type { Knex } from 'knex';

// What was owed to users at the end of each business day, and what stood for it: in all, and line by line.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table safeguarding_days (
      business_date date primary key,
      owed_paise bigint not null,
      held_paise bigint not null,
      shortfall_paise bigint generated always as (greatest(owed_paise - held_paise, 0)) stored
    );
    create table safeguarding_lines (
      business_date date not null references safeguarding_days,
      side text not null,
      name text not null, -- of what is owed the kind of account, of what is held each account
      paise bigint not null,
      constraint safeguarding_lines_pkey primary key (business_date, side, name),
      constraint safeguarding_lines_side_known check (side in ('owed', 'held'))
    );
    create trigger safeguarding_days_immutable before update or delete or truncate on safeguarding_days
      for each statement execute function refuse_change();
    create trigger safeguarding_lines_immutable before update or delete or truncate on safeguarding_lines
      for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table safeguarding_lines; drop table safeguarding_days');
}
