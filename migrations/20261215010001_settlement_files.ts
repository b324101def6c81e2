import type { Knex } from 'knex';

// Files to our bank, and what it answers. One person makes a file, another releases it, and it is written once; what it
// holds is sealed, since it names accounts. A settlement is in one file that counts; one that is cancelled frees its
// settlements for the next. A UTR stands for one movement of money for ever.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table settlement_files (
      id uuid primary key,
      number bigint not null, -- from 1, without gaps
      bank text not null,
      layout text not null,
      item_count integer not null,
      total_paise bigint not null,
      content_sealed text not null,
      state text not null default 'made',
      made_by uuid not null references users (id),
      made_at timestamptz not null,
      released_approval_id uuid references approvals (id),
      released_at timestamptz,
      written_by uuid references users (id),
      written_at timestamptz,
      cancelled_approval_id uuid references approvals (id),
      cancelled_at timestamptz,
      constraint settlement_files_number_unique unique (number),
      constraint settlement_files_state_known check (state in ('made', 'released', 'written', 'cancelled')),
      constraint settlement_files_sealed check (content_sealed like 'v1.%'),
      constraint settlement_files_some check (item_count > 0 and total_paise > 0),
      constraint settlement_files_released_two_sided check ((released_at is null) = (released_approval_id is null)
        and (state in ('made', 'cancelled') or released_at is not null) and (state <> 'made' or released_at is null)),
      constraint settlement_files_written_two_sided check ((written_at is null) = (written_by is null)
        and (state <> 'written' or written_at is not null) and (written_at is null or released_at is not null)
        and (state in ('written', 'cancelled') or written_at is null)),
      constraint settlement_files_cancelled_two_sided check ((state = 'cancelled') = (cancelled_at is not null)
        and (cancelled_at is null) = (cancelled_approval_id is null))
    );
    create trigger settlement_files_facts_stay before update on settlement_files for each row
      when (new.id <> old.id or new.number <> old.number or new.bank <> old.bank or new.layout <> old.layout
        or new.item_count <> old.item_count or new.total_paise <> old.total_paise or new.made_by <> old.made_by
        or new.made_at <> old.made_at
        or (old.released_at is not null and new.released_at is distinct from old.released_at)
        or (old.written_at is not null and new.written_at is distinct from old.written_at)
        or (old.state <> new.state and not (old.state || '>' || new.state) in ('made>released', 'released>written',
          'made>cancelled', 'released>cancelled', 'written>cancelled')))
      execute function refuse_change();
    create trigger settlement_files_stay before delete or truncate on settlement_files for each statement
      execute function refuse_change();

    create table settlement_file_items (
      file_id uuid not null references settlement_files (id),
      item_id uuid not null references settlement_items (id),
      line_no integer not null,
      counts boolean not null default true, -- false: its file was cancelled
      constraint settlement_file_items_pkey primary key (file_id, item_id),
      constraint settlement_file_items_lines unique (file_id, line_no)
    );
    -- in one file at a time
    create unique index settlement_file_items_once on settlement_file_items (item_id) where counts;
    create trigger settlement_file_items_facts_stay before update on settlement_file_items for each row
      when (new.file_id <> old.file_id or new.item_id <> old.item_id or new.line_no <> old.line_no or not old.counts)
      execute function refuse_change();
    create trigger settlement_file_items_stay before delete or truncate on settlement_file_items for each statement
      execute function refuse_change();

    create function settlement_files_adds_up() returns trigger language plpgsql as $$
    begin
      if not exists (select from settlement_file_items f join settlement_items i on i.id = f.item_id
        where f.file_id = new.id and i.pays_by = 'bank_file'
        having count(*) = new.item_count and sum(i.amount_paise) = new.total_paise)
      then
        raise exception 'the totals of a file are those of its lines'
          using errcode = '23514', constraint = 'settlement_files_adds_up', table = 'settlement_files';
      end if;
      return null;
    end $$;
    create constraint trigger settlement_files_adds_up after insert on settlement_files
      deferrable initially deferred for each row execute function settlement_files_adds_up();

    create table settlement_responses (
      digest bytea primary key, -- of the bytes: a file that comes again is known
      bank text not null,
      line_count integer not null,
      paid integer not null,
      failed integer not null,
      returned integer not null,
      known integer not null,
      contradicted integer not null,
      imported_by uuid not null references users (id),
      imported_at timestamptz not null,
      constraint settlement_responses_digest_is_sha256 check (octet_length(digest) = 32),
      constraint settlement_responses_adds_up check (least(paid, failed, returned, known, contradicted) >= 0 and line_count > 0)
    );
    create trigger settlement_responses_stay before update or delete or truncate on settlement_responses
      for each statement execute function refuse_change();

    create table settlement_endings (
      item_id uuid not null references settlement_items (id),
      kind text not null,
      utr text,    -- of the payment, or of what came back
      reason text, -- the bank's words
      journal_id uuid not null,
      ended_at timestamptz not null,
      constraint settlement_endings_pkey primary key (item_id, kind),
      constraint settlement_endings_kind_known check (kind in ('paid', 'failed', 'returned')),
      constraint settlement_endings_paid_has_utr check (kind <> 'paid' or utr is not null),
      constraint settlement_endings_utr_form check (utr ~ '^[A-Z0-9]{6,40}$'),
      constraint settlement_endings_utr_unique unique (utr),
      constraint settlement_endings_journal_unique unique (journal_id)
    );
    create trigger settlement_endings_stay before update or delete or truncate on settlement_endings
      for each statement execute function refuse_change();
    create function settlement_endings_follow() returns trigger language plpgsql as $$
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
    create trigger settlement_endings_follow before insert on settlement_endings for each row
      execute function settlement_endings_follow();
    create function settlement_endings_posted() returns trigger language plpgsql as $$
    begin
      if not exists (select from settlement_items i where i.id = new.item_id and case new.kind
        when 'paid' then i.amount_paise = (select sum(t.amount_paise) from ledger_transfers t
          join ledger_accounts a on a.id = t.credit_account_id and a.code like 'bank:%' where t.journal_id = new.journal_id)
        else i.total_paise = (select sum(t.amount_paise) from ledger_transfers t
          where t.journal_id = new.journal_id and t.credit_account_id = i.account_id) end)
      then
        raise exception 'the end of a settlement and its posting stand or fall together'
          using errcode = '23514', constraint = 'settlement_endings_posted', table = 'settlement_endings';
      end if;
      return null;
    end $$;
    create constraint trigger settlement_endings_posted after insert on settlement_endings
      deferrable initially deferred for each row execute function settlement_endings_posted();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table settlement_endings;
    drop function settlement_endings_posted();
    drop function settlement_endings_follow();
    drop table settlement_responses;
    drop table settlement_file_items;
    drop table settlement_files;
    drop function settlement_files_adds_up();
  `);
}
