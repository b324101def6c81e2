import type { Knex } from 'knex';

// Bill payment. The catalogue is a copy that may be lost: it is read from the provider again. What a fetch
// and a payment say of persons is sealed; what
// decides the bytes of a payment stands in its row and never changes.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table bbps_policies (
      profile text not null,
      in_force_from date not null,
      catalogue_age_ms integer not null,     -- older than this: read again
      catalogue_retry_ms integer not null,   -- after a reading that failed, not before this
      -- how long the provider may take to begin a fetch (domain: 60 s for a bill fetch)
      fetch_start_ms integer not null,
      fetch_answer_ms integer not null,      -- how long a caller that does not ask to wait is kept waiting for it
      fetch_valid_ms integer not null,       -- how long a fetched bill may be paid
      fetch_ask_gap_ms integer not null,     -- between two questions after a fetch (Setu: 3 to 5 s)
      complaint_ask_gap_ms integer not null, -- between two questions after a complaint
      constraint bbps_policies_pkey primary key (profile, in_force_from),
      constraint bbps_policies_profile_known check (profile in ('production', 'development')),
      constraint bbps_policies_positive check (catalogue_age_ms > 0 and catalogue_retry_ms > 0
        and fetch_start_ms > 0 and fetch_answer_ms > 0 and fetch_valid_ms > 0
        and fetch_ask_gap_ms >= 1000 and complaint_ask_gap_ms >= 1000)
    );
    create table bbps_routes (
      scope text not null,
      subject text not null, -- '*', a category or a biller
      in_force_from date not null,
      providers text[] not null, -- the first that is there and knows it serves
      constraint bbps_routes_pkey primary key (scope, subject, in_force_from),
      constraint bbps_routes_scope_known check (scope in ('all', 'category', 'biller')),
      constraint bbps_routes_all_is_one check ((scope = 'all') = (subject = '*')),
      constraint bbps_routes_name_providers check (cardinality(providers) > 0)
    );
    create table bbps_cool_offs (
      profile text not null,
      category text not null, -- in small letters; '*' for all others
      in_force_from date not null,
      cool_off_ms bigint not null, -- no complaint before this time after the payment
      constraint bbps_cool_offs_pkey primary key (profile, category, in_force_from),
      constraint bbps_cool_offs_profile_known check (profile in ('production', 'development')),
      constraint bbps_cool_offs_form check (category = lower(category) and cool_off_ms >= 0)
    );
    create table bbps_dispositions (
      disposition text not null,
      in_force_from date not null,
      npci_code text not null,
      ticket_type text not null,
      tat_days integer not null, -- when an answer is due, if the provider does not say
      constraint bbps_dispositions_pkey primary key (disposition, in_force_from),
      constraint bbps_dispositions_code_form check (npci_code ~ '^D[0-9]{2}$'),
      constraint bbps_dispositions_type_known check (ticket_type in ('dispute', 'complaint')),
      constraint bbps_dispositions_tat_positive check (tat_days > 0)
    );

    -- what was read whole from a provider: its categories (subject '*'), or the billers of one category
    create table bbps_lists (
      provider text not null,
      subject text not null,
      categories text, -- JSON
      listed_at timestamptz, -- null: never yet
      read_after timestamptz not null, -- nobody reads it again before
      constraint bbps_lists_pkey primary key (provider, subject),
      constraint bbps_lists_categories_two_sided check (((subject = '*')
        and listed_at is not null) = (categories is not null))
    );
    create table bbps_billers (
      provider text not null,
      id text not null,
      category text, -- under which it is listed; null for one that is only known by itself
      biller text not null, -- JSON, as the provider gave it
      listed_at timestamptz,
      detailed_at timestamptz, -- when its parameters were read
      read_after timestamptz not null, -- nobody reads it by itself before
      constraint bbps_billers_pkey primary key (provider, id),
      constraint bbps_billers_were_read check (listed_at is not null or detailed_at is not null)
    );
    create index bbps_billers_of_category on bbps_billers (provider, category, id); -- GET /v1/bbps/billers

    create table bbps_fetches (
      id uuid primary key,
      user_id uuid not null references users (id),
      provider text not null,
      biller_id text not null,
      our_reference text not null, -- what we called it at the provider
      request_sealed text not null, -- customer and counter
      state text not null default 'processing',
      provider_reference text, -- what the provider calls it, and the payment names
      result_sealed text,      -- bills, exactness, reason
      created_at timestamptz not null,
      start_before timestamptz not null, -- without a reference of the provider by then, it has failed
      asked_at timestamptz,
      next_ask_at timestamptz,
      expires_at timestamptz not null,
      finished_at timestamptz,
      constraint bbps_fetches_reference_unique unique (provider, our_reference),
      constraint bbps_fetches_state_known check (state in ('processing', 'fetched', 'failed')),
      constraint bbps_fetches_finished_two_sided check ((state = 'processing') = (finished_at is null)
        and (finished_at is null) = (result_sealed is null)),
      constraint bbps_fetches_fetched_is_named check (state <> 'fetched' or provider_reference is not null),
      constraint bbps_fetches_asked_two_sided check ((next_ask_at is not null) = (state = 'processing'
        and provider_reference is not null)),
      constraint bbps_fetches_expire_after_start check (expires_at > created_at),
      constraint bbps_fetches_sealed check (request_sealed like 'v1.%' and result_sealed like 'v1.%')
    ) with (fillfactor = 80);
    -- callback to fetch
    create index bbps_fetches_open on bbps_fetches (provider, provider_reference) where state = 'processing'
      and provider_reference is not null;
    create trigger bbps_fetches_facts_stay before update on bbps_fetches for each row
      when (old.state <> 'processing' or new.id <> old.id or new.user_id <> old.user_id
        or new.provider <> old.provider or new.biller_id <> old.biller_id
        or new.our_reference <> old.our_reference
        or new.request_sealed <> old.request_sealed or new.created_at <> old.created_at
          or new.expires_at <> old.expires_at)
      execute function refuse_change();

    create table bbps_payments (
      transaction_id uuid primary key references transactions (id),
      fetch_id uuid references bbps_fetches (id),
      biller_id text not null,
      biller_name text not null,
      category text not null,
      payment_mode text not null,
      fetch_reference text, -- the provider's, as the payment names it
      instruction_sealed text not null, -- customer, counter and the bill that is paid
      constraint bbps_payments_fetch_once unique (fetch_id), -- a bill that was fetched once is paid once
      constraint bbps_payments_fetch_two_sided check ((fetch_id is null) = (fetch_reference is null)),
      constraint bbps_payments_sealed check (instruction_sealed like 'v1.%')
    );
    create trigger bbps_payments_stay before update or delete or truncate
      on bbps_payments for each statement execute function refuse_change();

    create table bbps_complaints (
      id uuid primary key,
      transaction_id uuid not null references bbps_payments (transaction_id),
      user_id uuid not null references users (id),
      provider text not null,
      disposition text not null,
      npci_code text not null,
      ticket_type text not null,
      description_sealed text not null,
      status text not null, -- the provider's word, or one of ours in angle brackets
      provider_reference text, -- what it is asked by
      dispute_id text,         -- the network's number of the ticket
      assigned_to text,
      due_on date not null,
      remarks_sealed text,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      asked_at timestamptz,
      next_ask_at timestamptz,
      closed_at timestamptz,
      constraint bbps_complaints_asked_two_sided check ((next_ask_at is not null) = (closed_at is null
        and provider_reference is not null)),
      constraint bbps_complaints_sealed check (description_sealed like 'v1.%' and remarks_sealed like 'v1.%')
    );
    create unique index bbps_complaints_one_open on bbps_complaints (transaction_id, disposition)
      where closed_at is null;
    -- GET /v1/bbps/payments/{id}/complaints
    create index bbps_complaints_of_payment on bbps_complaints (transaction_id, id);
    -- callback to complaint
    create index bbps_complaints_asked on bbps_complaints (provider, provider_reference)
      where closed_at is null and provider_reference is not null;
    create trigger bbps_complaints_facts_stay before update on bbps_complaints for each row
      when (old.closed_at is not null or new.id <> old.id or new.transaction_id <> old.transaction_id
        or new.user_id <> old.user_id or new.disposition <> old.disposition or new.npci_code <> old.npci_code
        or new.ticket_type <> old.ticket_type or new.description_sealed <> old.description_sealed
          or new.created_at <> old.created_at)
      execute function refuse_change();
    create trigger bbps_complaints_stay before delete or truncate on bbps_complaints for each statement
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from service_policies where service = 'bbps'; delete from period_limits
      where service = 'bbps'; delete from amount_limits where service = 'bbps'; delete from prices
      where service = 'bbps';
    drop table bbps_complaints; drop table bbps_payments; drop table bbps_fetches; drop table bbps_billers;
    drop table bbps_lists; drop table bbps_dispositions; drop table bbps_cool_offs; drop table bbps_routes;
    drop table bbps_policies;
  `);
}
