import type { Knex } from 'knex';

// Lists that staff read page by page, without a user: payouts of commission of a day, tax documents by their date, and
// compensations by their day.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index commission_payouts_of_day;
    create index commission_payouts_of_day on commission_payouts (day, id); -- the registers, and pages of a day
    create index gst_documents_of_date on gst_documents (dated, id);
    create index gst_documents_of_number on gst_documents (number); -- as people quote it
    create index tat_compensations_of_day on tat_compensations (business_date, transaction_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index tat_compensations_of_day;
    drop index gst_documents_of_number;
    drop index gst_documents_of_date;
    drop index commission_payouts_of_day;
    create index commission_payouts_of_day on commission_payouts (day);
  `);
}
