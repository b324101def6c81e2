import type { Knex } from 'knex';

// Reconciliation: what providers and banks say of a day, beside our books. A file is imported once by its content and a
// line once by its key, however files overlap. A row of a report is matched with one part of one transaction at most,
// and that part with one row: two unique indexes say so, whoever runs at the same time. What does not fit is a break,
// with a key of its own, so that a run that is made again finds it and opens nothing twice.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`${SOURCES} ${ROWS} ${BREAKS}`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table recon_runs; drop table recon_breaks; drop table recon_fee_matches; drop table recon_restatements;
    drop table recon_rows; drop table recon_files; drop table recon_rules; drop table recon_terms;
    drop table recon_sources;
  `);
}

const SOURCES = `
  create table recon_sources (
    id smallint generated always as identity primary key,
    name text not null,
    kind text not null,
    provider text,       -- of a report: whose it is
    services text[] not null default '{}', -- of a report: whose transactions it lists
    bank text,           -- of a statement: the account by its name in the books
    format text not null,
    mapping jsonb,       -- of a CSV by mapping: its headers
    account_digest bytea, -- of the account number that a statement must name
    is_complete boolean not null default true, -- it lists every payment of a day, failed ones too
    constraint recon_sources_name_unique unique (name),
    constraint recon_sources_name_form check (name ~ '^[a-z0-9][a-z0-9_-]{1,39}$'),
    constraint recon_sources_kind_known check (kind in ('report', 'movements', 'statement')),
    constraint recon_sources_of_whom check ((kind = 'statement') = (bank is not null)
      and (kind = 'statement') = (provider is null)),
    constraint recon_sources_digest_is_sha256 check (octet_length(account_digest) = 32)
  );

  -- the order in which a row looks for its transaction; a suggestion is shown and never taken
  create table recon_rules (
    rank smallint not null,
    in_force_from date not null,
    name text not null,
    is_suggestion boolean not null default false,
    days smallint not null default 0, -- so far apart the two may be
    constraint recon_rules_pkey primary key (rank, in_force_from),
    constraint recon_rules_name_known
      check (name in ('provider_reference', 'our_reference', 'utr_amount', 'amount_day')),
    -- an amount and a day name nobody
    constraint recon_rules_amounts_suggest check (name <> 'amount_day' or is_suggestion),
    constraint recon_rules_days check (days between 0 and 31)
  );

  create table recon_terms (
    in_force_from date primary key,
    tolerance_paise bigint not null,   -- of a fee, a commission or a tax of one row
    cutoff_minutes smallint not null,  -- what was sent so shortly before midnight may be in the next report
    carry_days smallint not null,      -- so long a row of one side waits for the other
    missing_files smallint not null,   -- missing from so many, it is a matter for a person
    suspense_alarm_days smallint not null,
    suspense_escalation_days smallint not null,
    source text not null,
    constraint recon_terms_sensible check (tolerance_paise between 0 and 100
      and carry_days between 0 and 7 and cutoff_minutes between 0 and 720
      and missing_files between 1 and 10 and suspense_alarm_days between 1 and 90
      and suspense_escalation_days >= suspense_alarm_days)
  );
`;

const ROWS = `
  create table recon_files (
    source_id smallint not null references recon_sources (id),
    file_no integer not null, -- of this source
    business_date date not null,
    name text not null,
    content_digest bytea not null,
    row_count integer not null,
    new_count integer not null,
    known_count integer not null,
    restated_count integer not null,
    opening_paise bigint,
    closing_paise bigint,
    imported_at timestamptz not null,
    constraint recon_files_pkey primary key (source_id, file_no),
    constraint recon_files_content_once unique (source_id, content_digest),
    constraint recon_files_digest_is_sha256 check (octet_length(content_digest) = 32),
    constraint recon_files_counts check (row_count = new_count + known_count and restated_count <= known_count)
  );
  create index recon_files_of_day on recon_files (source_id, business_date); -- is there a report of this day
  create trigger recon_files_append_only before update or delete or truncate on recon_files
    for each statement execute function refuse_change();

  -- no foreign keys: each would be asked for every row; the importer holds the row of the source meanwhile
  create table recon_rows (
    source_id smallint not null,
    row_key text not null,
    seq smallint not null, -- the how manieth of this key in one file
    file_no integer not null,
    line_no integer not null,
    state text not null,
    part text not null,    -- of a transaction: its payment, what came back, a fee; or none of these
    kind text not null,    -- what it says became of it
    status_word text,      -- its own word for that
    rule smallint,         -- the rank of the rule that matched it
    key_version smallint not null default 1, -- of the rule that made its key
    transaction_id uuid,
    journal_id uuid,       -- of a movement that persons have booked
    attempt_no smallint,   -- of that transaction: what failed for our balance is sent again under another reference
    is_credit boolean not null default false, -- the payment brings money to our account there
    happened_on date not null,
    provider_reference text,
    our_reference text,
    utr text,
    settlement_utr text,
    amount_paise bigint not null,
    fee_paise bigint,
    commission_paise bigint,
    tds_paise bigint,
    balance_paise bigint,
    constraint recon_rows_pkey primary key (source_id, row_key, seq),
    constraint recon_rows_state_known check (state in ('open', 'matched', 'agreed')),
    constraint recon_rows_part_known check (part in ('payment', 'return', 'fees', 'credit', 'debit')),
    constraint recon_rows_kind_known check (kind in
      ('succeeded', 'failed', 'pending', 'refund_pending', 'refunded', 'reversed')),
    constraint recon_rows_amount_not_negative check (amount_paise >= 0),
    constraint recon_rows_matched_two_sided check ((state = 'open') = (rule is null)),
    constraint recon_rows_transaction_has_rule check (transaction_id is null or rule is not null),
    constraint recon_rows_transaction_has_attempt check ((transaction_id is null) = (attempt_no is null))
  ) with (fillfactor = 90);
  -- a part of a transaction is matched once, whoever matches
  create unique index recon_rows_part_once on recon_rows (transaction_id, attempt_no, part, source_id)
    where transaction_id is not null;
  create unique index recon_rows_journal_once on recon_rows (journal_id, source_id) where journal_id is not null;
  create index recon_rows_fees on recon_rows (source_id, happened_on) where part = 'fees'; -- what a person has to book
  create index recon_rows_not_agreed on recon_rows (source_id, happened_on) where state <> 'agreed'; -- what a run looks at
  create index recon_rows_settled_by on recon_rows (source_id, settlement_utr) where settlement_utr is not null; -- a bank's line

  create table recon_restatements (
    source_id smallint not null,
    row_key text not null,
    seq smallint not null,
    file_no integer not null,
    before jsonb not null, -- what the row said before this file
    constraint recon_restatements_pkey primary key (source_id, row_key, seq, file_no)
  );
  create trigger recon_restatements_append_only before update or delete or truncate on recon_restatements
    for each statement execute function refuse_change();

  -- one line of collected fees, and the payouts whose fees it collected
  create table recon_fee_matches (
    transaction_id uuid primary key,
    source_id smallint not null,
    row_key text not null,
    seq smallint not null,
    fee_paise bigint not null,
    constraint recon_fee_matches_of_row foreign key (source_id, row_key, seq)
      references recon_rows (source_id, row_key, seq),
    constraint recon_fee_matches_fee_positive check (fee_paise > 0)
  );
  create index recon_fee_matches_of_row on recon_fee_matches (source_id, row_key, seq);
