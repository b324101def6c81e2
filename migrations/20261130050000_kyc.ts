import type { Knex } from 'knex';

// Who a user is, and how that is known. A record is filled in, handed in, and decided by two persons; approved, it
// gives its user a standing: a tier with limits, until a day. When the day is over the standing counts for less, by
// itself: nobody has to write anything. Personal values are sealed; of a document the database keeps the key alone.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(CONSENTS);
  await knex.raw(RULES);
  await knex.raw(RECORDS);
  await knex.raw(DOCUMENTS);
  await knex.raw(STANDINGS);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table kyc_standings;
    drop function kyc_standings_stand_on_a_record();
    drop table kyc_documents;
    drop function kyc_documents_of_a_draft();
    drop table kyc_account_checks;
    drop table kyc_records;
    drop table kyc_document_rules;
    drop table kyc_account_rules;
    drop table kyc_terms;
    drop table kyc_requirements;
    drop table kyc_tier_limits;
    drop table consents;
    drop table consent_texts;
  `);
}

const CONSENTS = `
  create table consent_texts (
    purpose text not null,
    version integer not null,
    language text not null,
    in_force_from date not null,
    words text not null,
    constraint consent_texts_pkey primary key (purpose, language, in_force_from),
    constraint consent_texts_version_in_each_language unique (purpose, version, language),
    constraint consent_texts_purpose_form check (purpose ~ '^[a-z][a-z_]{1,39}$'),
    constraint consent_texts_language_known check (language in ('en', 'hi')),
    constraint consent_texts_version_positive check (version > 0)
  );
  create table consents (
    id uuid primary key,
    user_id uuid not null references users (id),
    purpose text not null,
    version integer not null,  -- of the words that the person saw
    language text not null,    -- and in which language
    given_at timestamptz not null,
    -- by an outside consent manager (DPDP Rules 2025, rule 4), and its own id of the consent
    manager text,
    manager_reference text,
    withdrawn_at timestamptz,
    constraint consents_words_known foreign key (purpose, version, language)
      references consent_texts (purpose, version, language),
    constraint consents_manager_two_sided check ((manager is null) = (manager_reference is null)),
    constraint consents_in_order check (withdrawn_at >= given_at)
  );
  create unique index consents_one_in_force on consents (user_id, purpose) where withdrawn_at is null;
  create index consents_of_user on consents (user_id, given_at); -- the register of a person
  create trigger consents_facts_stay before update on consents for each row
    when (old.withdrawn_at is not null or new.withdrawn_at is null or new.id <> old.id or new.user_id <> old.user_id
      or new.purpose <> old.purpose or new.version <> old.version or new.language <> old.language
      or new.given_at <> old.given_at or new.manager is distinct from old.manager
      or new.manager_reference is distinct from old.manager_reference)
    execute function refuse_change();
  create trigger consents_stay before delete or truncate on consents for each statement execute function refuse_change();
`;

const RULES = `
  create table kyc_tier_limits (
    tier text not null,
    service text not null, -- or any
    per text not null,
    in_force_from date not null,
    cap_paise bigint,      -- null: from that day on this row limits nothing
    source text not null,  -- whose rule it is
    constraint kyc_tier_limits_pkey primary key (tier, service, per, in_force_from),
    constraint kyc_tier_limits_tier_known check (tier in ('none', 'small', 'full')),
    constraint kyc_tier_limits_per_known check (per in ('transaction', 'day')),
    -- the services that count what a user moved in a day
    constraint kyc_tier_limits_day_is_counted check (per = 'transaction' or service in ('payout', 'bbps')),
    constraint kyc_tier_limits_not_negative check (cap_paise >= 0)
  );
  create table kyc_requirements (
    tier text not null,
    holder text not null,
    item text not null, -- a field, document:<kind>, consent:<purpose>
    in_force_from date not null,
    is_needed boolean not null,
    source text not null,
    constraint kyc_requirements_pkey primary key (tier, holder, item, in_force_from),
    constraint kyc_requirements_tier_known check (tier in ('small', 'full')),
    constraint kyc_requirements_holder_known check (holder in ('individual', 'business')),
    constraint kyc_requirements_item_form check (item ~ '^(document:|consent:|)[a-z][a-z0-9_]{1,39}$')
  );
  create table kyc_terms (
    risk text not null,
    in_force_from date not null,
    renew_after_months smallint not null,
    grace_days smallint not null, -- after the due day, until the standing counts for less
    after_tier text not null,     -- what it counts for then
    notice_days smallint[] not null, -- told so many days after the due day; before it where negative
    source text not null,
    constraint kyc_terms_pkey primary key (risk, in_force_from),
    constraint kyc_terms_risk_known check (risk in ('low', 'medium', 'high')),
    constraint kyc_terms_tier_known check (after_tier in ('none', 'small')),
    constraint kyc_terms_range check (renew_after_months between 1 and 240 and grace_days between 0 and 366)
  );
  create table kyc_account_rules (
    in_force_from date primary key,
    most_a_day smallint not null,  -- bank accounts that a user may have looked up: each look-up costs money
    fresh_days smallint not null,  -- an answer that is no older counts
    review_below smallint not null, -- a score of the name below this is pointed out to whoever decides
    constraint kyc_account_rules_range check (most_a_day between 1 and 100 and fresh_days between 0 and 366
      and review_below between 0 and 100)
  );
  create table kyc_document_rules (
    in_force_from date primary key,
    max_bytes integer not null,
    min_side_pixels integer not null,
    max_pixels integer not null,
    max_documents smallint not null, -- of one record
    constraint kyc_document_rules_range check (max_bytes between 1000 and 10000000 and min_side_pixels > 0
      and max_pixels between 100000 and 200000000 and max_documents between 1 and 100)
  );
