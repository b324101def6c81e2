import type { Knex } from 'knex';

// A month of GST can be paid with the tax on our own purchases alone: then no bank has paid anything, and there is no line
// of a statement.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table tax_remittances alter column bank drop not null, alter column utr drop not null,
      drop constraint tax_remittances_amount_positive,
      add constraint tax_remittances_amount_positive check (amount_paise >= 0 and amount_paise + input_paise > 0),
      add constraint tax_remittances_line_of_bank
        check ((amount_paise > 0) = (bank is not null) and (bank is null) = (utr is null));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table tax_remittances drop constraint tax_remittances_line_of_bank,
      drop constraint tax_remittances_amount_positive,
      add constraint tax_remittances_amount_positive check (amount_paise > 0),
      alter column bank set not null, alter column utr set not null;
  `);
}
