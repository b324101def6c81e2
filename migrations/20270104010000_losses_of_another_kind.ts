import type { Knex } from 'knex';

// A break that was written off and becomes another kind, which carries no money, has the loss in suspense until two
// persons take it back: all of it, the other way, whatever the gap of the new kind is.
export async function up(knex: Knex): Promise<void> {
  await replace(knex, '(0, gap_paise - written_off_paise, -written_off_paise)');
}

export async function down(knex: Knex): Promise<void> {
  await replace(knex, '(0, gap_paise - written_off_paise)');
}

async function replace(knex: Knex, allowed: string): Promise<void> {
  await knex.raw(`
    alter table recon_breaks drop constraint recon_breaks_suspense_is_gap,
      add constraint recon_breaks_suspense_is_gap check (suspense_paise in ${allowed}) not valid;
    alter table recon_breaks validate constraint recon_breaks_suspense_is_gap;
  `);
}
