import type { Knex } from 'knex';

// The credit notes of an invoice are of its buyer, and come to no more than it has, in fees and in tax.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create function gst_documents_notes_within() returns trigger language plpgsql as $$
    begin
      if not exists (select from gst_documents i where i.id = new.invoice_id and i.kind = 'invoice' and i.user_id = new.user_id
        and i.taxable_paise >= (select sum(n.taxable_paise) from gst_documents n where n.invoice_id = i.id)
        and i.tax_paise >= (select sum(n.tax_paise) from gst_documents n where n.invoice_id = i.id))
      then
        raise exception 'credit notes come to more than the invoice, or are of another buyer'
          using errcode = '23514', constraint = 'gst_documents_notes_within', table = 'gst_documents';
      end if;
      return null;
    end $$;
    create trigger gst_documents_notes_within after insert on gst_documents for each row
      when (new.kind = 'credit_note') execute function gst_documents_notes_within();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger gst_documents_notes_within on gst_documents;
    drop function gst_documents_notes_within();
  `);
}
