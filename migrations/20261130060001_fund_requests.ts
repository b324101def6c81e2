import type { Knex } from 'knex';

// A user says that they have brought money to a bank account of ours, by its UTR; staff look at the bank's statement
// and credit the wallet. A UTR is good once: it is in one request that waits or was approved, for ever. What was
// approved has its journal, which a trigger holds at the commit.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table fund_request_rules (
      bank text not null, -- our account, by its name in the books
      mode text not null,
      in_force_from date not null,
      min_paise bigint not null,
      max_paise bigint not null, -- nothing: not taken from that day
      day_cap_paise bigint,      -- of one user and one day of payment; null: none
      oldest_days integer not null, -- so long ago it may have been paid
      constraint fund_request_rules_pkey primary key (bank, mode, in_force_from),
      constraint fund_request_rules_mode_known check (mode in ('IMPS', 'NEFT', 'RTGS', 'UPI', 'CASH')),
      constraint fund_request_rules_in_order check (min_paise > 0 and (max_paise = 0 or max_paise >= min_paise)
        and day_cap_paise >= 0 and oldest_days between 0 and 3660)
    );

    create table fund_requests (
      id uuid primary key,
      user_id uuid not null,
      wallet_id uuid not null,
      account_id bigint not null,
      bank text not null,
      mode text not null,
      amount_paise bigint not null,
      utr text not null, -- in one form: capitals, without the zeros that some banks put before an RRN
      paid_on date not null,
      state text not null default 'pending',
      idempotency_key text not null,
      request_hash bytea not null,
      created_at timestamptz not null,
      decided_at timestamptz,
      decided_by uuid references users (id), -- of ops; null for what its user took back
      note text, -- why it was rejected; the user reads it
      journal_id uuid,
      constraint fund_requests_mode_known check (mode in ('IMPS', 'NEFT', 'RTGS', 'UPI', 'CASH')),
      constraint fund_requests_state_known check (state in ('pending', 'approved', 'rejected', 'withdrawn')),
      constraint fund_requests_amount_positive check (amount_paise > 0),
      constraint fund_requests_utr_form check (utr ~ '^[A-Z0-9]{6,30}$'),
      constraint fund_requests_decided_two_sided check ((state = 'pending') = (decided_at is null)
        and (state in ('approved', 'rejected')) = (decided_by is not null) and (state = 'rejected') = (note is not null)
        and (state = 'approved') = (journal_id is not null)),
      -- who asks is not who decides
      constraint fund_requests_two_persons check (decided_by <> user_id),
      constraint fund_requests_owner foreign key (wallet_id, user_id, account_id)
        references wallets (id, user_id, account_id),
      constraint fund_requests_key_unique unique (user_id, idempotency_key),
      constraint fund_requests_journal_unique unique (journal_id)
    );
    create unique index fund_requests_utr_once on fund_requests (utr) where state in ('pending', 'approved');
    create index fund_requests_of_user on fund_requests (user_id, id); -- the list of a user
    create index fund_requests_waiting on fund_requests (created_at, id) where state = 'pending'; -- what staff look at
    create index fund_requests_of_day on fund_requests (user_id, mode, paid_on); -- the cap of a day

    create trigger fund_requests_begin_pending before insert on fund_requests for each row
      when (new.state <> 'pending') execute function refuse_change();
    create trigger fund_requests_decided_once before update on fund_requests for each row
      when (old.state <> 'pending' or new.id <> old.id or new.user_id <> old.user_id or new.wallet_id <> old.wallet_id
        or new.account_id <> old.account_id or new.bank <> old.bank or new.mode <> old.mode
        or new.amount_paise <> old.amount_paise or new.utr <> old.utr or new.paid_on <> old.paid_on
        or new.idempotency_key <> old.idempotency_key or new.request_hash <> old.request_hash
        or new.created_at <> old.created_at)
      execute function refuse_change();
    create trigger fund_requests_stay before delete or truncate on fund_requests for each statement
      execute function refuse_change();
    create function fund_requests_posted() returns trigger language plpgsql as $$
    begin
      if (select count(*) from ledger_transfers t where t.journal_id = new.journal_id) <> 1
        or not exists (select from ledger_transfers t join ledger_accounts b on b.id = t.debit_account_id
          where t.journal_id = new.journal_id and t.line = 0 and b.code = 'bank:' || new.bank
            and t.credit_account_id = new.account_id and t.amount_paise = new.amount_paise)
      then
        raise exception 'a fund request is approved together with its posting'
          using errcode = '23514', constraint = 'fund_requests_posted', table = 'fund_requests';
      end if;
      return null;
    end $$;
    create constraint trigger fund_requests_posted after update on fund_requests deferrable initially deferred
      for each row when (new.state = 'approved') execute function fund_requests_posted();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'drop table fund_requests; drop function fund_requests_posted(); drop table fund_request_rules;',
  );
}
