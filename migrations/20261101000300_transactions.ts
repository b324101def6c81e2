import type { Knex } from 'knex';

// The lifecycle, once more in the database: domain/lifecycle/lifecycle.ts holds the same table and a test
// compares the two.
const MOVES = [
  'accepted>held',
  'accepted>failed',
  'held>dispatched',
  'held>failed',
  'held>in_review',
  'dispatched>held',
  'dispatched>succeeded',
  'dispatched>failed',
  'dispatched>refund_pending',
  'dispatched>refunded',
  'dispatched>in_review',
  'refund_pending>refunded',
  'refund_pending>succeeded',
  'refund_pending>in_review',
  'succeeded>reversed',
  'succeeded>refunded',
  'succeeded>refund_pending',
  'succeeded>in_review',
  'failed>in_review',
  'in_review>succeeded',
  'in_review>failed',
  'in_review>reversed',
  'in_review>refunded',
];
const STATES = [
  'accepted',
  'held',
  'dispatched',
  'refund_pending',
  'in_review',
  'succeeded',
  'failed',
  'reversed',
  'refunded',
];
const list = (values: readonly string[]): string => values.map((v) => `'${v}'`).join(', ');

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table wallets (
      id uuid primary key,
      user_id uuid not null references users (id),
      kind text not null default 'main',
      account_id bigint not null references ledger_accounts (id),
      created_at timestamptz not null default now(),
      constraint wallets_kind_known check (kind in ('main')),
      constraint wallets_one_of_a_kind unique (user_id, kind),
      constraint wallets_account_unique unique (account_id),
      constraint wallets_owner unique (id, user_id, account_id)
    );

    create table beneficiaries (
      id uuid primary key,
      user_id uuid not null references users (id),
      kind text not null,
      fingerprint bytea not null, -- keyed hash of the normalised details: finds the same one again without opening it
      name_sealed text not null,
      account_sealed text not null, -- account number, or the VPA
      ifsc text,
      hint text not null, -- what people may see: the last four
      created_at timestamptz not null default now(),
      constraint beneficiaries_kind_known check (kind in ('bank', 'vpa')),
      constraint beneficiaries_bank_has_ifsc check ((kind = 'bank') = (ifsc is not null)),
      constraint beneficiaries_sealed check (name_sealed like 'v1.%' and account_sealed like 'v1.%'),
      constraint beneficiaries_fingerprint_unique unique (user_id, fingerprint)
    );

    create table provider_beneficiaries (
      beneficiary_id uuid not null references beneficiaries (id),
      provider text not null,
      refs jsonb not null, -- the provider's ids, no personal data
      created_at timestamptz not null default now(),
      constraint provider_beneficiaries_pkey primary key (beneficiary_id, provider)
    );

    create table transactions (
      id uuid primary key,
      user_id uuid not null,
      wallet_id uuid not null,
      account_id bigint not null, -- the wallet's ledger account
      service text not null,
      state text not null default 'accepted',
      provider text not null,
      amount_paise bigint not null,
      fee_paise bigint not null,
      tax_paise bigint not null,
      total_paise bigint generated always as (amount_paise + fee_paise + tax_paise) stored,
      currency char(3) not null default 'INR',
      reference text not null,
      idempotency_key text not null,
      request_hash bytea not null,
      accepted_body text not null, -- the bytes of the first 202, for replays
      limit_key text, -- the counter that the hold reserves and a failure gives back
      limit_cap_paise bigint,
      attempt_no smallint not null default 0,
      send_before timestamptz,
      outcome text,               -- what is known, posted or not: the result of all effects recorded
      outcome_at timestamptz,     -- when that was recorded
      outcome_count smallint not null default 0, -- outcomes recorded
      effect_count smallint not null default 0,  -- outcomes that have an effect to post
      posted_count smallint not null default 0,  -- effects posted
      move_count smallint not null default 0,    -- events written
      due_job text generated always as (
        case when state = 'accepted' then 'hold'
          when state = 'held' then 'send'
          when posted_count < effect_count then 'settle' end) stored,
      due_at timestamptz,
      drive_no integer not null default 0, -- rises with each wake-up, so that a job id is never met twice
      drives smallint not null default 0,  -- fruitless drives since the work became due
      next_poll_at timestamptz,
      poll_no smallint not null default 0,
      status_reason text,
      provider_reference text,
      utr text,
      expected_by timestamptz not null,
      expires_at timestamptz not null, -- not sent by then: failed, never sent
      created_at timestamptz not null,
      updated_at timestamptz not null,
      finished_at timestamptz,
      constraint transactions_wallet_owner foreign key (wallet_id, user_id, account_id)
        references wallets (id, user_id, account_id),
      constraint transactions_key_unique unique (user_id, idempotency_key),
      constraint transactions_reference_unique unique (user_id, reference),
      constraint transactions_service_known check (service in ('payout')),
      constraint transactions_state_known check (state in (${list(STATES)})),
      constraint transactions_amount_positive check (amount_paise > 0),
      constraint transactions_charges_not_negative check (fee_paise >= 0 and tax_paise >= 0),
      constraint transactions_limit_two_sided check ((limit_key is null) = (limit_cap_paise is null)),
      constraint transactions_counts_in_order check (posted_count <= effect_count and effect_count <= outcome_count),
      constraint transactions_finished_two_sided check ((state in ('succeeded', 'failed', 'reversed',
        'refunded')) = (finished_at is not null)),
      -- unfinished work always has a time at which it is driven
      constraint transactions_due_two_sided check ((due_job is null) = (due_at is null)),
      constraint transactions_dispatched_is_polled check (state <> 'dispatched' or next_poll_at is not null),
      constraint transactions_polled_states check (next_poll_at is null or state not in ('accepted', 'held')),
      constraint transactions_outcome_known check (outcome in ('succeeded', 'failed', 'reversed', 'late_success')),
      constraint transactions_outcome_two_sided check ((outcome is null) = (outcome_at is null)
        and (outcome is null) = (effect_count = 0)),
      constraint transactions_sent_has_attempt check (state in ('accepted', 'held', 'failed') or attempt_no > 0)
    ) with (fillfactor = 70);
    create index transactions_of_user on transactions (user_id, id); -- GET /v1/transactions, newest first
    create index transactions_open_of_wallet on transactions (wallet_id) include (state, total_paise)
      -- held and available of a wallet
      where state in ('accepted', 'held', 'dispatched', 'refund_pending', 'in_review');
    create index transactions_due on transactions (due_at) where due_at is not null;               -- re-drive loop
    create index transactions_polled on transactions (next_poll_at) where next_poll_at is not null; -- poll claim loop

    -- A row is written four times in its short life and then never again: clean up and count often, not by
    -- the share of a long history.
    alter table transactions set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

    create trigger transactions_begin_accepted before insert on transactions for each row
      when (new.state <> 'accepted' or new.outcome_count <> 0 or new.move_count <> 0) execute function refuse_change();
    create trigger transactions_moves before update on transactions for each row
      when (old.state <> new.state and not (old.state || '>' || new.state) in (${list(MOVES)}))
        execute function refuse_change();
    create trigger transactions_facts_stay before update on transactions for each row
      when (new.id <> old.id or new.user_id <> old.user_id or new.wallet_id <> old.wallet_id
        or new.account_id <> old.account_id or new.service <> old.service
        or new.amount_paise <> old.amount_paise or new.fee_paise <> old.fee_paise
          or new.tax_paise <> old.tax_paise or new.currency <> old.currency
        or new.reference <> old.reference or new.idempotency_key <> old.idempotency_key
          or new.request_hash <> old.request_hash
        or new.accepted_body <> old.accepted_body or new.created_at <> old.created_at
        or new.limit_key is distinct from old.limit_key or new.limit_cap_paise is distinct from old.limit_cap_paise
        or new.drive_no < old.drive_no or new.attempt_no < old.attempt_no or new.outcome_count < old.outcome_count
        or new.effect_count < old.effect_count or new.posted_count < old.posted_count
        or new.move_count <> old.move_count + (case when new.state <> old.state then 1 else 0 end))
      execute function refuse_change();
    create trigger transactions_stay before delete or truncate on transactions for each statement
      execute function refuse_change();

    create table payouts (
      transaction_id uuid primary key references transactions (id),
      beneficiary_id uuid not null references beneficiaries (id),
      mode text not null,
      narration text,
      constraint payouts_mode_known check (mode in ('IMPS', 'NEFT', 'RTGS', 'UPI')),
      constraint payouts_narration_form check (narration ~ '^[A-Za-z0-9 ]{1,30}$')
    );
    create trigger payouts_stay before update or delete or truncate
      on payouts for each statement execute function refuse_change();

    create table transaction_events (
      transaction_id uuid not null references transactions (id),
      seq smallint not null,
      from_state text not null,
      to_state text not null,
      actor text not null,
      reason text not null,
      journal_id uuid,
      at timestamptz not null,
      constraint transaction_events_pkey primary key (transaction_id, seq),
      constraint transaction_events_a_move check (from_state <> to_state)
    );
    create trigger transaction_events_append_only before update or delete or truncate
      on transaction_events for each statement execute function refuse_change();

    create table transaction_outcomes (
      transaction_id uuid not null references transactions (id),
      seq smallint not null,
      kind text not null,
      source text not null,
      decision text not null,
      effect_seq smallint, -- its place among the effects to post
      effect text,         -- what settle posts
      attempt_no smallint not null,
      asked_at timestamptz not null,
      recorded_at timestamptz not null,
      sent boolean not null,
      raw_status text not null,
      raw_reason text,
      description text,
      http_status smallint,
      provider_reference text,
      utr text,
      provider_fee_paise bigint,
      provider_tax_paise bigint,
      callback_id uuid,
      constraint transaction_outcomes_pkey primary key (transaction_id, seq),
      constraint transaction_outcomes_kind_known check (kind in ('succeeded', 'failed', 'pending',
        'refund_pending', 'refunded', 'reversed', 'unknown', 'not_found')),
      constraint transaction_outcomes_source_known check (source in ('dispatch', 'callback', 'poll',
        'reconciliation', 'ops')),
      constraint transaction_outcomes_decision_known check (decision in ('apply', 'queue_after', 'repeat',
        'stale', 'note', 'ask_again', 'case')),
      constraint transaction_outcomes_effect_two_sided
        check ((decision in ('apply', 'queue_after')) = (effect_seq is not null)
        and (effect_seq is null) = (effect is null))
    );
    create unique index transaction_outcomes_effect_unique
      on transaction_outcomes (transaction_id, effect_seq) where effect_seq is not null;
    create trigger transaction_outcomes_append_only before update or delete or truncate
      on transaction_outcomes for each statement execute function refuse_change();

    create table dispatch_attempts (
      transaction_id uuid not null references transactions (id),
      attempt_no smallint not null,
      provider text not null,
      our_reference text not null,
      idempotency_key text not null,
      refs jsonb not null,
      body_hash bytea not null,
      send_before timestamptz not null,
      send_count smallint not null default 1,
      created_at timestamptz not null,
      acknowledged_at timestamptz, -- the provider has it, and knows no more yet
      acknowledged_reason text,
      provider_reference text,
      constraint dispatch_attempts_pkey primary key (transaction_id, attempt_no),
      constraint dispatch_attempts_reference_unique unique (provider, our_reference), -- callback to attempt
      constraint dispatch_attempts_acknowledged_two_sided check (acknowledged_at is not null
        or (provider_reference is null and acknowledged_reason is null)),
      constraint dispatch_attempts_body_hash_is_sha256 check (octet_length(body_hash) = 32)
    ) with (fillfactor = 80);
    -- What decides the bytes of a request never changes: a repeat says the same under the same key.
    create trigger dispatch_attempts_facts_stay before update on dispatch_attempts for each row
      when (new.transaction_id <> old.transaction_id or new.attempt_no <> old.attempt_no
        or new.provider <> old.provider or new.our_reference <> old.our_reference
        or new.idempotency_key <> old.idempotency_key or new.refs <> old.refs
          or new.body_hash <> old.body_hash or new.created_at <> old.created_at
          or new.send_count < old.send_count)
      execute function refuse_change();
    create trigger dispatch_attempts_stay before delete or truncate on dispatch_attempts for each statement
      execute function refuse_change();

    create table callbacks (
      id uuid primary key,
      provider text not null,
      -- the provider's event id; for a forged one a digest, so that it cannot take a real one's place
      event_key text not null,
      verdict text not null,
      state text not null,
      event text,
      headers jsonb not null,
      body_sealed text not null, -- raw bytes
      received_at timestamptz not null,
      due_at timestamptz,
      drive_no integer not null default 0,
      drives smallint not null default 0,
      transaction_id uuid,
      result text,
      processed_at timestamptz,
      constraint callbacks_event_unique unique (provider, event_key),
      constraint callbacks_verdict_known check (verdict in ('signed', 'unsigned', 'forged')),
      constraint callbacks_state_known check (state in ('received', 'processed', 'quarantined')),
      constraint callbacks_forged_is_quarantined check (verdict <> 'forged' or state = 'quarantined'),
      constraint callbacks_due_two_sided check ((state = 'received') = (due_at is not null)),
      constraint callbacks_processed_two_sided check ((state = 'processed') = (processed_at is not null
        and result is not null)),
      constraint callbacks_sealed check (body_sealed like 'v1.%')
    ) with (fillfactor = 80);
    create index callbacks_due on callbacks (due_at) where due_at is not null; -- re-drive loop

    create table ops_cases (
      id uuid primary key,
      kind text not null,
      subject text not null, -- 'transaction:<uuid>', 'callback:<uuid>'
      transaction_id uuid,
      summary text not null,
      opened_at timestamptz not null,
      closed_at timestamptz,
      closed_by text,
      closed_note text,
      constraint ops_cases_closed_two_sided check ((closed_at is null) = (closed_by is null)
        and (closed_at is null) = (closed_note is null))
    );
    create unique index ops_cases_one_open on ops_cases (kind, subject) where closed_at is null;
    create index ops_cases_open on ops_cases (opened_at) where closed_at is null; -- what ops staff work on
    create index ops_cases_of_transaction on ops_cases (transaction_id) where transaction_id is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    [
      'ops_cases',
      'callbacks',
      'dispatch_attempts',
      'transaction_outcomes',
      'transaction_events',
      'payouts',
      'transactions',
      'provider_beneficiaries',
      'beneficiaries',
      'wallets',
    ]
      .map((table) => `drop table ${table};`)
      .join('\n'),
  );
}
