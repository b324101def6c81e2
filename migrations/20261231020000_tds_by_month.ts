import type { Knex } from 'knex';

// What of TDS is owed is asked each night and with each remittance. The register has a row for each credit, a hundred
// thousand on a day, and all of it was read: its sums by month are kept beside it, by the rows themselves.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table commission_tds_months (
      section text not null,
      month date not null, -- its first day
      payment_code text,
      form text not null,
      tds_paise bigint not null,
      constraint commission_tds_months_pkey primary key (section, month),
      constraint commission_tds_months_first_day check (month = date_trunc('month', month)::date)
    ) with (fillfactor = 50);
    insert into commission_tds_months (section, month, payment_code, form, tds_paise)
      select section, date_trunc('month', day)::date, max(payment_code), max(form), sum(tds_paise)
      from commission_payouts group by section, date_trunc('month', day);

    create function commission_payouts_sum_months() returns trigger language plpgsql
    security definer set search_path = public, pg_temp as $$
    begin
      if tg_relid <> 'commission_payouts'::regclass then
        raise exception 'TDS is summed of payouts alone'
          using errcode = '23514', constraint = 'commission_payouts_sum_months', table = tg_table_name;
      end if;
      insert into commission_tds_months as m (section, month, payment_code, form, tds_paise)
      select section, date_trunc('month', day)::date as month, max(payment_code), max(form), sum(tds_paise)
      from added group by section, date_trunc('month', day) order by section, month
      on conflict (section, month) do update set tds_paise = m.tds_paise + excluded.tds_paise,
        payment_code = greatest(m.payment_code, excluded.payment_code), form = greatest(m.form, excluded.form);
      return null;
    end $$;
    -- on another table it would add what nobody was paid
    revoke execute on function commission_payouts_sum_months() from public;
    create trigger commission_payouts_sum_months after insert on commission_payouts referencing new table as added
      for each statement execute function commission_payouts_sum_months();
    create trigger commission_tds_months_by_payouts before insert or update or delete or truncate on commission_tds_months
      for each statement when (pg_trigger_depth() = 0) execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger commission_payouts_sum_months on commission_payouts;
    drop function commission_payouts_sum_months();
    drop table commission_tds_months;
  `);
}
