import type { Knex } from 'knex';

// What the provider has shown stays known, and a review leaves alone what callers were told.
//   - A payment that the provider has once shown is not sent again because it is not found later. The fact was noted of
//     callbacks and inquiries alone; now every answer counts that shows the payment.
//   - A transaction in review keeps the time at which the status ended that callers still see.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    update transactions t set spoken_of_attempt = t.attempt_no
    where t.state = 'dispatched' and t.attempt_no > 0 and t.spoken_of_attempt is distinct from t.attempt_no
      and exists (select from transaction_outcomes o where o.transaction_id = t.id and o.attempt_no = t.attempt_no
        and (o.provider_reference is not null or o.kind in ('succeeded', 'pending', 'refund_pending', 'refunded', 'reversed')
          or o.raw_status in ('<duplicate at provider>', '<amount mismatch>')));

    create function dispatch_attempts_seen_is_not_repeated() returns trigger language plpgsql as $$
    begin
      if old.acknowledged_at is not null or exists (select from transactions t
        where t.id = old.transaction_id and t.spoken_of_attempt = old.attempt_no) then
        raise exception 'the provider has shown this payment: it is not sent again'
          using errcode = '23514', constraint = tg_name, table = tg_table_name;
      end if;
      return new;
    end $$;
    create trigger dispatch_attempts_seen_is_not_repeated before update on dispatch_attempts for each row
      when (new.send_count > old.send_count) execute function dispatch_attempts_seen_is_not_repeated();

    alter table transactions
      drop constraint transactions_finished_two_sided,
      add constraint transactions_finished_two_sided check (state = 'in_review'
        or (state in ('succeeded', 'failed', 'reversed', 'refunded')) = (finished_at is not null)) not valid;
    alter table transactions validate constraint transactions_finished_two_sided;
    create trigger transactions_review_keeps_finished before update on transactions for each row
      when (new.state = 'in_review' and new.finished_at is distinct from old.finished_at) execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger transactions_review_keeps_finished on transactions;
    update transactions set finished_at = null where state = 'in_review';
    alter table transactions
      drop constraint transactions_finished_two_sided,
      add constraint transactions_finished_two_sided check ((state in ('succeeded', 'failed', 'reversed',
        'refunded')) = (finished_at is not null));
    drop trigger dispatch_attempts_seen_is_not_repeated on dispatch_attempts;
    drop function dispatch_attempts_seen_is_not_repeated();
  `);
}
