import type { Knex } from 'knex';

// Who is signed in confirms what is risky by two factors: a PIN, and from an amount on a code that is made for this
// amount and this payee (RBI's directions on authentication, in force from 1 April 2026). Rows say from which amounts.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table step_up_rules (
      action text not null,
      profile text not null,
      in_force_from date not null,
      pin_from_paise bigint,  -- null: never
      code_from_paise bigint, -- null: never; a code is asked for besides the PIN
      good_for_s integer not null,
      source text not null,
      constraint step_up_rules_pkey primary key (action, profile, in_force_from),
      constraint step_up_rules_profile_known check (profile in ('production', 'development')),
      constraint step_up_rules_action_known check (action in ('payout', 'transfer')),
      constraint step_up_rules_amounts_in_order
        check (pin_from_paise >= 0 and (code_from_paise is null or code_from_paise >= pin_from_paise)),
      constraint step_up_rules_code_with_pin check (code_from_paise is null or pin_from_paise is not null),
      constraint step_up_rules_short check (good_for_s between 30 and 600)
    );

    create table transaction_pins (
      user_id uuid primary key references users (id),
      pin_sealed text not null, -- a hash of it: a million PINs are tried in no time, so the hash is sealed besides
      set_at timestamptz not null,
      tries smallint not null default 0, -- since the last right one
      constraint transaction_pins_sealed check (pin_sealed like 'v1.%'),
      constraint transaction_pins_few_tries check (tries between 0 and 5) -- after five it is dead
    );

    create table confirmations (
      id uuid primary key,
      user_id uuid not null references users (id),
      session_id uuid not null,
      action text not null,
      amount_paise bigint not null,
      subject_digest bytea not null, -- keyed digest of the amount and the payee
      code_digest bytea,             -- null: the PIN is enough
      tries smallint not null default 0,
      made_at timestamptz not null,
      expires_at timestamptz not null,
      confirmed_at timestamptz,
      used_at timestamptz,
      used_for text, -- the Idempotency-Key of what it was used for: a repeat of that goes through
      constraint confirmations_action_known check (action in ('payout', 'transfer')),
      constraint confirmations_amount_positive check (amount_paise > 0),
      constraint confirmations_digests check (octet_length(subject_digest) = 32 and octet_length(code_digest) = 32),
      constraint confirmations_few_tries check (tries between 0 and 5),
      constraint confirmations_short_lived
        check (expires_at > made_at and expires_at <= made_at + interval '10 minutes'),
      constraint confirmations_code_was_tried check (confirmed_at is null or code_digest is null or tries > 0),
      constraint confirmations_used_was_confirmed check (used_at is null or confirmed_at is not null),
      constraint confirmations_use_two_sided check ((used_at is null) = (used_for is null))
    );
    create index confirmations_user on confirmations (user_id, expires_at); -- deletes those of before
    -- What it is for stays, a guess is not taken back, and it is used once.
    create trigger confirmations_facts_stay before update on confirmations for each row
      when ((old.user_id, old.session_id, old.action, old.amount_paise, old.subject_digest, old.made_at, old.expires_at)
          is distinct from (new.user_id, new.session_id, new.action, new.amount_paise, new.subject_digest, new.made_at,
            new.expires_at)
        or new.code_digest is distinct from old.code_digest or new.tries < old.tries
        or (old.confirmed_at is not null and new.confirmed_at is distinct from old.confirmed_at)
        or (old.used_at is not null and (new.used_at, new.used_for) is distinct from (old.used_at, old.used_for)))
      execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table confirmations; drop table transaction_pins; drop table step_up_rules;');
}
