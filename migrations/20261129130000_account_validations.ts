import type { Knex } from 'knex';

// Whether an account exists, and whose it is, asked of a provider. A validation costs money and a repeat is paid
// again: the row is the guard. One at a time for a beneficiary, each is sent by whoever moves it from begun to sent.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table account_validations (
      id uuid not null,
      beneficiary_id uuid not null references beneficiaries (id),
      provider text not null,
      method text not null,
      our_reference text not null,
      state text not null,
      begun_at timestamptz not null,
      send_before timestamptz not null, -- never sent later: the row may be older than what was done (a restore)
      sent_at timestamptz,
      sends smallint not null default 0, -- claims; more than one only after a request that certainly never left
      asks smallint not null default 0,
      due_at timestamptz, -- when it is driven again
      provider_reference text,
      raw_status text,
      raw_reason text,
      registered_name_sealed text, -- the name that the bank has
      name_score smallint,         -- how far it is the name of the beneficiary, 0 to 100
      utr text,
      ended_at timestamptz,
      constraint account_validations_pkey primary key (id),
      constraint account_validations_reference_once unique (our_reference),
      constraint account_validations_method_known check (method in ('penny_drop', 'penniless', 'either')),
      constraint account_validations_state_known
        check (state in ('begun', 'sent', 'valid', 'invalid', 'failed', 'refused', 'unresolved')),
      constraint account_validations_ended_two_sided
        check ((ended_at is not null) = (state not in ('begun', 'sent'))),
      constraint account_validations_driven_while_open check ((due_at is not null) = (ended_at is null)),
      constraint account_validations_sent_when_claimed check (
        case state when 'begun' then sent_at is null when 'unresolved' then true else sent_at is not null end),
      constraint account_validations_claimed_in_time check (sent_at < send_before),
      constraint account_validations_counts check (sends >= 0 and asks >= 0 and sends >= (sent_at is not null)::int),
      constraint account_validations_found_has_an_answer check (state in ('valid', 'invalid')
        or (registered_name_sealed is null and name_score is null)),
      constraint account_validations_name_sealed check (registered_name_sealed like 'v1.%'),
      constraint account_validations_score check (name_score between 0 and 100)
    );
    -- a second one would be paid a second time
    create unique index account_validations_one_open on account_validations (beneficiary_id) where ended_at is null;
    -- a callback names it; and no two rows are the same validation
    create unique index account_validations_provider_reference_once
      on account_validations (provider, provider_reference);
    create index account_validations_of_beneficiary on account_validations (beneficiary_id, begun_at); -- the latest
    create index account_validations_due on account_validations (due_at) where due_at is not null; -- the loop
    -- What was found out stays. One that nobody could answer may still be answered.
    create trigger account_validations_facts_stay before update on account_validations for each row
      when ((old.ended_at is not null and old.state <> 'unresolved')
        or (old.state = 'unresolved' and new.ended_at is null)
        or new.id <> old.id or new.beneficiary_id <> old.beneficiary_id or new.provider <> old.provider
        or new.method <> old.method or new.our_reference <> old.our_reference or new.begun_at <> old.begun_at
        or new.send_before <> old.send_before or new.sends < old.sends
        or (old.provider_reference is not null and new.provider_reference is distinct from old.provider_reference)
        or (old.state = 'sent' and new.state = 'begun' and old.provider_reference is not null))
      execute function refuse_change();
    create trigger account_validations_stay before delete or truncate on account_validations for each statement
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table account_validations');
}
