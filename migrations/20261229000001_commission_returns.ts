import type { Knex } from 'knex';

// What is taken back of a commission is the mirror of the payout that paid it: its tax, section and rate, whatever the
// person's standing is by then. So each share that is taken back is a row of its own, which names the due that it was in;
// a due counts how often it was paid, a share which of these payments is its own, and a payout says which dues it has paid.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table commission_returns (
      transaction_id uuid not null,
      turn smallint not null,     -- of the accrual that takes it back
      user_id uuid not null,
      level text not null,
      mode text not null,
      gross_paise bigint not null,
      payable_from date not null, -- when it is given back
      due_from date not null,     -- the due that the share was in
      payment integer not null,   -- how often that had been paid when the share came to it
      is_done boolean not null default false,
      payout_id uuid,             -- which gave it back; null: it is open, or was never paid
      constraint commission_returns_pkey primary key (transaction_id, turn, user_id),
      constraint commission_returns_of_something check (gross_paise > 0 and payment >= 0),
      constraint commission_returns_done check (is_done or payout_id is null)
    );
    create index commission_returns_open on commission_returns (payable_from, user_id) where not is_done;
    create index commission_returns_of_user on commission_returns (user_id); -- the verifier, and who is closed
    create trigger commission_returns_once before update on commission_returns for each row
      when (old.is_done or (new.transaction_id, new.turn, new.user_id, new.level, new.mode, new.gross_paise, new.payable_from,
        new.due_from, new.payment) is distinct from (old.transaction_id, old.turn, old.user_id, old.level, old.mode,
        old.gross_paise, old.payable_from, old.due_from, old.payment)) execute function refuse_change();
    create trigger commission_returns_stay before delete or truncate on commission_returns
      for each statement execute function refuse_change();

    alter table commission_dues add column payments integer not null default 0; -- how often it was paid
    update commission_dues set payments = 1 where paid_paise <> 0;
    alter table commission_accruals add column payment integer not null default 0; -- payments of its due before it

    alter table commission_payouts
      -- the dues that it has paid, each by its day, with how often it was paid before; of earlier payouts it is not known
      add column dues jsonb not null default '{}',
      add column of_payout uuid, -- which it mirrors, in part or as a whole
      add column main_paise bigint not null default 0, -- what the main wallet gave, below zero
      add constraint commission_payouts_dues_form check (jsonb_typeof(dues) = 'object'),
      add constraint commission_payouts_mirror check (of_payout is null or gross_paise < 0),
      add constraint commission_payouts_main_gives check (main_paise <= 0),
      drop constraint commission_payouts_adds_up,
      add constraint commission_payouts_adds_up
        check (gross_paise - tds_paise = wallet_paise + main_paise - receivable_paise);
    create index commission_payouts_returned on commission_payouts (of_payout) where of_payout is not null;

    -- what was credited keeps to the rate, rounded once; what is given back of it is as it was
    alter table commission_tds_sums add column back_base_paise bigint not null default 0,
      add column back_tds_paise bigint not null default 0,
      add constraint commission_tds_sums_back check (back_base_paise >= 0 and back_tds_paise >= 0);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table commission_tds_sums drop column back_base_paise, drop column back_tds_paise;
    alter table commission_payouts drop constraint commission_payouts_adds_up, drop column dues, drop column of_payout,
      drop column main_paise,
      add constraint commission_payouts_adds_up check (gross_paise - tds_paise = wallet_paise - receivable_paise);
    alter table commission_accruals drop column payment;
    alter table commission_dues drop column payments;
    drop table commission_returns;
  `);
}
