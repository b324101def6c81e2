import type { Knex } from 'knex';

// A settlement of a file that the bank does not answer: so many days of its rail after the file was written, two persons may
// say what became of it. The database takes that approval for an end too, where it names the settlement and says so.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table settlement_rules add column answer_days integer not null default 3,
      add constraint settlement_rules_answer_days check (answer_days between 1 and 30);

    create or replace function settlement_endings_two_persons() returns trigger language plpgsql as $$
    begin
      if not exists (select from approvals p join settlement_responses r on r.approval_id = p.id
          join settlement_answer_lines l on l.answer_id = r.answer_id and l.item_id = new.item_id
        where p.id = new.approval_id and p.action = 'settlement.answer' and p.state = 'approved' and case new.kind
          when 'failed' then l.status = 'REJECTED'
          when 'paid' then l.status <> 'REJECTED' and l.utr = new.utr
          else l.status = 'RETURNED' and l.return_utr is not distinct from new.utr end)
        and not exists (select from approvals p
        where p.id = new.approval_id and p.action = 'settlement.end' and p.state = 'approved'
          and p.subject = 'settlement:' || new.item_id and case new.kind
          when 'failed' then p.detail->>'says' = 'REJECTED'
          when 'paid' then p.detail->>'says' in ('PAID', 'RETURNED') and p.detail->>'utr' = new.utr
          else p.detail->>'says' = 'RETURNED'
            and nullif(p.detail->>'return_utr', p.detail->>'utr') is not distinct from new.utr end)
      then
        raise exception 'a settlement ends as an answer says that two persons let in, or as two persons say'
          using errcode = '23514', constraint = 'settlement_endings_two_persons', table = 'settlement_endings';
      end if;
      return null;
    end $$;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    create or replace function settlement_endings_two_persons() returns trigger language plpgsql as $$
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
    alter table settlement_rules drop column answer_days;
  `);
}
