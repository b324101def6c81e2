import type { Knex } from 'knex';

// A bill is known again: which subject (user, biller, customer's parameters) a payment is for, and which bill.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table bbps_payments
      -- keyed hashes: they find the same bill again without opening the sealed instruction
      add column subject_fingerprint bytea, -- of user, biller and the customer's parameters
      add column bill_fingerprint bytea,    -- of the number of the bill, where it has one
      add constraint bbps_payments_fingerprints_are_hmacs
        check (octet_length(subject_fingerprint) = 32 and octet_length(bill_fingerprint) = 32),
      -- not of rows that were written before there were fingerprints
      add constraint bbps_payments_have_a_subject check (subject_fingerprint is not null) not valid;
    -- the soft duplicate rule
    create index bbps_payments_of_subject on bbps_payments (subject_fingerprint);

    alter table bbps_policies
      -- the same bill again, this long after the first payment succeeded, is asked about; 0: never
      add column duplicate_window_ms integer not null default 86400000,
      add constraint bbps_policies_duplicate_window check (duplicate_window_ms between 0 and 604800000);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table bbps_policies drop column duplicate_window_ms;
    drop index bbps_payments_of_subject;
    alter table bbps_payments drop column subject_fingerprint, drop column bill_fingerprint;
  `);
}