`;

const RECORDS = `
  create table kyc_records (
    id uuid primary key,
    user_id uuid not null references users (id),
    tier text not null,   -- what is asked for
    holder text not null,
    state text not null default 'draft',
    version integer not null default 1,
    saved_by uuid not null references users (id), -- the user, or somebody above who filled it in last
    name_sealed text not null,
    born_sealed text,     -- of a business: when it began
    address_sealed text,
    pan_sealed text,
    pan_fingerprint bytea,
    pan_hint text,
    gstin_sealed text,
    gstin_hint text,
    aadhaar_last4 text,   -- never more of it
    beneficiary_id uuid references beneficiaries (id), -- the account that is said to be the person's own
    name_score smallint, -- how far the bank has the account under this name, 0 to 100; known when it is handed in
    made_at timestamptz not null,
    submitted_at timestamptz,
    decided_at timestamptz,
    approval_id uuid references approvals (id),
    return_codes text[],  -- what the person has to mend
    risk text,
    due_on date,          -- when it has to be done again
    lapses_at timestamptz,
    after_tier text,
    constraint kyc_records_tier_known check (tier in ('small', 'full')),
    constraint kyc_records_holder_known check (holder in ('individual', 'business')),
    constraint kyc_records_state_known check (state in ('draft', 'submitted', 'approved', 'returned')),
    constraint kyc_records_submitted_two_sided check ((submitted_at is null) = (state = 'draft')),
    constraint kyc_records_decided_two_sided check ((state in ('approved', 'returned')) = (decided_at is not null)
      and (decided_at is null) = (approval_id is null)),
    constraint kyc_records_approved_two_sided check ((state = 'approved') = (risk is not null)
      and (risk is null) = (due_on is null) and (risk is null) = (lapses_at is null)
      and (risk is null) = (after_tier is null)),
    constraint kyc_records_returned_says_why check ((state = 'returned') = (return_codes is not null)
      and cardinality(return_codes) > 0),
    constraint kyc_records_score check (name_score between 0 and 100 and (name_score is null or state <> 'draft')),
    constraint kyc_records_risk_known check (risk in ('low', 'medium', 'high')),
    constraint kyc_records_after_tier_known check (after_tier in ('none', 'small')),
    constraint kyc_records_sealed check (name_sealed like 'v1.%' and born_sealed like 'v1.%'
      and address_sealed like 'v1.%' and pan_sealed like 'v1.%' and gstin_sealed like 'v1.%'),
    constraint kyc_records_pan_two_sided check ((pan_sealed is null) = (pan_fingerprint is null)
      and (pan_sealed is null) = (pan_hint is null)),
    constraint kyc_records_pan_hint_form check (pan_hint ~ '^XXXXX[0-9]{4}X$'),
    constraint kyc_records_pan_fingerprint_is_sha256 check (octet_length(pan_fingerprint) = 32),
    constraint kyc_records_gstin_two_sided check ((gstin_sealed is null) = (gstin_hint is null)),
    constraint kyc_records_gstin_hint_form check (gstin_hint ~ '^[0-9]{2}XXXXX[0-9]{4}X[0-9A-Z]Z[0-9A-Z]$'),
    constraint kyc_records_aadhaar_last_four check (aadhaar_last4 ~ '^[0-9]{4}$')
  );
  create unique index kyc_records_one_open on kyc_records (user_id) where state in ('draft', 'submitted');
  create index kyc_records_of_user on kyc_records (user_id, made_at); -- the latest
  create index kyc_records_to_review on kyc_records (submitted_at) where state = 'submitted'; -- the queue
  create index kyc_records_due on kyc_records (due_on) where state = 'approved'; -- who has to do it again
  create index kyc_records_of_pan on kyc_records (pan_fingerprint) where pan_fingerprint is not null; -- who else has it
  create table kyc_account_checks (
    user_id uuid not null references users (id),
    beneficiary_id uuid not null references beneficiaries (id),
    day date not null,
    asked_at timestamptz not null,
    constraint kyc_account_checks_pkey primary key (user_id, day, beneficiary_id)
  );
  create trigger kyc_account_checks_stay before update or delete or truncate on kyc_account_checks for each statement
    execute function refuse_change();
  create trigger kyc_records_begin_as_draft before insert on kyc_records for each row
    when (new.state <> 'draft') execute function refuse_change();
  create trigger kyc_records_moves before update of state on kyc_records for each row
    when (old.state <> new.state and not (old.state || '>' || new.state)
      in ('draft>submitted', 'submitted>approved', 'submitted>returned', 'submitted>draft'))
    execute function refuse_change();
  -- What was handed in stays as it was. Sealed columns are sealed anew when a key is replaced.
  create trigger kyc_records_facts_stay before update on kyc_records for each row
    when (new.id <> old.id or new.user_id <> old.user_id or new.made_at <> old.made_at
      or old.state in ('approved', 'returned') and (new.state, new.risk, new.due_on, new.lapses_at, new.approval_id)
        is distinct from (old.state, old.risk, old.due_on, old.lapses_at, old.approval_id)
      or old.state <> 'draft' and (new.tier, new.holder, new.pan_hint, new.gstin_hint, new.aadhaar_last4,
        new.beneficiary_id, new.version) is distinct from (old.tier, old.holder, old.pan_hint, old.gstin_hint,
        old.aadhaar_last4, old.beneficiary_id, old.version))
    execute function refuse_change();
  create trigger kyc_records_stay before delete or truncate on kyc_records for each statement
    execute function refuse_change();
