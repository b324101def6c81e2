import type { Knex } from 'knex';

// What is known of banks beside the list of their IFSCs, as rows in force from a date, and a mark on stored
// beneficiaries whose account has to be asked for anew. Nobody but the beneficiary knows the new account, so
// what a row says of it is never rewritten.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table bank_statuses (
      bank text not null, -- the first four letters of its IFSCs
      in_force_from date not null,
      status text not null,
      successor text,      -- with what the IFSCs of the bank that followed begin, where it is known
      successor_name text, -- the bank that followed
      not_on text[] not null default '{}', -- rails that do not reach it
      source text not null,
      constraint bank_statuses_pkey primary key (bank, in_force_from),
      constraint bank_statuses_bank_form check (bank ~ '^[A-Z]{4}$' and successor ~ '^[A-Z]{4}$'),
      constraint bank_statuses_status_known check (status in ('open', 'merged', 'closed')),
      constraint bank_statuses_merged_has_successor check ((status = 'merged') = (successor_name is not null)),
      constraint bank_statuses_successor_named check (successor is null or (successor_name is not null and successor <> bank)),
      constraint bank_statuses_rails_known check (not_on <@ array['IMPS', 'NEFT', 'RTGS']),
      constraint bank_statuses_source_said check (length(trim(source)) > 0)
    );

    alter table beneficiaries
      add column reconfirm text, -- why its account has to be asked for anew
      add constraint beneficiaries_reconfirm_known check (reconfirm in ('ifsc_ended', 'bank_closed')),
      add constraint beneficiaries_reconfirm_of_ifsc check (reconfirm is null or ifsc is not null);
    alter table dmt_recipients
      add column reconfirm text,
      add constraint dmt_recipients_reconfirm_known check (reconfirm in ('ifsc_ended', 'bank_closed'));
    -- the loop that marks goes from code to code
    create index beneficiaries_of_ifsc on beneficiaries (ifsc) where ifsc is not null;
    create index dmt_recipients_of_ifsc on dmt_recipients (ifsc);
    -- how many are marked
    create index beneficiaries_to_reconfirm on beneficiaries (reconfirm) where reconfirm is not null;
    create index dmt_recipients_to_reconfirm on dmt_recipients (reconfirm) where reconfirm is not null;

    -- the sealed columns may be sealed anew, under another key
    create trigger beneficiaries_facts_stay before update on beneficiaries for each row
      when (new.id <> old.id or new.user_id <> old.user_id or new.kind <> old.kind
        or new.fingerprint <> old.fingerprint or new.ifsc is distinct from old.ifsc or new.hint <> old.hint)
      execute function refuse_change();

    create table ifsc_marking ( -- how far the loop has come, one row for each table that it marks
      marked_table text primary key,
      list_release integer[] not null, -- the newest list that it was marked by: 2.0.59 is {2,0,59}
      rows_digest text not null,       -- of the rows of bank_statuses in force then
      after_ifsc text,                 -- null: it has come to the end
      ended_at timestamptz,
      constraint ifsc_marking_table_known check (marked_table in ('beneficiaries', 'dmt_recipients')),
      constraint ifsc_marking_end_two_sided check ((after_ifsc is null) = (ended_at is not null))
    );
    insert into ifsc_marking (marked_table, list_release, rows_digest, after_ifsc)
      values ('beneficiaries', '{0}', '', ''), ('dmt_recipients', '{0}', '', '');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table ifsc_marking;
    drop trigger beneficiaries_facts_stay on beneficiaries;
    drop index beneficiaries_of_ifsc; drop index dmt_recipients_of_ifsc;
    alter table dmt_recipients drop column reconfirm;
    alter table beneficiaries drop column reconfirm;
    drop table bank_statuses;
  `);
}
