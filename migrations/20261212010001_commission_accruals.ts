import type { Knex } from 'knex';

// What was earned, and what was paid of it. The lines of the income accounts are read in their order, and where the
// reading stands is a row: it moves in the database transaction that writes what was read, so each line counts once.
// Nothing is written into transactions, and nothing of this is on their way.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table commission_cursors (
      account_id bigint primary key references ledger_accounts (id), -- an income account
      read_id bigint not null default 0, -- the transfers of the account up to this one are counted
      constraint commission_cursors_not_negative check (read_id >= 0)
    );
    create trigger commission_cursors_go_on before update on commission_cursors for each row
      when (new.account_id <> old.account_id or new.read_id < old.read_id) execute function refuse_change();
    create trigger commission_cursors_stay before delete or truncate on commission_cursors
      for each statement execute function refuse_change();

    -- A transaction earns once at a time: its turns alternate between earned and taken back. Earnings and accruals are
    -- written by one statement, from the rows that they name; the verifier looks at that in the place of foreign keys,
    -- which would cost each row as much as its writing.
    create table commission_earnings (
      transaction_id uuid not null,
      turn smallint not null,
      service text not null,
      rule_id bigint not null,
      slab_from_paise bigint not null,
      amount_paise bigint not null,
      pool_paise bigint not null,   -- what there was to share; below zero: taken back
      shared_paise bigint not null, -- the rest is ours
      day date not null,            -- in India, when it was counted
      constraint commission_earnings_pkey primary key (transaction_id, turn),
      constraint commission_earnings_turns check (turn > 0 and (turn % 2 = 1) = (pool_paise > 0) and pool_paise <> 0)
    );
    create trigger commission_earnings_append_only before update or delete or truncate on commission_earnings
      for each statement execute function refuse_change();

    create table commission_accruals (
      transaction_id uuid not null,
      turn smallint not null,
      user_id uuid not null,
      level text not null,
      gross_paise bigint not null,  -- before tax; below zero: taken back
      mode text not null,
      day date not null,
      payable_from date not null,   -- what is taken back before that is never paid
      constraint commission_accruals_pkey primary key (transaction_id, turn, user_id),
      constraint commission_accruals_sign check (gross_paise <> 0 and (turn % 2 = 1) = (gross_paise > 0)),
      constraint commission_accruals_mode_known check (mode in ('instant', 'daily', 'monthly'))
    );
    create index commission_accruals_of_user on commission_accruals (user_id, day, transaction_id); -- the statement
    create trigger commission_accruals_append_only before update or delete or truncate on commission_accruals
      for each statement execute function refuse_change();

    -- The sums of accruals by the day from which they are paid, and what was paid of each.
    create table commission_dues (
      user_id uuid not null,
      payable_from date not null,
      mode text not null,
      level text not null,
      gross_paise bigint not null,
      paid_paise bigint not null default 0,
      constraint commission_dues_pkey primary key (user_id, payable_from, mode, level)
    ) with (fillfactor = 70);
    -- what a run pays, user after user
    create index commission_dues_open on commission_dues (user_id, payable_from) where gross_paise <> paid_paise;
    create trigger commission_dues_stay before delete or truncate on commission_dues
      for each statement execute function refuse_change();

    create table commission_tds_rules (
      in_force_from date primary key,
      section text not null,
      payment_code text, -- of the challan
      form text not null, -- of the return
      bps integer not null,
      no_pan_bps integer not null,
      threshold_paise bigint not null, -- of a year
      from_first_rupee boolean not null,
      source text not null,
      constraint commission_tds_rules_range check (bps between 0 and 10000 and no_pan_bps between bps and 10000
        and threshold_paise >= 0)
    );

    -- What a person was credited in a year, and how much of it was not taxed since it was below the threshold.
    create table commission_tds_years (
      deductee_id uuid not null, -- the first user who was known by the PAN; without a PAN, the user
      year smallint not null,    -- that begins on 1 April of it
      gross_paise bigint not null,
      untaxed_paise bigint not null,
      constraint commission_tds_years_pkey primary key (deductee_id, year)
    ) with (fillfactor = 70);
    create table commission_tds_sums (
      deductee_id uuid not null,
      year smallint not null,
      section text not null,
      bps integer not null,
      base_paise bigint not null,
      tds_paise bigint not null,
      constraint commission_tds_sums_pkey primary key (deductee_id, year, section, bps),
      -- never a paisa beside the rate on the whole of it, rounded half up
      constraint commission_tds_sums_by_rate check (tds_paise = floor((base_paise * bps + 5000) / 10000.0))
    ) with (fillfactor = 70);

    create table commission_payouts (
      id uuid primary key, -- that of its journal
      user_id uuid not null references users (id),
      level text not null,
      mode text not null,
      day date not null, -- when it was paid, in India
      gross_paise bigint not null,
      tds_paise bigint not null,
      net_paise bigint generated always as (gross_paise - tds_paise) stored,
      wallet_paise bigint not null,     -- what the wallet got; below zero: what it gave
      receivable_paise bigint not null, -- what the user owes us more, or less where it is below zero
      wallet_account bigint not null,
      deductee_id uuid not null,
      has_pan boolean not null,
      year smallint not null,
      section text not null,
      payment_code text,
      form text not null,
      bps integer not null,
      base_paise bigint not null, -- on which the tax is: with what is caught up
      at timestamptz not null,
      constraint commission_payouts_moves_something check (gross_paise <> 0 or tds_paise <> 0),
      constraint commission_payouts_adds_up check (gross_paise - tds_paise = wallet_paise - receivable_paise),
      constraint commission_payouts_mode_known check (mode in ('instant', 'daily', 'monthly'))
    );
    create index commission_payouts_of_user on commission_payouts (user_id, day);
    create index commission_payouts_of_day on commission_payouts (day); -- the registers
    create trigger commission_payouts_append_only before update or delete or truncate on commission_payouts
      for each statement execute function refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    [
      'commission_payouts',
      'commission_tds_sums',
      'commission_tds_years',
      'commission_tds_rules',
      'commission_dues',
      'commission_accruals',
      'commission_earnings',
      'commission_cursors',
    ]
      .map((table) => `drop table ${table};`)
      .join('\n'),
  );
}
