import type { Knex } from 'knex';

/** A settlement that no bank shows is found by the day of its last line, without reading the lines. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table recon_settlement_sums add column last_on date;
    update recon_settlement_sums g set last_on = r.last_on
      from (select source_id, settlement_utr, max(happened_on) as last_on from recon_rows
        where settlement_utr is not null group by 1, 2) r
      where r.source_id = g.source_id and r.settlement_utr = g.settlement_utr;
    update recon_settlement_sums set last_on = current_date where last_on is null;
    alter table recon_settlement_sums alter column last_on set not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table recon_settlement_sums drop column last_on');
}