`;

const DOCUMENTS = `
  create table kyc_documents (
    id uuid primary key,
    record_id uuid not null references kyc_records (id),
    kind text not null,
    type text not null,
    bytes integer not null,
    width integer,
    height integer,
    content_sha256 bytea not null,
    key_sealed text not null, -- opens what the storage has
    state text not null default 'storing',
    made_at timestamptz not null,
    made_by uuid not null references users (id), -- the user, or somebody above
    constraint kyc_documents_kind_form check (kind ~ '^[a-z][a-z_]{1,39}$'),
    constraint kyc_documents_type_known check (type in ('image/jpeg', 'image/png', 'application/pdf')),
    constraint kyc_documents_picture_two_sided check ((type = 'application/pdf') = (width is null)
      and (width is null) = (height is null)),
    constraint kyc_documents_sizes check (bytes > 0 and width > 0 and height > 0),
    constraint kyc_documents_sha256 check (octet_length(content_sha256) = 32),
    constraint kyc_documents_key_sealed check (key_sealed like 'v1.%'),
    constraint kyc_documents_state_known check (state in ('storing', 'stored')),
    constraint kyc_documents_once unique (record_id, kind, content_sha256)
  );
  create function kyc_documents_of_a_draft() returns trigger language plpgsql
  security definer set search_path = public, pg_temp as $$
  begin
    perform from kyc_records where id = new.record_id and state = 'draft' for key share;
    if not found then
      raise exception 'documents are added to a draft'
        using errcode = '23514', constraint = 'kyc_documents_of_a_draft', table = 'kyc_documents';
    end if;
    return new;
  end $$;
  revoke execute on function kyc_documents_of_a_draft() from public;
  create trigger kyc_documents_of_a_draft before insert on kyc_documents for each row
    execute function kyc_documents_of_a_draft();
  create trigger kyc_documents_facts_stay before update on kyc_documents for each row
    when (old.state = 'stored' and new.state <> 'stored' or (new.id, new.record_id, new.kind, new.type, new.bytes,
      new.content_sha256, new.made_at) is distinct from (old.id, old.record_id, old.kind, old.type, old.bytes,
      old.content_sha256, old.made_at))
    execute function refuse_change();
  create trigger kyc_documents_stay before delete or truncate on kyc_documents for each statement
    execute function refuse_change();
`;

const STANDINGS = `
  create table kyc_standings (
    user_id uuid primary key references users (id),
    record_id uuid not null references kyc_records (id),
    tier text not null,
    lapses_at timestamptz not null,
    after_tier text not null, -- from then on
    constraint kyc_standings_tier_known check (tier in ('small', 'full') and after_tier in ('none', 'small'))
  );
  create function kyc_standings_stand_on_a_record() returns trigger language plpgsql
  security definer set search_path = public, pg_temp as $$
  begin
    if not exists (select from kyc_records r where r.id = new.record_id and r.user_id = new.user_id
      and r.state = 'approved' and r.tier = new.tier and r.lapses_at = new.lapses_at
      and r.after_tier = new.after_tier)
    then
      raise exception 'a standing is that of an approved record'
        using errcode = '23514', constraint = 'kyc_standings_stand_on_a_record', table = 'kyc_standings';
    end if;
    return new;
  end $$;
  revoke execute on function kyc_standings_stand_on_a_record() from public;
  create trigger kyc_standings_stand_on_a_record before insert or update on kyc_standings for each row
    execute function kyc_standings_stand_on_a_record();
  create trigger kyc_standings_stay before delete or truncate on kyc_standings for each statement
    execute function refuse_change();
`;
