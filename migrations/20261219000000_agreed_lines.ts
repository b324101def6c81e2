import type { Knex } from 'knex';

// A line of a report that names its transaction by both references, and says what it says, needs no key of its own: it is
// known by its transaction, whose part is matched once. Such lines are nearly a whole day, so they are written without
// the key and our reference, and without the index of keys, in which each of them would go to another page. When a later
// file says something else of one, it gets its key first. What lines without a key are settled by stands in sums.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table recon_fee_matches drop constraint recon_fee_matches_of_row;
    alter table recon_rows drop constraint recon_rows_pkey;
    alter table recon_rows alter column row_key drop not null,
      add constraint recon_rows_without_key_agrees check (row_key is not null or (state = 'agreed' and part = 'payment'
        and rule = 1 and seq = 1 and journal_id is null and our_reference is null
        and (transaction_id, provider_reference) is not null));
    create unique index recon_rows_key_once on recon_rows (source_id, row_key, seq) where row_key is not null;
    drop index recon_rows_settled_by;
    create index recon_rows_settled_by on recon_rows (source_id, settlement_utr)
      where settlement_utr is not null and row_key is not null; -- a bank's line
    create index recon_rows_of_file on recon_rows using brin (source_id, file_no) with (autosummarize = on); -- what a file brought
    create trigger recon_rows_key_stays before update of source_id, row_key, seq on recon_rows for each row
      when (old.source_id <> new.source_id or old.seq <> new.seq or new.row_key is null
        or new.row_key <> coalesce(old.row_key, old.provider_reference))
      execute function refuse_change();

    create table recon_settlement_sums (
      source_id smallint not null references recon_sources (id),
      settlement_utr text not null,
      paise bigint not null,     -- commission less tax
      row_count integer not null, -- lines without a key
      constraint recon_settlement_sums_pkey primary key (source_id, settlement_utr),
      constraint recon_settlement_sums_of_rows check (row_count > 0 or row_count = 0 and paise = 0)
    );

    create function recon_fee_matches_of_row() returns trigger language plpgsql as $$
    begin
      if not exists (select from recon_rows r
        where r.source_id = new.source_id and r.row_key = new.row_key and r.seq = new.seq) then
        raise exception 'no row % % of source %', new.row_key, new.seq, new.source_id
          using errcode = 'foreign_key_violation', constraint = 'recon_fee_matches_of_row';
      end if;
      return new;
    end $$;
    create trigger recon_fee_matches_of_row before insert or update on recon_fee_matches
      for each row execute function recon_fee_matches_of_row();
    create trigger recon_rows_stay before delete or truncate on recon_rows
      for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger recon_rows_stay on recon_rows;
    drop trigger recon_fee_matches_of_row on recon_fee_matches;
    drop function recon_fee_matches_of_row();
    drop table recon_settlement_sums;
    drop trigger recon_rows_key_stays on recon_rows;
    drop index recon_rows_of_file;
    update recon_rows r set row_key = r.provider_reference, our_reference = a.our_reference from dispatch_attempts a
      where r.row_key is null and a.transaction_id = r.transaction_id and a.attempt_no = r.attempt_no;
    drop index recon_rows_settled_by;
    create index recon_rows_settled_by on recon_rows (source_id, settlement_utr) where settlement_utr is not null;
    drop index recon_rows_key_once;
    alter table recon_rows drop constraint recon_rows_without_key_agrees;
    alter table recon_rows alter column row_key set not null,
      add constraint recon_rows_pkey primary key (source_id, row_key, seq);
    alter table recon_fee_matches add constraint recon_fee_matches_of_row foreign key (source_id, row_key, seq)
      references recon_rows (source_id, row_key, seq);
  `);
}
