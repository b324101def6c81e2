import type { Knex } from 'knex';

// What never came: a settlement that a report names and no statement shows, and fees that are owed and nobody collects.
// Both are breaks after so many days. And a bank that debits one sum for a whole file of settlements: that line is
// matched with the file, one line for one file.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table recon_terms
      add column settlement_days smallint not null default 5, -- so long after its last payment a settlement may be on its way
      add column fee_days smallint not null default 7, -- so long after a payout its fee may be collected
      add constraint recon_terms_waits check (settlement_days between 1 and 30 and fee_days between 1 and 45);
    alter table recon_breaks drop constraint recon_breaks_kind_known;
    alter table recon_breaks add constraint recon_breaks_kind_known check (kind in ('missing_at_provider', 'missing_with_us',
      'status_mismatch', 'amount_mismatch', 'fee_mismatch', 'commission_mismatch', 'duplicate_at_provider',
      'settlement_short', 'settlement_excess', 'settlement_missing', 'fee_uncollected', 'bank_credit_unmatched',
      'bank_debit_unmatched', 'cutoff_timing', 'ambiguous', 'identifier_damaged'));
    create table recon_file_matches (
      file_id uuid primary key references settlement_files (id),
      source_id smallint not null,
      row_key text not null,
      seq smallint not null,
      constraint recon_file_matches_row_once unique (source_id, row_key, seq)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table recon_file_matches;
    alter table recon_breaks drop constraint recon_breaks_kind_known;
    alter table recon_breaks add constraint recon_breaks_kind_known check (kind in ('missing_at_provider', 'missing_with_us',
      'status_mismatch', 'amount_mismatch', 'fee_mismatch', 'commission_mismatch', 'duplicate_at_provider',
      'settlement_short', 'settlement_excess', 'bank_credit_unmatched', 'bank_debit_unmatched', 'cutoff_timing',
      'ambiguous', 'identifier_damaged'));
    alter table recon_terms drop column fee_days, drop column settlement_days;
  `);
}
