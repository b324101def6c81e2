import type { Knex } from 'knex';

// A transaction keeps the chain above its user as it stood when it was accepted: commission goes by it, also after
// the user has moved. The number comes from the user's own row, which has a foreign key, and no row of `uplines` is
// ever deleted: one here would cost each acceptance a lock on a row that a whole network shares.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table transactions add column upline_id bigint; -- null: nobody was above, or it is older than networks
    create trigger transactions_upline_stays before update of upline_id on transactions for each row
      when (new.upline_id is distinct from old.upline_id) execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger transactions_upline_stays on transactions;
    alter table transactions drop column upline_id;
  `);
}
