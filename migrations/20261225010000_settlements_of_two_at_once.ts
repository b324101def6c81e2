import type { Knex } from 'knex';

// What only code held of settlements, between two processes or two people at once:
// - a settlement that has ended is in no new file, and its file is not cancelled; one ends only while it stands in a file
//   that was written
// - a batch that was made gets no more items, and a wallet has one item at a time that no payout pays yet
// - a file is released by an approval of its own, and never by its maker
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table settlement_batches add column without_account integer, -- wallets that had no account to be paid to
      add constraint settlement_batches_without_account check (without_account is null
        or (without_account >= 0 and made_at is not null));

    create function settlement_items_before_made() returns trigger language plpgsql as $$
    declare made timestamptz;
    begin
      -- who says that the batch is made waits for this, and this for them
      select made_at into made from settlement_batches where id = new.batch_id for share;
      if made is not null then
        raise exception 'a batch that was made gets no more settlements'
          using errcode = '23514', constraint = 'settlement_items_before_made', table = 'settlement_items';
      end if;
      return new;
    end $$;
    create trigger settlement_items_before_made before insert on settlement_items for each row
      execute function settlement_items_before_made();
    create unique index settlement_items_one_unpaid on settlement_items (wallet_id)
      where pays_by = 'payout' and transaction_id is null;

    create function settlement_file_items_open() returns trigger language plpgsql as $$
    begin
      -- who says how it ended holds it too
      perform from settlement_items where id = new.item_id for update;
      if exists (select from settlement_endings where item_id = new.item_id) then
        raise exception 'a settlement that has ended stands in the file that it has'
          using errcode = '23514', constraint = 'settlement_file_items_open', table = 'settlement_file_items';
      end if;
      return new;
    end $$;
    create trigger settlement_file_items_open before insert or update on settlement_file_items for each row
      execute function settlement_file_items_open();

    create or replace function settlement_endings_follow() returns trigger language plpgsql as $$
    declare item settlement_items%rowtype;
    begin
      -- those of one item wait for each other
      select * into item from settlement_items where id = new.item_id for update;
      if item.pays_by <> 'bank_file'
        or (new.kind = 'paid' and exists (select from settlement_endings where item_id = new.item_id))
        or (new.kind = 'failed' and exists (select from settlement_endings where item_id = new.item_id))
        or (new.kind = 'returned' and not exists (select from settlement_endings
          where item_id = new.item_id and kind = 'paid'))
      then
        raise exception 'a settlement is paid or failed, and returned when it was paid'
          using errcode = '23514', constraint = 'settlement_endings_follow', table = 'settlement_endings';
      end if;
      if not exists (select from settlement_file_items i join settlement_files f on f.id = i.file_id
        where i.item_id = new.item_id and i.counts and f.state = 'written')
      then
        raise exception 'a settlement ends in a file that was written'
          using errcode = '23514', constraint = 'settlement_endings_written', table = 'settlement_endings';
      end if;
      return new;
    end $$;

    create function settlement_files_decided() returns trigger language plpgsql as $$
    begin
      if (new.state = 'released' and not exists (select from approvals a where a.id = new.released_approval_id
          and a.action = 'settlement.release' and a.subject = 'settlement_file:' || new.id and a.state = 'approved'
          and a.decided_by <> new.made_by))
        or (new.state = 'cancelled' and not exists (select from approvals a where a.id = new.cancelled_approval_id
          and a.action = 'settlement.cancel' and a.subject = 'settlement_file:' || new.id and a.state = 'approved'))
      then
        raise exception 'a file is released and cancelled by an approval of its own, and released by another than its maker'
          using errcode = '23514', constraint = 'settlement_files_decided', table = 'settlement_files';
      end if;
      return null;
    end $$;
    create constraint trigger settlement_files_decided after insert or update on settlement_files
      deferrable initially deferred for each row execute function settlement_files_decided();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger settlement_files_decided on settlement_files;
    drop function settlement_files_decided();
    create or replace function settlement_endings_follow() returns trigger language plpgsql as $$
    declare item settlement_items%rowtype;
    begin
      -- those of one item wait for each other
      select * into item from settlement_items where id = new.item_id for update;
      if item.pays_by <> 'bank_file'
        or (new.kind = 'paid' and exists (select from settlement_endings where item_id = new.item_id))
        or (new.kind = 'failed' and exists (select from settlement_endings where item_id = new.item_id))
        or (new.kind = 'returned' and not exists (select from settlement_endings
          where item_id = new.item_id and kind = 'paid'))
      then
        raise exception 'a settlement is paid or failed, and returned when it was paid'
          using errcode = '23514', constraint = 'settlement_endings_follow', table = 'settlement_endings';
      end if;
      return new;
    end $$;
    drop trigger settlement_file_items_open on settlement_file_items;
    drop function settlement_file_items_open();
    drop index settlement_items_one_unpaid;
    drop trigger settlement_items_before_made on settlement_items;
    drop function settlement_items_before_made();
    alter table settlement_batches drop column without_account;
  `);
}