`;

const BREAKS = `
  create table recon_breaks (
    id uuid primary key,
    source_id smallint not null references recon_sources (id),
    break_key text not null,
    kind text not null,
    business_date date not null,
    transaction_id uuid,
    row_key text,
    row_seq smallint,
    state text not null default 'open',
    ours jsonb not null,   -- the evidence of our side: state, amounts, references
    theirs jsonb not null, -- of the other side
    candidates jsonb not null default '[]',
    gap_paise bigint not null, -- by so much the provider holds more than our books say; below zero: less
    opened_at timestamptz not null,
    seen_at timestamptz not null,
    openings smallint not null default 1,
    suspense_paise bigint not null default 0, -- so much of it was posted to suspense
    suspense_since timestamptz,
    postings smallint not null default 0, -- made for it; each has a journal of its own
    case_id uuid references ops_cases (id),
    resolved_at timestamptz,
    resolution text,
    constraint recon_breaks_key_once unique (source_id, break_key),
    constraint recon_breaks_kind_known check (kind in ('missing_at_provider', 'missing_with_us', 'status_mismatch',
      'amount_mismatch', 'fee_mismatch', 'commission_mismatch', 'duplicate_at_provider', 'settlement_short',
      'settlement_excess', 'bank_credit_unmatched', 'bank_debit_unmatched', 'cutoff_timing', 'ambiguous',
      'identifier_damaged')),
    constraint recon_breaks_state_known check (state in ('open', 'resolved')),
    constraint recon_breaks_resolved_two_sided check ((state = 'resolved') = (resolved_at is not null)
      and (resolved_at is null) = (resolution is null)),
    constraint recon_breaks_resolution_known check (resolution in
      ('agrees_now', 'outcome_recorded', 'within_tolerance', 'decided', 'closed')),
    constraint recon_breaks_suspense_is_gap check (suspense_paise in (0, gap_paise)),
    constraint recon_breaks_resolved_leaves_no_suspense check (state = 'open' or suspense_paise = 0),
    constraint recon_breaks_suspense_has_age check ((suspense_paise = 0) = (suspense_since is null)),
    constraint recon_breaks_counts check (openings > 0 and postings >= 0)
  );
  create index recon_breaks_open on recon_breaks (source_id, business_date) where state = 'open'; -- the work list
  create index recon_breaks_in_suspense on recon_breaks (suspense_since) where suspense_paise <> 0; -- what ages
  create index recon_breaks_of_case on recon_breaks (case_id) where case_id is not null;
  create index recon_breaks_of_transaction on recon_breaks (transaction_id) where transaction_id is not null;
  create trigger recon_breaks_facts_stay before update on recon_breaks for each row
    when ((old.id, old.source_id, old.break_key, old.business_date)
      is distinct from (new.id, new.source_id, new.break_key, new.business_date)
      or new.openings < old.openings or new.postings < old.postings)
    execute function refuse_change();
  create trigger recon_breaks_stay before delete or truncate on recon_breaks
    for each statement execute function refuse_change();

  create table recon_runs (
    id uuid primary key,
    source_id smallint not null references recon_sources (id),
    business_date date not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    counts jsonb not null,
    float_paise bigint,    -- our account with the provider, at the end of the day
    provider_paise bigint, -- the balance that the provider states for it
    explained_paise bigint -- the sum of the open items between the two
  );
  create index recon_runs_of_day on recon_runs (source_id, business_date, started_at); -- the latest of a day
  create trigger recon_runs_append_only before update or delete or truncate on recon_runs
    for each statement execute function refuse_change();
`;
