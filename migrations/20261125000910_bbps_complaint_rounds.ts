import type { Knex } from 'knex';

// Complaints are followed by a loop, whoever reads them: every open one has an instant at which it is looked
// at next, and one that ended with money on its way is
// kept in view until the payment has come back.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table bbps_policies
      -- between two questions after an open complaint that nobody reads
      add column complaint_round_ms integer not null default 3600000,
      -- a refund that has not come so long after the ticket ended is a case
      add column complaint_refund_ms bigint not null default 172800000,
      add constraint bbps_policies_complaint_rounds check (complaint_round_ms >= complaint_ask_gap_ms
        and complaint_refund_ms > 0);
    update bbps_policies set complaint_round_ms = 2000, complaint_refund_ms = 30000 where profile = 'development';
    alter table bbps_policies alter column complaint_round_ms drop default,
      alter column complaint_refund_ms drop default;

    drop trigger bbps_complaints_facts_stay on bbps_complaints;
    alter table bbps_complaints
      -- the ticket ended with money on its way: when to see next whether it has come; null when it has, or
      -- none is expected
      add column refund_ask_at timestamptz,
      add column refund_missed_at timestamptz, -- when the case about money that did not come was opened
      drop constraint bbps_complaints_asked_two_sided;
    update bbps_complaints set next_ask_at = now() where closed_at is null and next_ask_at is null;
    update bbps_complaints set refund_ask_at = now() where status in ('REFUNDED', 'DEFAULT_RESOLVED');
    alter table bbps_complaints
      add constraint bbps_complaints_asked_two_sided check ((next_ask_at is not null) = (closed_at is null)),
      add constraint bbps_complaints_refund_after_end check (refund_ask_at is null or closed_at is not null),
      add constraint bbps_complaints_refund_missed_of_a_ticket check (refund_missed_at is null
        or provider_reference is not null);
    -- the complaint loop: open ones
    create index bbps_complaints_due on bbps_complaints (next_ask_at) where next_ask_at is not null;
    -- the complaint loop: money on its way
    create index bbps_complaints_refund_due on bbps_complaints (refund_ask_at)
      where refund_ask_at is not null;
    create trigger bbps_complaints_facts_stay before update on bbps_complaints for each row
      when ((old.closed_at is not null and row(new.status, new.provider_reference, new.dispute_id,
        new.assigned_to, new.due_on, new.remarks_sealed, new.updated_at, new.asked_at, new.closed_at)
          is distinct from row(old.status, old.provider_reference, old.dispute_id, old.assigned_to,
            old.due_on, old.remarks_sealed, old.updated_at, old.asked_at, old.closed_at))
        or new.id <> old.id or new.transaction_id <> old.transaction_id or new.user_id <> old.user_id
          or new.disposition <> old.disposition or new.npci_code <> old.npci_code
        or new.ticket_type <> old.ticket_type or new.description_sealed <> old.description_sealed
          or new.created_at <> old.created_at
        or (old.refund_missed_at is not null and new.refund_missed_at is distinct from old.refund_missed_at))
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger bbps_complaints_facts_stay on bbps_complaints;
    -- drops with their columns: the constraints and the index about refunds
    alter table bbps_complaints drop constraint bbps_complaints_asked_two_sided;
    update bbps_complaints set next_ask_at = null where provider_reference is null;
    drop index bbps_complaints_due;
    alter table bbps_complaints drop column refund_ask_at, drop column refund_missed_at;
    alter table bbps_complaints add constraint bbps_complaints_asked_two_sided
      check ((next_ask_at is not null) = (closed_at is null and provider_reference is not null));
    create trigger bbps_complaints_facts_stay before update on bbps_complaints for each row
      when (old.closed_at is not null or new.id <> old.id or new.transaction_id <> old.transaction_id
        or new.user_id <> old.user_id or new.disposition <> old.disposition or new.npci_code <> old.npci_code
        or new.ticket_type <> old.ticket_type or new.description_sealed <> old.description_sealed
          or new.created_at <> old.created_at)
      execute function refuse_change();
    alter table bbps_policies drop column complaint_round_ms, drop column complaint_refund_ms;
  `);
}
