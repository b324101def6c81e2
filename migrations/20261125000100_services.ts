import type { Knex } from 'knex';

// Several services on one lifecycle. What a caller asked for is a row of its own, written once: its key, its
// reference and the bytes of its first answer
// leave the row that is written four times. A request is one transaction, or the parts of one that is over a
// limit.
const FACTS = [
  'id',
  'request_id',
  'user_id',
  'wallet_id',
  'account_id',
  'service',
  'amount_paise',
  'fee_paise',
  'tax_paise',
  'charge_paise',
  'currency',
  'reference',
  'created_at',
];

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table requests (
      id uuid primary key, -- that of its only transaction, or one of its own
      user_id uuid not null,
      service text not null,
      idempotency_key text not null,
      reference text not null,
      request_hash bytea not null,
      accepted_body text not null, -- the bytes of the first 202, for replays
      created_at timestamptz not null,
      constraint requests_key_unique unique (user_id, idempotency_key),
      constraint requests_reference_unique unique (user_id, reference),
      constraint requests_hash_is_sha256 check (octet_length(request_hash) = 32)
    );
    insert into requests select id, user_id, service, idempotency_key, reference, request_hash,
      accepted_body, created_at from transactions;
    create trigger requests_stay before update or delete or truncate
      on requests for each statement execute function refuse_change();

    drop trigger transactions_facts_stay on transactions;
    drop index transactions_open_of_wallet;
    alter table transactions
      add column request_id uuid,
      -- passed on whole to the provider on top of the amount, taxes included
      add column charge_paise bigint not null default 0,
      -- a success recorded later is for a person: who waited has gone
      add column answer_before timestamptz,
      drop column idempotency_key, drop column request_hash, drop column accepted_body, drop column total_paise;
    update transactions set request_id = id;
    alter table transactions
      alter column request_id set not null,
      -- what the wallet pays; an AEPS wallet is paid instead
      add column total_paise bigint generated always as (case when service = 'aeps'
        then 0 else amount_paise + fee_paise + tax_paise + charge_paise end) stored,
      add constraint transactions_of_request foreign key (request_id) references requests (id),
      add constraint transactions_charge_not_negative check (charge_paise >= 0),
      drop constraint transactions_service_known,
      add constraint transactions_service_known check (service in ('payout', 'dmt', 'bbps', 'recharge', 'aeps')),
      drop constraint transactions_outcome_known,
      add constraint transactions_outcome_known check (outcome in ('succeeded', 'failed', 'reversed',
        'late_success', 'refund_pending', 'refunded'));
    create index transactions_open_of_wallet on transactions (wallet_id) include (state, total_paise)
      -- held and available of a wallet
      where state in ('accepted', 'held', 'dispatched', 'refund_pending', 'in_review');
    create index transactions_parts on transactions (request_id) where request_id <> id; -- the parts of a request
    create trigger transactions_facts_stay before update on transactions for each row
      when (${FACTS.map((c) => `new.${c} <> old.${c}`).join(' or ')}
        or new.limit_key is distinct from old.limit_key or new.limit_cap_paise
          is distinct from old.limit_cap_paise or new.answer_before is distinct from old.answer_before
        or new.drive_no < old.drive_no or new.attempt_no < old.attempt_no or new.outcome_count < old.outcome_count
        or new.effect_count < old.effect_count or new.posted_count < old.posted_count
        or new.move_count <> old.move_count + (case when new.state <> old.state then 1 else 0 end))
      execute function refuse_change();

    alter table transaction_outcomes drop constraint transaction_outcomes_source_known,
      add constraint transaction_outcomes_source_known check (source in ('dispatch', 'callback', 'poll',
        'reconciliation', 'ops', 'refund'));
    alter table wallets drop constraint wallets_kind_known, add constraint wallets_kind_known
      check (kind in ('main', 'aeps'));
  `);
}

export async function down(): Promise<void> {
  throw new Error('what was asked for has left the transactions: there is no way back but a restore');
}
