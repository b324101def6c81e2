import type { Knex } from 'knex';

// Compensation for delay: RBI DPSS.CO.PD No.629/02.01.014/2019-20. A transaction that has passed its turnaround is
// noted once, with the last day that was in time; for each later day on which it had not ended there is one row with
// its posting, until it has.
export const config = { transaction: false };

export async function up(knex: Knex): Promise<void> {
  await knex.raw('drop index concurrently if exists ops_cases_turnaround');
  await knex.raw(
    `create index concurrently ops_cases_turnaround on ops_cases (opened_at) where kind = 'turnaround_passed'`,
  );
  await knex.raw(`
    create table tat_rules (
      service text not null references services,
      in_force_from date not null,
      per_day_paise bigint not null,
      credited text not null, -- where the compensation goes
      payer text not null,    -- at whose fault the delay is: of a provider it is claimed back
      source text not null,
      constraint tat_rules_pkey primary key (service, in_force_from),
      constraint tat_rules_per_day check (per_day_paise between 0 and 10000000),
      constraint tat_rules_credited_known check (credited in ('wallet', 'customer')),
      constraint tat_rules_payer_known check (payer in ('provider', 'us'))
    );

    create table tat_delays (
      transaction_id uuid primary key references transactions,
      last_day date not null, -- the last day of its turnaround
      stopped_on date,        -- the business day on which it ended or its money was given back
      constraint tat_delays_stopped_late check (stopped_on > last_day)
    );
    create index tat_delays_open on tat_delays (transaction_id) where stopped_on is null; -- each night
    create trigger tat_delays_stop_once before update on tat_delays for each row
      when (new.transaction_id <> old.transaction_id or new.last_day <> old.last_day or old.stopped_on is not null)
      execute function refuse_change();
    create trigger tat_delays_stay before delete or truncate on tat_delays for each statement
      execute function refuse_change();

    create table tat_compensations (
      transaction_id uuid not null references tat_delays,
      business_date date not null,
      amount_paise bigint not null,
      credited_account bigint not null,
      payer text not null,
      journal_id uuid not null,
      constraint tat_compensations_once primary key (transaction_id, business_date),
      constraint tat_compensations_amount_positive check (amount_paise > 0),
      constraint tat_compensations_journal_unique unique (journal_id)
    );
    create function tat_compensations_posted() returns trigger language plpgsql as $$
    begin
      if not exists (select from ledger_transfers t where t.journal_id = new.journal_id and t.line = 0
        and t.credit_account_id = new.credited_account and t.amount_paise = new.amount_paise)
      then
        raise exception 'a compensation and its posting stand or fall together'
          using errcode = '23514', constraint = 'tat_compensations_posted', table = 'tat_compensations';
      end if;
      return null;
    end $$;
    create constraint trigger tat_compensations_posted after insert on tat_compensations
      deferrable initially deferred for each row execute function tat_compensations_posted();
    create trigger tat_compensations_immutable before update or delete or truncate on tat_compensations
      for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table tat_compensations;
    drop function tat_compensations_posted();
    drop table tat_delays;
    drop table tat_rules;
    drop index ops_cases_turnaround;
  `);
}
