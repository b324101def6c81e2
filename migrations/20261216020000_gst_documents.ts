import type { Knex } from 'knex';

// Tax invoices for the fees that users pay, and credit notes for those that are given back after their month.
//
// A supply is a journal that moves a fee and the GST on it: read from the GST account in its order, as commission is
// read from income, so nothing is on the way of a transaction. Numbers are a chain: each document names the number
// before, so neither a gap nor a number that stands twice can be written, whoever writes and wherever they are killed.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table gst_registrations (
      in_force_from date primary key,
      gstin text not null,
      legal_name text not null,
      address text not null,
      constraint gst_registrations_form check (gstin ~ '^[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][0-9A-Z]Z[0-9A-Z]$'),
      constraint gst_registrations_said check (length(legal_name) between 2 and 120 and length(address) between 5 and 300)
    );
    create table gst_services (
      service text not null, -- as in the code of the account of its fees
      in_force_from date not null,
      sac text not null,
      rate_bps integer not null,
      source text not null,
      constraint gst_services_pkey primary key (service, in_force_from),
      constraint gst_services_form check (sac ~ '^[0-9]{4,6}$' and rate_bps between 0 and 10000)
    );

    create table gst_reading (
      is_one boolean primary key default true,
      read_id bigint not null default 0, -- the lines of the GST account up to this one are read
      constraint gst_reading_one check (is_one and read_id >= 0)
    );
    insert into gst_reading default values;
    create trigger gst_reading_goes_on before update on gst_reading for each row
      when (new.read_id < old.read_id) execute function refuse_change();
    create trigger gst_reading_stays before delete or truncate on gst_reading
      for each statement execute function refuse_change();

    create table gst_supplies (
      journal_id uuid primary key,
      user_id uuid not null,
      service text not null,
      transaction_id uuid,
      day date not null, -- in India
      taxable_paise bigint not null, -- below zero: given back
      tax_paise bigint not null,
      origin uuid, -- of what is given back: the supply that it was
      constraint gst_supplies_signs check ((taxable_paise > 0 and tax_paise >= 0) or (taxable_paise < 0 and tax_paise <= 0)),
      constraint gst_supplies_origin check (origin is null or taxable_paise < 0)
    );
    create index gst_supplies_of_user on gst_supplies (user_id, day);
    create index gst_supplies_of_day on gst_supplies (day, user_id); -- the documents of a month
    create index gst_supplies_of_transaction on gst_supplies (transaction_id) where taxable_paise > 0;
    create index gst_supplies_given_back on gst_supplies (origin) where origin is not null;
    create trigger gst_supplies_append_only before update or delete or truncate on gst_supplies
      for each statement execute function refuse_change();

    create table gst_numbers (
      gstin text not null,
      year smallint not null, -- the financial year that begins on 1 April of it
      kind text not null,
      last_no integer not null,
      constraint gst_numbers_pkey primary key (gstin, year, kind),
      constraint gst_numbers_not_negative check (last_no >= 0)
    );
    create trigger gst_numbers_go_on before update on gst_numbers for each row
      when (new.last_no < old.last_no) execute function refuse_change();
    create trigger gst_numbers_stay before delete or truncate on gst_numbers
      for each statement execute function refuse_change();

    create table gst_documents (
      id uuid primary key,
      kind text not null,
      gstin text not null, -- ours
      year smallint not null,
      no integer not null,
      after_no integer, -- null: the first of the year
      number text not null generated always as (case kind when 'invoice' then 'INV' else 'CRN' end || '/'
        || lpad((year % 100)::text, 2, '0') || lpad(((year + 1) % 100)::text, 2, '0') || '/' || lpad(no::text, 7, '0')) stored,
      user_id uuid not null,
      month date not null, -- its first day
      dated date not null,
      kyc_record_id uuid, -- who the buyer said to be; null: not registered
      buyer_state char(2) not null, -- the place of supply
      taxable_paise bigint not null,
      tax_paise bigint not null, -- as the ledger has it
      cgst_paise bigint not null,
      sgst_paise bigint not null,
      utgst_paise bigint not null,
      igst_paise bigint not null,
      rounding_paise bigint not null generated always as
        (tax_paise - cgst_paise - sgst_paise - utgst_paise - igst_paise) stored,
      total_paise bigint not null generated always as (taxable_paise + tax_paise) stored,
      invoice_id uuid references gst_documents (id), -- of a credit note
      constraint gst_documents_kind_known check (kind in ('invoice', 'credit_note')),
      constraint gst_documents_no_unique unique (gstin, year, kind, no),
      constraint gst_documents_one_after_another unique nulls not distinct (gstin, year, kind, after_no),
      constraint gst_documents_after_another foreign key (gstin, year, kind, after_no)
        references gst_documents (gstin, year, kind, no),
      constraint gst_documents_without_gap check (no = coalesce(after_no, 0) + 1),
      constraint gst_documents_number_short check (no between 1 and 9999999 and length(number) <= 16),
      constraint gst_documents_once unique nulls not distinct (user_id, month, kind, invoice_id),
      constraint gst_documents_names_invoice check ((kind = 'credit_note') = (invoice_id is not null)),
      constraint gst_documents_year_of_date
        check (year = extract(year from dated - interval '3 months') and month = date_trunc('month', dated)::date),
      constraint gst_documents_amounts check (taxable_paise > 0 and tax_paise >= 0 and sgst_paise >= 0 and utgst_paise >= 0
        and igst_paise >= 0 and cgst_paise = sgst_paise + utgst_paise and (sgst_paise = 0 or utgst_paise = 0)
        and (igst_paise = 0 or cgst_paise = 0)),
      -- two halves of an odd paisa are rounded once; a note takes back what its invoice was rounded by
      constraint gst_documents_rounded_once check (rounding_paise between -1 and 1)
    );
    create index gst_documents_of_user on gst_documents (user_id, dated);
    create index gst_documents_of_invoice on gst_documents (invoice_id) where invoice_id is not null;
    create trigger gst_documents_append_only before update or delete or truncate on gst_documents
      for each statement execute function refuse_change();

    create table gst_lines (
      document_id uuid not null references gst_documents (id),
      service text not null,
      sac text not null,
      rate_bps integer not null,
      supplies integer not null,
      taxable_paise bigint not null,
      tax_paise bigint not null,
      constraint gst_lines_pkey primary key (document_id, service),
      constraint gst_lines_of_something check (supplies > 0)
    );
    create trigger gst_lines_append_only before update or delete or truncate on gst_lines
      for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    [
      'gst_lines',
      'gst_documents',
      'gst_numbers',
      'gst_supplies',
      'gst_reading',
      'gst_services',
      'gst_registrations',
    ]
      .map((table) => `drop table ${table};`)
      .join('\n'),
  );
}
