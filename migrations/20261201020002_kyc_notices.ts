import type { Knex } from 'knex';

// Who was told that their KYC has to be done again, and of which day: each of them is told once.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table kyc_notices (
      record_id uuid not null references kyc_records (id),
      day smallint not null, -- days after the day on which it is due; below zero: before it
      told_at timestamptz not null,
      constraint kyc_notices_pkey primary key (record_id, day)
    );
    create trigger kyc_notices_stay before update or delete or truncate on kyc_notices for each statement
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table kyc_notices');
}
