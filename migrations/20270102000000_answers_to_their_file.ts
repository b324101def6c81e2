import type { Knex } from 'knex';

// A settlement of a file that was cancelled is in the next one. An answer that was kept before that was written says nothing
// of it; and one that says "rejected" may be of the file before, while the bank pays this one.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create function settlement_endings_of_their_file() returns trigger language plpgsql as $$
    begin
      if exists (select from settlement_responses r join settlement_answers a on a.id = r.answer_id
        where r.approval_id = new.approval_id and (
          not exists (select from settlement_file_items i join settlement_files f on f.id = i.file_id
            where i.item_id = new.item_id and i.counts and f.state = 'written' and f.written_at <= a.kept_at)
          or (new.kind = 'failed' and exists (select from settlement_file_items i join settlement_files f on f.id = i.file_id
            where i.item_id = new.item_id and f.state = 'cancelled' and f.written_at is not null))))
      then
        raise exception 'an answer ends what was in its file, and one that may be of a file before gives nothing back'
          using errcode = '23514', constraint = 'settlement_endings_of_their_file', table = 'settlement_endings';
      end if;
      return null;
    end $$;
    create constraint trigger settlement_endings_of_their_file after insert on settlement_endings
      deferrable initially deferred for each row execute function settlement_endings_of_their_file();
    -- files that a settlement was ever in
    create index settlement_file_items_of_item on settlement_file_items (item_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index settlement_file_items_of_item;
    drop trigger settlement_endings_of_their_file on settlement_endings;
    drop function settlement_endings_of_their_file();
  `);
}
