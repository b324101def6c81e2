import type { Knex } from 'knex';

// Who of the staff has taken a break on. The table holds what does not fit, and is small.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table recon_breaks add column owner_id uuid constraint recon_breaks_owner references users (id);
    create index recon_breaks_by_age on recon_breaks (opened_at, id); -- lists go on from the last one shown
    create index recon_breaks_of_owner on recon_breaks (owner_id) where state = 'open' and owner_id is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index recon_breaks_of_owner;
    drop index recon_breaks_by_age;
    alter table recon_breaks drop column owner_id;
  `);
}
