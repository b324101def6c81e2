import type { Knex } from 'knex';

// A transfer that was stopped before it was sent lost its one-time password: that is erased when a transaction leaves
// `held`. When two persons let it go, its sender gives a new one, until a time; after that the money goes back. A
// password that was sent for this opens no other transfer.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table service_policies
      add column released_for_ms integer, -- so long a new password is waited for; null: none is needed
      add constraint service_policies_released_for_positive check (released_for_ms > 0);
    alter table dmt_otp_requests add column transaction_id uuid; -- asked for anew for this one; null: for any
    alter table dmt_transfers
      add column new_otp_until timestamptz, -- it was let go, and waits for a new password until then
      add column new_otp_request_id uuid;   -- with which it is sent
    drop trigger dmt_transfers_facts_stay on dmt_transfers;
    create trigger dmt_transfers_facts_stay before update on dmt_transfers for each row
      when (${FACTS}
        or (old.new_otp_until is not null and new.new_otp_until is distinct from old.new_otp_until)
        or (old.new_otp_request_id is not null and new.new_otp_request_id is distinct from old.new_otp_request_id)
        or ((new.otp_expires_at <> old.otp_expires_at
            or (new.otp_sealed is not null and new.otp_sealed is distinct from old.otp_sealed))
          -- but for the password that comes with the new request
          and not (old.otp_sealed is null and old.new_otp_request_id is null
            and new.new_otp_request_id is not null)))
      execute function refuse_change_but_keys('otp_sealed');
    create function dmt_transfers_new_otp_after_release() returns trigger language plpgsql as $$
    begin
      if not exists (select from transactions t join transaction_events e on e.transaction_id = t.id
          where t.id = new.transaction_id and t.state = 'held' and t.attempt_no = 0
            and e.from_state = 'in_review' and e.to_state = 'held' and e.actor = 'checker')
        or (new.new_otp_request_id is not null and (old.new_otp_until is null or new.otp_sealed is null
          or not exists (select from dmt_otp_requests o where o.id = new.new_otp_request_id
            and o.transaction_id = new.transaction_id and o.recipient_id = new.recipient_id
            and o.sender_id = new.sender_id and o.amount_paise = new.amount_paise
            and o.expires_at = new.otp_expires_at)))
      then
        raise exception 'a new password is for a transfer that was let go, and was sent for it'
          using errcode = '23514', constraint = 'dmt_transfers_new_otp_after_release', table = 'dmt_transfers';
      end if;
      return new;
    end $$;
    create trigger dmt_transfers_new_otp_after_release before update on dmt_transfers for each row
      when (new.new_otp_until is distinct from old.new_otp_until
        or new.new_otp_request_id is distinct from old.new_otp_request_id)
      execute function dmt_transfers_new_otp_after_release();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger dmt_transfers_new_otp_after_release on dmt_transfers;
    drop function dmt_transfers_new_otp_after_release();
    drop trigger dmt_transfers_facts_stay on dmt_transfers;
    create trigger dmt_transfers_facts_stay before update on dmt_transfers for each row
      when (${FACTS} or new.otp_expires_at <> old.otp_expires_at
        or (new.otp_sealed is not null and new.otp_sealed is distinct from old.otp_sealed))
      execute function refuse_change_but_keys('otp_sealed');
    alter table dmt_transfers drop column new_otp_until, drop column new_otp_request_id;
    alter table dmt_otp_requests drop column transaction_id;
    alter table service_policies drop constraint service_policies_released_for_positive,
      drop column released_for_ms;
    update policy_files set applied_at = '-infinity' where name = '20261201_released_transfers';
  `);
}

const FACTS = `new.transaction_id <> old.transaction_id or new.part_no <> old.part_no
        or new.otp_request_id <> old.otp_request_id or new.sender_id <> old.sender_id
        or new.recipient_id <> old.recipient_id
        or new.amount_paise <> old.amount_paise or new.max_paise <> old.max_paise
        or new.charge_tax_paise <> old.charge_tax_paise`;
