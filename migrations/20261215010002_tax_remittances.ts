import type { Knex } from 'knex';

// What is paid to the state of the taxes that we owe: TDS by section and month, GST by month. A remittance is posted by
// two persons, with its challan, and the line of the bank's statement that paid it.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table tax_due_rules (
      kind text not null,
      in_force_from date not null, -- for months that begin on it or later
      due_day smallint not null,   -- of the month after
      march_due date,              -- a day of any year: for March another day than that
      warn_days smallint not null, -- so long before there is a case
      source text not null,
      constraint tax_due_rules_pkey primary key (kind, in_force_from),
      constraint tax_due_rules_kind_known check (kind in ('tds', 'gst')),
      constraint tax_due_rules_range check (due_day between 1 and 28 and warn_days between 0 and 28)
    );

    create table tax_remittances (
      id uuid primary key,
      kind text not null,
      month date not null, -- its first day
      section text,        -- of TDS
      payment_code text,   -- of the challan
      amount_paise bigint not null,
      input_paise bigint not null, -- of GST, what was paid with the tax on our own purchases
      challan_no text not null,
      paid_on date not null,
      bank text not null,
      utr text not null,
      journal_id uuid not null,
      approval_id uuid not null references approvals (id),
      posted_at timestamptz not null,
      constraint tax_remittances_kind_known check (kind in ('tds', 'gst')),
      constraint tax_remittances_section_two_sided check ((kind = 'tds') = (section is not null)),
      constraint tax_remittances_input_of_gst check (input_paise >= 0 and (kind = 'gst' or input_paise = 0)),
      constraint tax_remittances_amount_positive check (amount_paise > 0),
      constraint tax_remittances_month_over check (month = date_trunc('month', month)
        and paid_on >= month + interval '1 month'),
      constraint tax_remittances_challan_unique unique (challan_no, paid_on),
      constraint tax_remittances_journal_unique unique (journal_id)
    );
    create index tax_remittances_of_month on tax_remittances (kind, month);
    create trigger tax_remittances_stay before update or delete or truncate on tax_remittances for each statement
      execute function refuse_change();
    create function tax_remittances_posted() returns trigger language plpgsql as $$
    begin
      if new.amount_paise + new.input_paise <> coalesce((select sum(t.amount_paise) from ledger_transfers t
        join ledger_accounts a on a.id = t.debit_account_id and a.code = 'tax:' || new.kind || '-payable'
        where t.journal_id = new.journal_id), 0)
      then
        raise exception 'a remittance and its posting stand or fall together'
          using errcode = '23514', constraint = 'tax_remittances_posted', table = 'tax_remittances';
      end if;
      return null;
    end $$;
    create constraint trigger tax_remittances_posted after insert on tax_remittances
      deferrable initially deferred for each row execute function tax_remittances_posted();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table tax_remittances;
    drop function tax_remittances_posted();
    drop table tax_due_rules;
  `);
}
