import type { Knex } from 'knex';

// Prepaid recharges of mobile numbers: what is asked for, and the rules in force (operators, routes, the
// window of the duplicate rule).
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table recharges (
      transaction_id uuid primary key references transactions (id),
      user_id uuid not null,
      mobile_sealed text not null,
      mobile_fingerprint bytea not null, -- keyed hash: finds the same number again without opening it
      mobile_hint text not null,         -- what people may see: 98XXXXXX10
      operator text not null,
      circle text not null,
      amount_paise bigint not null,
      created_at timestamptz not null,
      constraint recharges_sealed check (mobile_sealed like 'v1.%'),
      constraint recharges_fingerprint_is_hmac check (octet_length(mobile_fingerprint) = 32),
      constraint recharges_hint_form check (mobile_hint ~ '^[6-9][0-9]X{6}[0-9]{2}$'),
      constraint recharges_amount_positive check (amount_paise > 0)
    );
    -- the soft duplicate rule
    create index recharges_of_number on recharges (user_id, mobile_fingerprint, amount_paise, created_at);
    create trigger recharges_stay before update or delete or truncate
      on recharges for each statement execute function refuse_change();

    -- Another amount, owner or time than its transaction's would let a duplicate through.
    create function recharges_match_transaction() returns trigger language plpgsql as $$
    begin
      if not exists (select from transactions t where t.id = new.transaction_id and t.service = 'recharge'
        and t.user_id = new.user_id and t.amount_paise = new.amount_paise
        and t.created_at = new.created_at) then
        raise exception 'recharges_match_transaction'
          using errcode = '23514', constraint = 'recharges_match_transaction';
      end if;
      return null;
    end $$;
    create constraint trigger recharges_match_transaction after insert
      on recharges deferrable initially immediate for each row execute function recharges_match_transaction();

    create table recharge_operators (
      operator text not null,
      in_force_from date not null,
      is_open boolean not null,      -- false: no recharge of it is accepted
      is_plan_only boolean not null, -- true: only the amounts of its plans are recharged
      constraint recharge_operators_pkey primary key (operator, in_force_from)
    );
    create table recharge_routes (
      operator text not null, -- '*': for the question whose number it is, and for operators without rows of their own
      in_force_from date not null,
      rank smallint not null, -- the first provider that is configured takes it
      provider text not null,
      constraint recharge_routes_pkey primary key (operator, in_force_from, rank),
      constraint recharge_routes_once unique (operator, in_force_from, provider),
      constraint recharge_routes_rank_positive check (rank > 0)
    );
    create table recharge_policies (
      profile text not null,
      in_force_from date not null,
      -- the same number and amount again within this is asked about (operators refuse repeats of two to five
      -- minutes)
      duplicate_window_ms integer not null,
      desk_timeout_ms integer not null,     -- how long a caller waits for an operator, plans or a validation
      -- the plans of a number may be this old when an amount is compared with them
      plans_kept_ms integer not null,
      constraint recharge_policies_pkey primary key (profile, in_force_from),
      constraint recharge_policies_profile_known check (profile in ('production', 'development')),
      constraint recharge_policies_in_range check (duplicate_window_ms between 0 and 86400000
        and desk_timeout_ms between 100 and 60000 and plans_kept_ms between 0 and 3600000)
    );
  `);
}

export async function down(): Promise<void> {
  throw new Error('recharges are not deleted: there is no way back but a restore');
}
