import type { Knex } from 'knex';

// What our bank says of settlements gives money back to wallets. So an answer is kept first, line by line, and takes effect
// by an approval: not of whoever brought it, nor of whoever proposed it. An end of a settlement names that approval.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table settlement_answers (
      id uuid primary key,
      bank text not null,
      digest bytea not null, -- of the bytes: a file that comes again is known
      line_count integer not null,
      kept_by uuid not null references users (id),
      kept_at timestamptz not null,
      constraint settlement_answers_once unique (bank, digest),
      constraint settlement_answers_digest_is_sha256 check (octet_length(digest) = 32),
      constraint settlement_answers_some check (line_count > 0)
    );
    create trigger settlement_answers_stay before update or delete or truncate on settlement_answers
      for each statement execute function refuse_change();

    create table settlement_answer_lines (
      answer_id uuid not null references settlement_answers (id),
      line_no integer not null, -- of the bank's file
      item_id uuid not null references settlement_items (id),
      amount_paise bigint not null,
      status text not null,
      utr text,
      return_utr text,
      reason text, -- the bank's words
      constraint settlement_answer_lines_pkey primary key (answer_id, line_no),
      constraint settlement_answer_lines_status_known check (status in ('PAID', 'REJECTED', 'RETURNED')),
      constraint settlement_answer_lines_paid_has_utr check (status = 'REJECTED' or utr is not null),
      constraint settlement_answer_lines_amount check (amount_paise >= 0)
    );
    -- what was said of a settlement
    create index settlement_answer_lines_of_item on settlement_answer_lines (item_id);
    create trigger settlement_answer_lines_stay before update or delete or truncate on settlement_answer_lines
      for each statement execute function refuse_change();

    create function settlement_answers_whole() returns trigger language plpgsql as $$
    begin
      if (select count(*) from settlement_answer_lines where answer_id = new.id) <> new.line_count then
        raise exception 'an answer is kept with all its lines'
          using errcode = '23514', constraint = 'settlement_answers_whole', table = 'settlement_answers';
      end if;
      return null;
    end $$;
    create constraint trigger settlement_answers_whole after insert on settlement_answers
      deferrable initially deferred for each row execute function settlement_answers_whole();

    -- what was decided of an answer
    create index approvals_of_answers on approvals (subject, proposed_at) where action = 'settlement.answer';

    -- rows of before have none
    alter table settlement_responses add column answer_id uuid references settlement_answers (id),
      add column approval_id uuid references approvals (id),
      add constraint settlement_responses_answer_unique unique (answer_id),
      add constraint settlement_responses_approval_unique unique (approval_id);
    create function settlement_responses_two_persons() returns trigger language plpgsql as $$
    begin
      if not exists (select from approvals p join settlement_answers a on a.id = new.answer_id
        where p.id = new.approval_id and p.action = 'settlement.answer' and p.subject = 'settlement_answer:' || a.id
          and p.state = 'approved' and p.decided_by <> a.kept_by and a.digest = new.digest and a.bank = new.bank)
      then
        raise exception 'an answer takes effect by an approval of its own, by another than who brought it'
          using errcode = '23514', constraint = 'settlement_responses_two_persons', table = 'settlement_responses';
      end if;
      return null;
    end $$;
    create constraint trigger settlement_responses_two_persons after insert on settlement_responses
      deferrable initially deferred for each row execute function settlement_responses_two_persons();

    alter table settlement_endings add column approval_id uuid references approvals (id);
    create index settlement_endings_of_approval on settlement_endings (approval_id) where approval_id is not null; -- what came of it
    create function settlement_endings_two_persons() returns trigger language plpgsql as $$
    begin
      if not exists (select from approvals p join settlement_responses r on r.approval_id = p.id
          join settlement_answer_lines l on l.answer_id = r.answer_id and l.item_id = new.item_id
        where p.id = new.approval_id and p.action = 'settlement.answer' and p.state = 'approved' and case new.kind
          when 'failed' then l.status = 'REJECTED'
          when 'paid' then l.status <> 'REJECTED' and l.utr = new.utr
          else l.status = 'RETURNED' and l.return_utr is not distinct from new.utr end)
      then
        raise exception 'a settlement ends as an answer says that two persons let in'
          using errcode = '23514', constraint = 'settlement_endings_two_persons', table = 'settlement_endings';
      end if;
      return null;
    end $$;
    create constraint trigger settlement_endings_two_persons after insert on settlement_endings
      deferrable initially deferred for each row execute function settlement_endings_two_persons();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger settlement_endings_two_persons on settlement_endings;
    drop function settlement_endings_two_persons();
    alter table settlement_endings drop column approval_id;
    drop trigger settlement_responses_two_persons on settlement_responses;
    drop function settlement_responses_two_persons();
    alter table settlement_responses drop column approval_id, drop column answer_id;
    drop index approvals_of_answers;
    drop table settlement_answer_lines;
    drop table settlement_answers;
    drop function settlement_answers_whole();
  `);
}
