import type { Knex } from 'knex';

// What each account held at the end of a business day on which it moved. A day without a row is one on which nothing
// changed: the balance at its end is that of the last row before it. The lines of an account belong to days by their
// order: those after the last line of the row before, up to the last line of the row.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table balance_snapshots (
      account_id bigint not null, -- no foreign key: its check would hold up postings
      business_date date not null,
      last_line_id bigint not null, -- the newest transfer of the account at the end of the day
      debits_paise bigint not null,  -- of all of its transfers up to then
      credits_paise bigint not null,
      day_debits_paise bigint not null, -- of those of this day
      day_credits_paise bigint not null,
      day_lines integer not null,
      constraint balance_snapshots_pkey primary key (account_id, business_date),
      constraint balance_snapshots_day_within check (day_debits_paise between 0 and debits_paise
        and day_credits_paise between 0 and credits_paise and day_lines >= 0)
    );
    -- the accounts that moved on a day, in the order of the seal
    create index balance_snapshots_of_day on balance_snapshots (business_date, account_id);
    create trigger balance_snapshots_immutable before update or delete or truncate on balance_snapshots
      for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table balance_snapshots');
}
